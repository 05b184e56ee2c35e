"""The page's document: nothing is read before it was asked for, and no figure changes on its way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from fanal.model.area import AREA_SCHEMA
from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.release import Release, ReleaseKind
from fanal.privacy import gate
from fanal.testing.ledger import MemoryLedger
from fanal.testing.narrowing import WHOLE
from fanal.web.figures import counts as written_counts
from fanal.web.page import Page

Made = Callable[..., Any]
FIRST = date(2020, 1, 6)


class Unread(Release):
    """A Release whose figures nobody may touch."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if name in {"table", "statement", "kind", "digest"}:
            raise AssertionError(f"{name} was read before it was asked for")
        return super().__getattribute__(name)


def decoded(index: dict[str, Any], codes: list[str]) -> dict[tuple[str, str, date], list[Any]]:
    """Return the rows of an index from its runs, as the page's script reads them."""
    found, at = {}, 0
    for area, group, length in index["series"]:
        for start, weeks, *figures in index["runs"][at : at + length]:
            for week in range(start, start + weeks):
                key = (codes[area], index["groups"][group], FIRST + timedelta(weeks=week))
                assert key not in found
                found[key] = [*figures[:6], dict(zip(index["parts_of"][group], figures[6:], strict=True))]
        at += length
    assert at == len(index["runs"])
    return found


def raw_decoded(index: dict[str, Any], codes: list[str]) -> dict[tuple[str, str, date], tuple[Any, int]]:
    """Return raw and scaled values by area, part and week."""
    found, at = {}, 0
    for area, part, length in index["raw_series"]:
        for start, weeks, raw, scaled in index["raw"][at : at + length]:
            for week in range(start, start + weeks):
                found[codes[area], index["parts"][part][0], FIRST + timedelta(weeks=week)] = (raw, scaled)
        at += length
    assert at == len(index["raw"])
    return found


def tenths(value: float | None) -> int:
    return -1 if value is None else round(value * 10)


def test_each_release_is_asked_for_before_anything_of_it_is_read(
    make_page: Made, releases: list[Release]
) -> None:
    kept = releases[0]
    unread = Unread(**{name: getattr(kept, name) for name in Release.__slots__})
    asked = []

    def refuse(release: Release) -> None:
        asked.append(release.ledger_id)
        raise RefusedError("The gate says no.")

    with pytest.raises(RefusedError, match="The gate says no"):
        make_page([unread], require=refuse)
    assert asked == [kept.ledger_id]


def test_every_release_is_asked_for(make_page: Made, releases: list[Release]) -> None:
    asked: list[Release] = []
    make_page(releases, require=asked.append)
    assert [id(one) for one in asked] == [id(one) for one in releases]


def test_the_gate_refuses_what_its_ledger_does_not_know(make_page: Made, releases: list[Release]) -> None:
    ledger = MemoryLedger()
    ledger.replace(releases[:1])

    def require(release: Release) -> None:
        gate.require(release, ledger, circle=Circle.PUBLIC, now=release.made_at, narrowing=WHOLE)

    assert "hotspots" in make_page(releases[:1], require=require).document
    with pytest.raises(RefusedError):
        make_page(releases, require=require)


@pytest.mark.parametrize("thing", [None, "release", {"kind": "hotspots"}, pa.table({"area": ["x"]})])
def test_what_is_no_release_is_refused(make_page: Made, thing: object) -> None:
    with pytest.raises(TypeError, match="Releases only"):
        make_page([thing])


def test_index_runs_are_the_table(page: Page, releases: list[Release]) -> None:
    table = releases[1].table.to_pylist()
    index, codes = page.document["index"], page.document["areas"]["code"]
    found, raw = decoded(index, codes), raw_decoded(index, codes)
    assert len(found) == len(table)
    numbers = {name: at for at, (name, _, _) in enumerate(index["parts"])}
    for row in table:
        *figures, shares = found[row["area"], row["group"], row["week"]]
        names = ("index", "low", "high", "hazard", "vulnerability", "coping")
        assert figures == [tenths(row[name]) for name in names]
        assert shares == {
            numbers[part["name"]]: -1 if part["share"] is None else round(part["share"] * 100)
            for part in row["parts"]
        }
        for part in row["parts"]:
            value, scaled = raw[row["area"], part["name"], row["week"]]
            assert scaled == tenths(part["scaled"])
            if part["raw"] is None:
                assert value is None
            else:
                assert value == pytest.approx(part["raw"], rel=0.005)
    assert len(index["runs"]) < len(table) / 2


def test_hotspot_rows_are_the_table(page: Page, releases: list[Release]) -> None:
    hotspots, codes = page.document["hotspots"], page.document["areas"]["code"]
    table = {(row["as_of"], row["family"]): row for row in releases[0].table.to_pylist()}
    assert len(hotspots["rows"]) == len(table)
    for row in hotspots["rows"]:
        family = hotspots["families"][row[1]]
        told = table.pop((FIRST + timedelta(days=row[5]), family))
        assert FIRST + timedelta(weeks=row[0]) == told["as_of"] - timedelta(days=told["as_of"].weekday())
        assert hotspots["bases"][row[2]] == "layers"
        assert FIRST + timedelta(weeks=row[3]) == told["start"]
        assert FIRST + timedelta(weeks=row[4]) == told["end"]
        assert [codes[area] for area in row[6]] == told["areas"]
        assert row[7] == told["observed"]
        assert row[8] == pytest.approx(told["expected"], rel=0.005)
        assert row[9] == (-1 if told["relative_risk"] == float("inf") else told["relative_risk"])
        assert (row[10], row[11]) == (told["p_value"], told["recurrence_weeks"])
        assert row[12] == (told["recurrence_weeks"] >= 52)
        assert row[13] == told["replicates"]


def test_services_and_counts_are_the_tables(page: Page, releases: list[Release]) -> None:
    document, codes = page.document, page.document["areas"]["code"]
    services = document["services"]
    assert {
        (codes[area], services["sectors"][sector], agencies, day)
        for area, sector, agencies, day in services["rows"]
    } == {
        (row["area"], row["sector"], row["agencies"], row["date"] and row["date"].isoformat())
        for row in releases[2].table.to_pylist()
    }
    counts = document["counts"]
    shown = {
        (codes[area], counts["signals"][signal], n, low, high)
        for _, _, area, signal, n, low, high in counts["rows"]
    }
    assert shown == {
        (row["area"], row["signal"], row["author_weeks"], row["low"], row["high"])
        for row in releases[3].table.to_pylist()
        if row["author_weeks"] is not None
    }
    assert [codes[area] for area in counts["areas"]] == ["pcode:T2", "pcode:T1"]
    assert counts["weeks"] == [
        [5, 0]
    ]  # counted in the first week, readable when it is over and 28 days have passed


def test_of_a_cell_that_became_known_twice_the_newer_week_has_a_row_and_the_rest_of_an_area_none(
    releases: list[Release],
) -> None:
    public = releases[3]
    newer = public.table.set_column(1, "week", pa.array([FIRST + timedelta(weeks=4)] * len(public.table)))
    whole = pa.array([row["signal"] == "distress" for row in public.table.to_pylist()])
    partners = replace(
        public,
        table=newer.set_column(newer.schema.get_field_index("whole"), "whole", whole),
        statement=replace(public.statement, delay_days=0),
    )
    for given in ([public, partners], [partners, public]):
        told = written_counts(given, number=lambda codes: list(range(len(codes))), first=days_of(FIRST))
        assert [(row[1], told["signals"][row[3]], row[4]) for row in told["rows"]] == [
            (0, "trade", 37),
            (4, "distress", 412),
        ]


def days_of(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def test_a_count_that_is_not_shown_is_no_zero(page: Page) -> None:
    assert all(row[4] >= 35 for row in page.document["counts"]["rows"])
    assert len(page.document["counts"]["rows"]) == 2


def test_an_area_without_a_figure_stays_on_the_page(page: Page) -> None:
    areas = page.document["areas"]
    for code in ("pcode:T2B", "pcode:T2C"):
        at = areas["code"].index(code)
        assert at not in {series[0] for series in page.document["index"]["series"]}
        assert (areas["outline"][at] is None) == (code == "pcode:T2C")


def test_an_area_that_no_boundary_knows_is_named_by_its_code(
    make_page: Made, releases: list[Release]
) -> None:
    made = make_page(releases[:1], areas=AREA_SCHEMA.empty_table())
    assert set(made.document["areas"]["name"]) == {"pcode:T1A", "pcode:T1B", "pcode:T2A"}
    assert made.document["areas"]["outline"] == [None] * 3


def test_the_narrowest_circle_is_told(make_page: Made, make_release: Made, releases: list[Release]) -> None:
    partners = make_release(ReleaseKind.SERVICES, releases[2].table, circle=Circle.PARTNERS)
    assert make_page([releases[0], partners]).document["circle"] == "partners"
    assert make_page(releases).document["circle"] == "public"


def test_every_release_stands_on_the_page_with_its_digest(page: Page, releases: list[Release]) -> None:
    assert [(one["id"], one["digest"]) for one in page.document["releases"]] == [
        (one.ledger_id, one.digest()) for one in releases
    ]


@pytest.mark.parametrize("kept", [[], [0], [1], [2], [3]])
def test_a_page_of_few_or_no_releases_holds_no_more(
    make_page: Made, releases: list[Release], kept: list[int]
) -> None:
    document = make_page([releases[at] for at in kept], lead=None).document
    kinds = {"hotspots", "index", "services", "counts"}
    assert kinds & set(document) == {releases[at].kind.value for at in kept}
    assert 0 <= document["opens"] <= max(len(document["weeks"]) - 1, 0)


def test_the_page_opens_where_the_lead_was(page: Page, make_page: Made) -> None:
    assert page.document["weeks"][page.document["opens"]] == "2020-01-13"
    assert make_page(lead=None).document["opens"] == 3  # the last alert


def test_rank_intervals_and_silences_are_the_table(page: Page, releases: list[Release]) -> None:
    index, codes = page.document["index"], page.document["areas"]["code"]
    ranks: dict[tuple[str, str, date], list[int]] = {}
    at = 0
    for area, group, length in index["ranks"]:
        for start, weeks, *figures in index["rank_runs"][at : at + length]:
            for week in range(start, start + weeks):
                ranks[codes[area], index["groups"][group], FIRST + timedelta(weeks=week)] = figures
        at += length
    assert at == len(index["rank_runs"])
    silent: dict[tuple[str, date], set[str]] = {}
    at = 0
    for area, _, length in index["silent"]:
        for start, weeks, layers in index["silent_runs"][at : at + length]:
            for week in range(start, start + weeks):
                key = (codes[area], FIRST + timedelta(weeks=week))
                silent[key] = {index["layers"][layer] for layer in layers}
        at += length
    rows = releases[1].table.to_pylist()
    assert ranks == {
        (row["area"], row["group"], row["week"]): [row["rank_low"], row["rank_high"]]
        for row in rows
        if row["rank_low"] is not None
    }
    assert silent == {(row["area"], row["week"]): set(row["silent"]) for row in rows if row["silent"]}
    assert len(silent) == 2


def test_an_index_of_an_earlier_release_has_no_ranks(
    make_page: Made, make_release: Made, releases: list[Release]
) -> None:
    old = releases[1].table.drop_columns(["rank_low", "rank_high", "top_ten", "silent"])
    alone = make_page([make_release(ReleaseKind.INDEX, old)]).document["index"]
    assert alone["ranks"] == alone["silent_runs"] == []
    both = [make_release(ReleaseKind.INDEX, old.slice(0, 3)), releases[1]]
    assert make_page(both).document["index"]["ranks"]
