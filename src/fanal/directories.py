"""Directories: how a list of services comes in, what of it is due to be verified, and what may be public today."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fanal import pipeline
from fanal.facts import world
from fanal.geo import grid
from fanal.help import alike, counted, entry, public
from fanal.help.doors import Doors
from fanal.help.freshness import digest, freshness, newest
from fanal.help.ground import Ground
from fanal.model.area import coded
from fanal.model.confidential import confidential_of
from fanal.model.directory import Cleared, Directory
from fanal.model.error import UserError
from fanal.model.layer import LayerKind
from fanal.model.person import Person
from fanal.model.problem import Problem
from fanal.model.service import Service
from fanal.model.verified import Imported
from fanal.sources import hsds
from fanal.sources.hsds_checks import check
from fanal.sources.hsds_confidential import without_exact_places as without
from fanal.sources.hsds_schemas import schema_problems
from fanal.sources.service_list import ServiceList
from fanal.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Hold a directory that was read and checked."""

    directory: Directory
    form: hsds.DirectoryForm
    problems: list[Problem]


def read(
    workspace: Workspace,
    path: Path,
    *,
    source: str,
    country: str,
    mapping: Mapping[str, str],
    form: hsds.DirectoryForm | None,
    schemas: Path | None,
    without_exact_places: bool,
    boundaries: Path | None,
    at: datetime,
) -> Read:
    """Read a directory and say all that is wrong with it; nothing is kept.

    Args:
        workspace: whose areas tell swapped coordinates.
        path: a file or a folder.
        source: its name.
        country: of phones that are written without one; empty: none.
        mapping: column of a list by part.
        form: None: told from the file.
        schemas: folder of the official schemas; None: Fanal's own rules alone.
        without_exact_places: leave out where and when confidential services are, before anything else.
        boundaries: the world's first-level areas, where the workspace has none of its own.
        at: now, with its zone: no capacity was counted later.

    Raises:
        InputError: it cannot be read at all.
    """
    form = form or hsds.form_of(path)
    draft = hsds.read(path, source=source, mapping=mapping, form=form)
    directory = Directory(draft.rows)
    others = [one for name, one in workspace.directory.directories().items() if name != source]
    if without_exact_places:
        directory = Directory(without(directory, others))
    problems = [
        *draft.problems,
        *check(
            directory,
            country=country,
            known=_known(workspace, boundaries, directory, country),
            others=others,
            at=at,
        ),
    ]
    if schemas is not None:
        problems += schema_problems(directory, schemas)
    return Read(directory=directory, form=form, problems=problems)


def take(
    workspace: Workspace,
    draft: Read,
    *,
    source: str,
    licence: str,
    country: str,
    file: str,
    accepted: Sequence[str],
    who: Person,
    at: datetime,
) -> Imported:
    """Keep a directory in the desk, linked with services of others that seem to be the same."""
    countries = {**_countries(workspace), source: country}
    likenesses = alike.likenesses(draft.directory, source, workspace.directory.directories(), countries)
    return workspace.directory.take(
        draft.directory,
        source=source,
        licence=licence,
        country=country,
        file=file,
        form=draft.form.value,
        accepted=accepted,
        likenesses=likenesses,
        who=who,
        at=at,
    )


def cleared(workspace: Workspace, today: date) -> Cleared:
    """Return what of all directories may be public today."""
    kept, checks = workspace.directory.directories(), workspace.directory.checks()
    return public.clear(kept, checks, today, countries=_countries(workspace))


def doors(workspace: Workspace, areas: pa.Table, today: date) -> Doors:
    """Return the services that may be public today as columns for matching, each until its verification ends.

    Of a capacity that is not public nothing is in them but its unit.
    """
    public_now = cleared(workspace, today).directory
    told = (
        _told(one, public_now) for one in _records(workspace) if public_now.get("service", one.id) is not None
    )
    drawn = areas["geometry"].null_count < areas.num_rows
    return Doors(
        told,
        Ground(areas),
        shown_until=_checked_until,
        areas_of=grid.compile(areas).areas_of if drawn else None,
    )


def of_list(listed: ServiceList) -> Doors:
    """Return the services of a list that is kept by hand as columns for matching.

    Its places are the areas; one in no other is a region. Distances are measured between points that the list says.
    """
    levels: dict[str, int] = {}
    parents = {place.code: place.parent for place in listed.places}
    for code, parent in parents.items():
        above, level = parent, 1
        while above in parents and level <= len(parents):  # places that hold each other in a circle end it
            above, level = parents[above], level + 1
        levels[code] = level
    points = {place.code: place.point or (None, None) for place in listed.places}
    areas = {
        "area": pa.array(list(parents), pa.string()),
        "parent": pa.array(list(parents.values()), pa.string()),
        "level": pa.array(list(levels.values()), pa.int32()),
        "lon": pa.array([lon for lon, _ in points.values()], pa.float64()),
        "lat": pa.array([lat for _, lat in points.values()], pa.float64()),
    }
    return Doors(listed.services, Ground(pa.table(areas)), shown_until=_checked_until)


def confidential(workspace: Workspace) -> frozenset[str]:
    """Return the ids of services that any directory marks as confidential, public or not; for those inside."""
    return confidential_of(*workspace.directory.directories().values())[0]


def records(workspace: Workspace) -> list[Service]:
    """Return every service of all directories as a record, with the verification that counts for it, if one does."""
    return list(_records(workspace))


def _records(workspace: Workspace) -> Iterator[Service]:
    """Give every service of all directories as a record."""
    checks, links = workspace.directory.checks(), workspace.directory.likenesses()
    countries, kept = _countries(workspace), workspace.directory.directories()
    marks = confidential_of(*kept.values())
    for source, directory in kept.items():
        for one in entry.services(directory, source, checks, links, country=countries[source], marks=marks):
            yield _coded(one)


def _countries(workspace: Workspace) -> dict[str, str]:
    """Return the country of each directory, by its source."""
    return {one.source: one.country for one in workspace.directory.imports(ended=False)}


def overview(workspace: Workspace, today: date, *, soon: timedelta) -> list[dict[str, Any]]:
    """Return each service with how far its entry can be relied on, in the order of sources and rows."""
    known = newest(workspace.directory.checks())
    found = []
    for source, directory in workspace.directory.directories().items():
        for row in directory.rows("service"):
            last = known.get((source, row.id))
            state = freshness(directory, row.id, last, today, soon=soon)
            found.append(
                {
                    "id": row.id,
                    "name": str(row.body.get("name", "")),
                    "source": source,
                    "freshness": state.value,
                    "verified_by": last.who if last else None,
                    "verified_until": last.until.isoformat() if last else None,
                }
            )
    return found


def counts(workspace: Workspace, today: date, *, old: timedelta) -> list[dict[str, Any]]:
    """Return each service of which it is due to ask how much it has, in the order of sources and rows; no number."""
    found = []
    for source, directory in workspace.directory.directories().items():
        for row in directory.rows("service"):
            there = entry.capacities(directory, row)
            needs = entry.needs(directory, row)
            why = counted.due(entry.state(row), needs, there, today, old=old)
            if why is not None:
                last = counted.counted_on(there)
                found.append(
                    {
                        "id": row.id,
                        "name": str(row.body.get("name", "")),
                        "source": source,
                        "counted": why.value,
                        "last": last.isoformat() if last else None,
                    }
                )
    return found


def shown(workspace: Workspace, service: str, today: date, *, soon: timedelta) -> list[dict[str, Any]]:
    """Return the entries with an id, one of each source that has it, as those who keep the directory need them.

    Raises:
        UserError: there is none.
    """
    known, kept = newest(workspace.directory.checks()), workspace.directory.directories()
    found = []
    for one in _records(workspace):
        if one.id != service:
            continue
        source = one.provenance.source
        directory = kept[source]
        last = known.get((source, service))
        found.append(
            {
                "id": one.id,
                "name": one.name,
                "organization": one.organization.name,
                "source": source,
                "row": one.provenance.row,
                "freshness": freshness(directory, service, last, today, soon=soon).value,
                "verified_by": last.who if last else None,
                "verified_until": last.until.isoformat() if last else None,
                "confidential": one.confidential,
                "phones": [phone.e164 or phone.number for phone in one.phones],
                "needs": sorted(one.needs),
                "same_as": list(one.same_as),
                "capacities": [
                    {
                        "unit": capacity.unit,
                        "available": capacity.available,
                        "least": capacity.least,
                        "most": capacity.most,
                        "updated": capacity.updated.isoformat() if capacity.updated else None,
                        "said": capacity.said,
                    }
                    for capacity in one.capacities
                ],
                "document": directory.nested("service", service),
            }
        )
    if not found:
        raise _no_service(service)
    return found


def entries_of(workspace: Workspace, services: Sequence[str], source: str) -> list[tuple[str, str, str]]:
    """Return source, id and digest of entries.

    Raises:
        UserError: one is not there, or stands in several directories and none was named.
    """
    found = []
    kept = workspace.directory.directories()
    for service in services:
        having = [
            name
            for name, one in kept.items()
            if one.get("service", service) is not None and source in ("", name)
        ]
        if not having:
            raise _no_service(service)
        if len(having) > 1:
            raise UserError(f"{service} stands in {len(having)} directories.", hint="Name one with --source.")
        found.append((having[0], service, digest(kept[having[0]], service)))
    return found


def one_of(workspace: Workspace, source: str) -> Directory:
    """Return all rows of a source; empty: of the only one.

    Raises:
        UserError: there is none of this name, or several and none was named.
    """
    kept = workspace.directory.directories()
    if not source and len(kept) == 1:
        return next(iter(kept.values()))
    if source not in kept:
        raise UserError(
            f"There is no directory {source!r}." if source else "There are several directories, or none.",
            hint="Name one with --source; `fanal services list --sources` shows them.",
        )
    return kept[source]


def import_facts(one: Imported) -> dict[str, Any]:
    """Return an import as `--json` prints it."""
    return {
        "number": one.number,
        "source": one.source,
        "licence": one.licence,
        "country": one.country,
        "file": one.file,
        "form": one.form,
        "sha256": one.sha256,
        "rows": one.rows,
        "services": one.services,
        "accepted": list(one.accepted),
        "who": one.who,
        "at": one.at.isoformat(),
        "ended_at": one.ended_at and one.ended_at.isoformat(),
    }


def _known(
    workspace: Workspace, boundaries: Path | None, directory: Directory, country: str
) -> grid.Grid | None:
    """Return the areas in which points should lie; None: none are drawn, or there is no point.

    Of the country that was named; else the workspace's own. Never the world's: it is not drawn whole, and a point in a
    country that is missing would pass for one that is swapped.
    """
    if not any("latitude" in row.body for row in directory.rows("location")):
        return None
    if country and boundaries is not None:
        areas = world.areas(boundaries)
        areas = areas.filter(pc.starts_with(areas["area"], f"gn:{country}."))
        if areas["geometry"].null_count < areas.num_rows:
            return grid.compile(areas)
    own = workspace.layers.all(LayerKind.AREAS)
    return grid.compile(pipeline.areas_of(workspace, None)) if own else None


def _checked_until(service: Service) -> date | None:
    """Return the last day on which the verification of a service counts; None: it has none."""
    return service.verification.until if service.verification else None


def _told(service: Service, public_now: Directory) -> Service:
    """Return a service without the numbers of capacities that are not public; HSDS has no least one."""
    return replace(
        service,
        capacities=tuple(
            replace(one, least=None)
            if public_now.get("service_capacity", one.id) is not None
            else replace(one, available=None, least=None, most=None, updated=None)
            for one in service.capacities
        ),
    )


def _coded(service: Service) -> Service:
    """Return a service with the codes of its areas as the layer of areas writes them: lists leave the scheme out."""
    return replace(
        service,
        areas=frozenset(map(coded, service.areas)),
        locations=tuple(
            replace(place, area=coded(place.area)) if place.area else place for place in service.locations
        ),
    )


def _no_service(service: str) -> UserError:
    """Return the error for an id that is not there."""
    return UserError(f"There is no service {service}.", hint="`fanal services list` shows them.")
