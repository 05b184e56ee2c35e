"""Who published the facts of Iraq, under which terms, and where our copy comes from: the texts of the manifest."""

from dataclasses import dataclass
from datetime import date

from fanal.model.layer import LayerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Describe the data set behind one file."""

    kind: LayerKind
    title: str
    publisher: str
    data_set: str
    licence: str
    terms: str
    period: str
    dated: date  # the last day that the data speak of
    origin: str
    notes: tuple[str, ...] = ()

    def texts(self) -> dict[str, str]:
        """Return the parts that are texts, in the order of the manifest."""
        names = ("title", "publisher", "data_set", "licence", "terms", "period", "origin")
        return {"file": f"{self.kind}.parquet"} | {name: str(getattr(self, name)) for name in names}


SOURCES: dict[LayerKind, Source] = {
    source.kind: source
    for source in (
        Source(
            kind=LayerKind.AREAS,
            title="Country, governorates and districts of Iraq",
            publisher="OCHA Iraq and the Central Statistical Organization of Iraq",
            data_set="COD-AB Iraq, levels 0 to 2, 3 June 2019",
            licence="CC BY-IGO",
            terms="Name the publisher. Borders are simplified here; names and borders mean no opinion on the status "
            "of a territory.",
            period="valid on 2019-06-03",
            dated=date(2019, 6, 3),
            origin="GitHub lawenhunar/map-visualization@41be2b341cfeccab795dd2968f8b49d53d47bd34, map shapefiles/; "
            "aliases also from JamesLeonDufour/jamesleondufour.github.io@56fb66f082e44a04d80eda6836faa30ac9e9f3d7",
            notes=(
                "geometry simplified by coverage, tolerance 0.01 degree, so that shared borders stay shared",
                "the Arabic name of Baladruz is set right: the source writes that of Mandali, its old seat",
                "French names, and part of the aliases, are Fanal's own",
            ),
        ),
        Source(
            kind=LayerKind.EVENTS,
            title="Conflict events of Iraq, 2010-2015",
            publisher="Uppsala Conflict Data Program",
            data_set="UCDP Georeferenced Event Dataset, country file of Iraq",
            licence="CC BY 4.0",
            terms="Cite Sundberg, R. and Melander, E. (2013), Introducing the UCDP Georeferenced Event Dataset, "
            "Journal of Peace Research 50(4), 523-532.",
            period="2010-01-01 to 2015-12-31",
            dated=date(2015, 12, 31),
            origin="GitHub mcdimant/refugee_predictive_model@6f18678e5b9e739c9280745ae48018c87c5b8948, "
            "data/conflict_data_irq.csv",
            notes=(
                "headline, source, actors and place name of each event are left out",
                "UCDP coded its events afterwards: on the day itself nobody had them in this form",
                "events that UCDP puts at the point of a whole city (Baghdad above all) fall into one district",
            ),
        ),
        Source(
            kind=LayerKind.DISPLACEMENT,
            title="Displaced families by district and round, 2014-2015",
            publisher="International Organization for Migration, Displacement Tracking Matrix, Iraq",
            data_set="IDP master lists, 34 rounds",
            licence="open use with attribution",
            terms="Name IOM DTM Iraq. Families as assessed; a round follows events by weeks.",
            period="2014-04-01 to 2015-12-17",
            dated=date(2015, 12, 17),
            origin="GitHub mcdimant/refugee_predictive_model@6f18678e5b9e739c9280745ae48018c87c5b8948, data/out/",
            notes=(
                "places of the list are summed by district: no place, village or camp ships",
                "a district without a row in a round was not in the list, which does not mean that nobody was there",
                "a place is new in a round when people came or when it was assessed for the first time",
            ),
        ),
        Source(
            kind=LayerKind.POPULATION,
            title="Residents by district, 2014",
            publisher="Government of Iraq, passed on by OCHA and UNHCR",
            data_set="Estimated population 2014 by sub-district",
            licence="none stated",
            terms="Name the Government of Iraq, OCHA and UNHCR.",
            period="2014",
            dated=date(2014, 12, 31),
            origin="GitHub unhcr-iraq/dtm-analysis@343e0c3dd32187785d6890cabe317c6152240de1, data/",
            notes=("an estimate from before the displacement of 2014",),
        ),
        Source(
            kind=LayerKind.SERVICES,
            title="Agencies at work by district and sector, 2014-2015",
            publisher="OCHA and UNHCR Iraq, reports of the clusters",
            data_set="Who does what where (3W), two lists",
            licence="none stated",
            terms="Name OCHA, UNHCR and the clusters of the Iraq response.",
            period="2014 and 2015, no row is dated",
            dated=date(2015, 12, 31),
            origin="GitHub JamesLeonDufour/jamesleondufour.github.io@56fb66f082e44a04d80eda6836faa30ac9e9f3d7, "
            "cluster/",
            notes=(
                "distinct agencies of both lists are counted; no agency is named",
                "sectors: education, food security, health, shelter, wash; there is no protection sector",
                "a district without a row was not in the lists, which does not mean that no help was there",
            ),
        ),
    )
}
