"""Turn public geoparsing corpora into lines that `fanal evaluate places` reads; they stay out of the repository.

Recognition and coordinates follow what the makers of each corpus counted:

- LGL (Lieberman, Samet and Sankaranarayanan 2010): all phrases; coordinates where there is an entry of GeoNames.
- GeoWebNews (Gritta, Pilehvar and Collier 2020): the toponyms of its taxonomy, literal and associative, with
  Homonym, Demonym and Language, 2,720 in all; not Non_Toponym, which tells what is none, nor the two kinds of
  *_Expression, which are nouns such as "lot". Every point counts, also the 200 of streets and buildings that have no
  id of GeoNames beside them and that the paper leaves out.
- GeoVirus (Gritta, Pilehvar and Collier 2018): all; its offsets count from 1.
- IDRISI (Suwaileh, Elsayed and Imran 2023; 2024): `location_mentions`, with points from `resolved`; a mention that
  stands only in `resolved` is added. The last posts of each event have `resolved` alone: their marks were withheld.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from places_areas import Areas

Line = dict[str, Any]

NATURAL_EARTH = "natural_earth_admin1/admin1_priority_countries.geojson.gz"

NO_TOPONYM = ("Non_Toponym", "Literal_Expression", "Non_Lit_Expression")
"""Types of GeoWebNews that are no toponyms."""

# State and PROV are both the first level. A County is one of the United States, of the second level, as are the few
# of District (municipalities of Canada, districts of New Zealand). DIST is what Arabic posts call منطقة or مركز:
# governorates of Saudi Arabia below a province and parts of Kuwait's governorates; a few are first-level areas, such
# as الشرقية.
TYPES = {
    "Continent": "continent",
    "Country": "country",
    "CTRY": "country",
    "State": "region",
    "Province": "region",
    "PROV": "region",
    "County": "district",
    "District": "district",
    "DIST": "district",
    "City/town": "city",
    "CITY": "city",
    "Island": "island",
    "Neighborhood": "neighbourhood",
    "NBHD": "neighbourhood",
    "Road/street": "street",
    "ST": "street",
    "Human-made Point-of-Interest": "site",
    "HPOI": "site",
    "Natural Point-of-Interest": "natural",
    "NPOI": "natural",
    "Other locations": "other",
    "OTHR": "other",
}
"""Types of IDRISI, English and Arabic, as words of PlaceType."""

FEATURES = {
    "ADM1": "region",
    "ADM2": "district",
    "ADM3": "subdistrict",
    "ADM4": "subdistrict",
    "CONT": "continent",
    "ISL": "island",
    "PPLX": "neighbourhood",
    "PRK": "site",
    "RSV": "site",
    "HBR": "site",
    "PRT": "site",
    "AREA": "other",
    "RGN": "other",
    "ADMD": "other",
    "ZN": "other",
}
"""Feature codes of GeoNames, in LGL, as words of PlaceType; where one is missing its class says it."""

CLASSES = {"P": "city", "H": "natural", "T": "natural", "L": "other", "A": "country"}
"""Feature classes of GeoNames: what is left of A is PCLI, PCLS and the like, countries."""


@dataclass(slots=True)
class Spans:
    """Check spans, and count what had to be done to them."""

    done: Counter[str] = field(default_factory=Counter)

    def checked(self, text: str, start: int, end: int, name: str) -> tuple[int, int] | None:
        """Return the span of a name: as given where it stands there, else its nearest occurrence, else None."""
        if not name.strip():
            self.done["empty"] += 1
            return None
        if start >= 0 and end == start + len(name) and text[start:end] == name:
            self.done["exact"] += 1
            return start, end
        places = [at for at in range(len(text) - len(name) + 1) if text.startswith(name, at)]
        if not places:
            self.done["dropped"] += 1
            return None
        nearest = min(places, key=lambda at: (abs(at - start), at))
        self.done["repaired"] += 1
        return nearest, nearest + len(name)


def main() -> None:
    """Write one file for each corpus into a folder, and tell what is in it and what was repaired."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("out", type=Path, help="the folder to write to")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    areas = Areas(given.data / NATURAL_EARTH)
    for name, make in SETS.items():
        spans = Spans()
        lines = [told(line, spans) for line in make(given.data, areas, spans)]
        areas.complete([mention for line in lines for mention in line["mentions"]])
        path = given.out / f"{name}.jsonl"
        path.write_text(
            "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
        )
        mentions = [mention for line in lines for mention in line["mentions"]]
        counts = {
            key: sum(mention.get(key) is not None for mention in mentions)
            for key in ("lat", "country", "region")
        }
        sys.stdout.write(
            f"{path}: {len(lines):,} texts, {len(mentions):,} mentions, with a point {counts['lat']:,}, country "
            f"{counts['country']:,}, region {counts['region']:,}; spans {dict(spans.done)}\n"
        )


def told(line: Line, spans: Spans) -> Line:
    """Return a line with its mentions in order, each span once: the one with a point is kept."""
    kept: dict[tuple[int, int], Line] = {}
    for mention in line["mentions"]:
        span = mention["start"], mention["end"]
        if span in kept:
            spans.done["twice"] += 1
        if span not in kept or (kept[span]["lat"] is None and mention["lat"] is not None):
            kept[span] = mention
    return line | {"mentions": [kept[span] for span in sorted(kept)]}


def mention(start: int, end: int, name: str, lat: str | None, lon: str | None, type_: str | None) -> Line:
    """Return a mention; a point needs both of its numbers."""
    known = lat not in (None, "") and lon not in (None, "")
    found = {
        "start": start,
        "end": end,
        "name": name,
        "lat": float(lat) if known and lat is not None else None,
        "lon": float(lon) if known and lon is not None else None,
    }
    return found | ({"type": type_} if type_ else {})


def articles(path: Path) -> Iterator[Element]:
    """Yield the articles of a corpus. The parser resolves entities and CDATA; offsets count what it returns."""
    yield from fromstring(gzip.decompress(path.read_bytes()))  # noqa: S314 - a file of our own data folder


def lgl(data: Path, areas: Areas, spans: Spans) -> Iterator[Line]:
    """Yield the articles of LGL."""
    for article in articles(data / "geoparsing_corpora" / "lgl.xml.gz"):
        text, mentions = article.findtext("text") or "", []
        for one in article.iterfind("toponyms/toponym"):
            name, tag = one.findtext("phrase") or "", one.find("gaztag")
            span = spans.checked(text, int(one.findtext("start") or 0), int(one.findtext("end") or 0), name)
            if span is None:
                continue
            if tag is None:
                mentions.append(mention(*span, name, None, None, None))
                continue
            kind = FEATURES.get(
                tag.findtext("fcode") or "", CLASSES.get(tag.findtext("fclass") or "", "other")
            )
            made = mention(*span, name, tag.findtext("lat"), tag.findtext("lon"), kind)
            ids = {
                part: int(found.get("geonameid") or 0)
                for part in ("country", "admin1")
                if (found := tag.find(part)) is not None
            }
            if kind == "region":  # the area itself
                ids["admin1"] = int(tag.get("geonameid") or 0)
            mentions.append(made | areas.told(ids.get("country"), ids.get("admin1")))
        yield {"id": f"lgl-{article.get('docid')}", "text": text, "lang": "en", "mentions": mentions}


def geowebnews(data: Path, _: Areas, spans: Spans) -> Iterator[Line]:
    """Yield the articles of GeoWebNews."""
    for number, article in enumerate(articles(data / "geoparsing_corpora" / "GWN.xml.gz")):
        text, mentions = article.findtext("text") or "", []
        for one in article.iterfind("toponyms/toponym"):
            if one.findtext("type") in NO_TOPONYM:
                continue
            name = one.findtext("extractedName") or ""
            span = spans.checked(text, int(one.findtext("start") or 0), int(one.findtext("end") or 0), name)
            if span is not None:
                lat, lon = one.findtext("latitude"), one.findtext("longitude")
                found = mention(*span, name, lat, lon, None)
                adjective = one.findtext("modifierType") == "Adjective"
                mentions.append(found | ({"people": True} if adjective else {}))
        yield {"id": f"gwn-{number}", "text": text, "lang": "en", "mentions": mentions}


def geovirus(data: Path, _: Areas, spans: Spans) -> Iterator[Line]:
    """Yield the paragraphs of GeoVirus; those of one article are one event."""
    for number, article in enumerate(articles(data / "geoparsing_corpora" / "GeoVirus.xml.gz")):
        text, mentions = article.findtext("text") or "", []
        for one in article.iter("location"):
            name = one.findtext("name") or ""
            start, end = int(one.findtext("start") or 0) - 1, int(one.findtext("end") or 0) - 1
            span = spans.checked(text, start, end, name)
            if span is not None:
                mentions.append(mention(*span, name, one.findtext("lat"), one.findtext("lon"), None))
        event = (article.findtext("source") or "").rsplit("/", 1)[-1]
        yield {"id": f"geovirus-{number}", "text": text, "lang": "en", "event": event, "mentions": mentions}


def idrisi(language: str) -> Callable[[Path, Areas, Spans], Iterator[Line]]:
    """Return what reads the tweets of a language."""

    def make(data: Path, areas: Areas, spans: Spans) -> Iterator[Line]:
        path = data / "idrisi_crisis_tweets" / f"dev_{language}.jsonl"
        for row in map(json.loads, path.read_text(encoding="utf-8").split("\n")[:-1]):
            text, left = row["text"], list(row.get("resolved") or [])
            mentions = []
            for one in row["location_mentions"]:
                span = spans.checked(text, one["start"], one["end"], one["text"])
                if span is None:
                    continue
                same = [two for two in left if two["text"] == one["text"]]
                point = min(same, key=lambda two: abs(two["start"] - one["start"]), default=None)
                if point is not None:
                    left.remove(point)
                mentions.append(_point(span, one, point, areas))
            taken = [(two["start"], two["end"]) for two in mentions]
            for one in left:
                span = spans.checked(text, one["start"], one["end"], one["text"])
                if span is not None and not any(start < span[1] and span[0] < end for start, end in taken):
                    spans.done["added"] += 1
                    mentions.append(_point(span, one, one, areas))
            yield {
                "id": row["id"],
                "text": text,
                "lang": language,
                "event": row["event"],
                "mentions": mentions,
            }

    return make


def _point(span: tuple[int, int], one: Line, point: Line | None, areas: Areas) -> Line:
    """Return a mention of IDRISI with what is known of its point."""
    kind = TYPES[one["type"]]
    if point is None:
        return mention(*span, one["text"], None, None, kind)
    found = mention(*span, one["text"], point.get("lat"), point.get("lon"), kind)
    return found | areas.named(point.get("country_code"), point.get("iso3166_2"))


SETS: dict[str, Callable[[Path, Areas, Spans], Iterator[Line]]] = {
    "lgl": lgl,
    "geowebnews": geowebnews,
    "geovirus": geovirus,
    "idrisi_en": idrisi("en"),
    "idrisi_ar": idrisi("ar"),
}

if __name__ == "__main__":
    main()
