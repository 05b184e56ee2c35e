"""The layers of Iraq: events, displacement, population and services, counted by district."""

import gzip
import io
from collections import Counter, defaultdict
from csv import DictReader
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

import facts_names as names
from facts_areas import SCHEME, Districts, Place, governorates, rows
from fanal.model.group import Group
from fanal.model.layer import DISPLACEMENT_SCHEMA, EVENTS_SCHEMA, POPULATION_SCHEMA, SERVICES_SCHEMA

FIRST_DAY, LAST_DAY = date(2010, 1, 1), date(2015, 12, 31)
VIOLENCE = {"1": "state_based", "2": "non_state", "3": "one_sided"}  # UCDP GED codebook, type_of_violence
DISTRICT_CENTRE = 3  # UCDP where_prec: the point is the middle of a district
GOVERNORATE_ONLY = 4  # the point is the middle of a governorate; 5 and more are no area of use here
FEW_FAMILIES = 10  # a cell below is blanked; also the growth of a place that is counted
YEAR = 2014
CENSUS = "iraq_admin_population/population_2014_subdistrict_clean.csv"


@dataclass(slots=True)
class Tally:
    """Count what was left out and what was noted while a layer was made."""

    left_out: Counter[str] = field(default_factory=Counter)  # why: rows
    notes: list[str] = field(default_factory=list)


def _unzipped(path: Path) -> list[dict[str, str]]:
    with io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="") as file:
        return list(DictReader(file))


def events(shared: Path, districts: Districts, first: date = FIRST_DAY) -> tuple[pa.Table, Tally]:
    """Return UCDP's events that ended since `first` as EVENTS_SCHEMA, by day and id, without any text of others."""
    tally, by_name = Tally(), governorates(shared)
    chosen: list[dict[str, str]] = []
    for row in _unzipped(shared / "iraq_ucdp_ged" / "dev_to_2015.csv.gz"):
        if not first <= date.fromisoformat(row["date_end"]) <= LAST_DAY:
            tally.left_out[f"ended before {first}"] += 1
        elif int(row["where_prec"]) > GOVERNORATE_ONLY:
            tally.left_out["place known to the country or a wider region only (where_prec 5 and more)"] += 1
        else:
            chosen.append(row)
    at = districts.at([float(r["longitude"]) for r in chosen], [float(r["latitude"]) for r in chosen])
    found, reasons = [], Counter[str]()
    for row, code in zip(chosen, at, strict=True):
        precision = int(row["where_prec"])
        if precision == GOVERNORATE_ONLY:
            area, why = by_name.get(names.fold(row["adm_1"].replace("province", "")), ""), "governorate"
        else:
            named = districts.named(row["adm_2"].removeprefix("Qaḑā").removesuffix("district").lstrip("’ "))
            area, why = _event_place(districts, row, code, named, precision)
        reasons[why] += 1
        if not area:
            tally.left_out["neither point nor name in an area of Iraq"] += 1
            continue
        found.append(
            {
                "area": SCHEME + area,
                "id": row["id"],
                "start": date.fromisoformat(row["date_start"]),
                "end": date.fromisoformat(row["date_end"]),
                "violence": VIOLENCE[row["type_of_violence"]],
                "deaths": int(row["best"]) if row["best"] else None,
                "precision": precision,
            }
        )
    found.sort(key=lambda r: (r["start"], r["end"], r["id"]))
    tally.notes += [f"{count} events located by {why}" for why, count in sorted(reasons.items())]
    return pa.Table.from_pylist(found, schema=EVENTS_SCHEMA), tally


def _event_place(
    districts: Districts, row: dict[str, str], at: str, named: str, precision: int
) -> tuple[str, str]:
    """Return the district of an event and how it was found."""
    if precision == DISTRICT_CENTRE and named:
        return named, "name (where_prec 3: the point is the middle of the district)"
    chosen = districts.place(at, named, float(row["longitude"]), float(row["latitude"]))
    if chosen.why == "point" and named and named != chosen.code:
        return chosen.code, "point, which is not in the district that adm_2 names but within 25 km of it"
    if chosen.why == "point" and not named:
        return chosen.code, "point, adm_2 naming no district"
    return chosen.code, chosen.why


def displacement(shared: Path, districts: Districts) -> tuple[pa.Table, Tally]:
    """Return DTM's families by district and round as DISPLACEMENT_SCHEMA, cells under 10 families blanked."""
    tally = Tally()
    listed = _unzipped(shared / "iraq_dtm_idp" / "dev_2014_2015.csv.gz")
    kept = [row for row in listed if row["Families"]]
    tally.left_out["empty row at the end of a round"] = len(listed) - len(kept)
    where = _places(districts, kept, tally)
    rounds: dict[date, dict[str, int]] = defaultdict(dict)
    for row in kept:
        rounds[date.fromisoformat(row["date"])][row["Place ID"]] = int(float(row["Families"]))
    found, before, back, seen = [], dict[str, int](), 0, set[str]()
    for n, day in enumerate(sorted(rounds)):
        families, places, growing = Counter[str](), Counter[str](), Counter[str]()
        for place, present in rounds[day].items():
            area = where[place].code
            families[area] += present
            places[area] += 1
            growing[area] += present - before.get(place, 0) >= FEW_FAMILIES
            back += place in seen and place not in before
        for area in sorted(families):
            shown = families[area] >= FEW_FAMILIES
            tally.left_out[
                "district and round with fewer than 10 families: row kept, numbers blanked"
            ] += not shown
            found.append(
                {
                    "area": SCHEME + area,
                    "date": day,
                    "families": families[area] if shown else None,
                    "places": places[area] if shown else None,
                    "places_growing": growing[area] if shown and n else None,
                }
            )
        before = rounds[day]
        seen |= before.keys()
    tally.notes.append(f"{back} times a place came back after a round without it and was counted as new")
    return pa.Table.from_pylist(found, schema=DISPLACEMENT_SCHEMA), tally


def _places(districts: Districts, kept: list[dict[str, str]], tally: Tally) -> dict[str, Place]:
    """Return where each place of DTM lies; a place keeps its coordinates over all rounds."""
    first = {row["Place ID"]: row for row in kept}
    lon = [float(row["Longitude"]) for row in first.values()]
    lat = [float(row["Latitude"]) for row in first.values()]
    found: dict[str, Place] = {}
    reasons, elsewhere = Counter[str](), 0
    for (place, row), at, x, y in zip(first.items(), districts.at(lon, lat), lon, lat, strict=True):
        named = districts.named(row["District"])
        if not named:
            raise ValueError(f"DTM's district {row['District']!r} is in no table: add it to facts_names.py.")
        found[place] = districts.place(at, named, x, y)
        reasons[found[place].why] += 1
        elsewhere += found[place].code != named
    tally.notes += [f"{count} places located by {why}" for why, count in sorted(reasons.items())]
    tally.notes.append(f"{elsewhere} places lie in the polygon of another district than DTM names")
    return found


def population(shared: Path, districts: Districts) -> tuple[pa.Table, Tally]:
    """Return residents, and women and girls, by district for 2014 as POPULATION_SCHEMA."""
    tally, people, overrides = Tally(), Counter[tuple[str, Group]](), set(names.SUBDISTRICTS)
    moved = 0
    for row in rows(shared / CENSUS):
        key = (row["dis_en"], row["subdistrict_ar"].strip())
        code = districts.named(row["dis_en"] or row["dis_ar"])
        if key in names.SUBDISTRICTS:
            code, moved = names.SUBDISTRICTS[key][0], moved + int(row["total.pop"])
            overrides.discard(key)
        if not code:
            tally.left_out[f"sub-district {row['subdistrict_en']} with {row['total.pop']} people"] += 1
            continue
        people[code, Group.RESIDENTS] += int(row["total.pop"])
        people[code, Group.WOMEN_AND_GIRLS] += int(row["female.pop"])
    if overrides:
        raise ValueError(f"These sub-districts of facts_names.py are in no row: {sorted(overrides)}.")
    found = [
        {"area": SCHEME + code, "group": group.value, "year": YEAR, "people": count}
        for (code, group), count in sorted(people.items())
    ]
    tally.notes += [
        f"{len(names.SUBDISTRICTS)} sub-districts ({moved} people) are counted where COD-AB's polygon holds them",
        "the split by sex is far from even in Kirkuk, Al-Hawiga and Duhok; it is kept as the source gives it",
    ]
    return pa.Table.from_pylist(found, schema=POPULATION_SCHEMA), tally


def services(shared: Path, districts: Districts) -> tuple[pa.Table, Tally]:
    """Return the number of distinct agencies by district and sector as SERVICES_SCHEMA; no agency is named."""
    tally, agencies = Tally(), defaultdict[tuple[str, str], set[str]](set)
    smaller = {names.fold(name): code for code, name in names.SMALLER.items()}
    whole = set(governorates(shared))
    folder = shared / "iraq_3w_response_2014_15"
    for file, code in (("3w_activities_by_district.csv", "pcode"), ("3w_full.csv", "d_pcode")):
        for row in rows(folder / file):
            name = names.fold(row["district"])
            area = districts.named(row["district"]) or smaller.get(name, "")
            if not area and name not in whole:
                area = districts.coded(row[code])
            known = names.agencies(row["agency"])
            if not area:
                why = "governorate where a district should stand" if name in whole else "no known district"
                tally.left_out[f"3W row: {why}"] += 1
            elif not known:
                tally.left_out["3W row: no agency"] += 1
            else:
                agencies[area, row["category"].strip().lower()] |= known
    found = [
        {"area": SCHEME + area, "sector": sector, "agencies": len(known), "date": None}
        for (area, sector), known in sorted(agencies.items())
    ]
    return pa.Table.from_pylist(found, schema=SERVICES_SCHEMA), tally
