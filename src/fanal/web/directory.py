"""The HSDS API: the public part of the directory, as documents of HSDS 3.0, with no log of who asked for what."""

from collections.abc import Callable
from typing import Annotated, Any

import orjson
from litestar import Litestar, MediaType, Response, get
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import PathParameter, QueryParameter

from fanal.model.directory import Body, Cleared, Directory, Row
from fanal.model.hsds import VERSION
from fanal.web.app import strict

MOST_A_PAGE = 1000
"""Documents on one page."""

USUAL = 50
"""Documents on a page, where nobody says."""

SPECIFICATION = "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/openapi.json"
PROFILE = "https://docs.openreferral.org/en/3.0/"

Page = Annotated[int, QueryParameter(ge=1, le=10_000_000)]
PerPage = Annotated[int, QueryParameter(ge=1, le=MOST_A_PAGE)]
Search = Annotated[str, QueryParameter(max_length=200)]
Id = Annotated[str, QueryParameter(max_length=100)]

Flag = Annotated[bool, QueryParameter()]
Key = Annotated[str, PathParameter(max_length=100)]
Form = Annotated[str, QueryParameter(name="format", max_length=10)]

Opened = Callable[[], Cleared]
"""What gives the directory as it is cleared today; asked at each request."""


def api(cleared: Opened) -> Litestar:
    """Return the application that answers as HSDS's OpenAPI says: lists in pages, and whole documents by id.

    What the specification offers beyond that and is not answered here (`postcode`, `proximity`) is refused rather
    than passed over.

    Args:
        cleared: gives what `fanal.help.public.clear` made for today.
    """

    def opened() -> Directory:
        found = cleared()
        if not isinstance(found, Cleared):
            raise TypeError(found)  # nothing else may leave
        return found.directory

    @get("/", sync_to_thread=False)
    def about() -> Response[bytes]:
        return _json({"version": VERSION, "profile": PROFILE, "openapi_url": SPECIFICATION})

    return Litestar(
        route_handlers=[
            about,
            *_of_services(opened),
            *_of_organizations(opened),
            *_of_ties(opened),
            _of_terms(opened),
            _listed(opened, "/locations", "location"),
            _listed(opened, "/taxonomies", "taxonomy"),
            _whole(opened, "/locations", "location"),
            _whole(opened, "/taxonomies", "taxonomy"),
            _whole(opened, "/taxonomy_terms", "taxonomy_term"),
        ],
        openapi_config=None,
        logging_config=None,
        before_send=[strict],
    )


def _of_services(opened: Callable[[], Directory]) -> list[Any]:
    """Return what answers for services."""

    @get("/services", sync_to_thread=False)
    def services(
        page: Page = 1,
        per_page: PerPage = USUAL,
        search: Search = "",
        form: Form = "json",
        taxonomy_term_id: Id = "",
        taxonomy_id: Id = "",
        organization_id: Id = "",
        modified_after: Id = "",
        minimal: Flag = False,
        full: Flag = False,
    ) -> Response[bytes]:
        directory = opened()
        rows = _services(directory, search, taxonomy_term_id, taxonomy_id, organization_id, modified_after)

        def shown(row: Row) -> Body:
            if minimal:
                modified = {c: row.body[c] for c in ("last_modified",) if c in row.body}
                return {"id": row.id, **modified}
            return directory.nested("service", row.id, deep=full)

        return _paged(rows, shown, page, per_page, form)

    @get("/services/{entry:str}", sync_to_thread=False)
    def service(entry: Key) -> Response[bytes]:
        return _one(opened(), "service", entry)

    return [services, service]


def _of_organizations(opened: Callable[[], Directory]) -> list[Any]:
    """Return what answers for organizations."""

    @get("/organizations", sync_to_thread=False)
    def organizations(
        page: Page = 1,
        per_page: PerPage = USUAL,
        search: Search = "",
        form: Form = "json",
        full: Flag = False,
        full_service: Flag = False,
    ) -> Response[bytes]:
        directory = opened()
        rows = [row for row in directory.rows("organization") if _has(row, search)]

        def shown(row: Row) -> Body:
            if full or full_service:
                return _organization(directory, row.id, full_service)
            return directory.nested("organization", row.id, deep=False)

        return _paged(rows, shown, page, per_page, form)

    @get("/organizations/{entry:str}", sync_to_thread=False)
    def organization(entry: Key, full_service: Flag = False) -> Response[bytes]:
        directory = opened()
        _known(directory, "organization", entry)
        return _json(_organization(directory, entry, full_service))

    return [organizations, organization]


def _of_ties(opened: Callable[[], Directory]) -> list[Any]:
    """Return what answers for services at their locations."""

    @get("/service_at_locations", sync_to_thread=False)
    def ties(
        page: Page = 1,
        per_page: PerPage = USUAL,
        search: Search = "",
        form: Form = "json",
        taxonomy_term_id: Id = "",
        taxonomy_id: Id = "",
        organization_id: Id = "",
        modified_after: Id = "",
        full: Flag = False,
        postcode: Id = "",
        proximity: Id = "",
    ) -> Response[bytes]:
        if postcode or proximity:
            raise ClientException("postcode and proximity are not answered here.")
        directory = opened()
        wanted = {
            row.id
            for row in _services(
                directory, search, taxonomy_term_id, taxonomy_id, organization_id, modified_after
            )
        }
        rows = [row for row in directory.rows("service_at_location") if row.body.get("service_id") in wanted]

        def shown(row: Row) -> Body:
            return directory.nested("service_at_location", row.id, deep=full)

        return _paged(rows, shown, page, per_page, form)

    @get("/service_at_locations/{entry:str}", sync_to_thread=False)
    def tie(entry: Key) -> Response[bytes]:
        return _one(opened(), "service_at_location", entry)

    return [ties, tie]


def _of_terms(opened: Callable[[], Directory]) -> Any:
    """Return what answers for terms of taxonomies."""

    @get("/taxonomy_terms", sync_to_thread=False)
    def terms(
        page: Page = 1,
        per_page: PerPage = USUAL,
        search: Search = "",
        form: Form = "json",
        taxonomy_id: Id = "",
        parent_id: Id = "",
        top_only: Flag = False,
    ) -> Response[bytes]:
        directory = opened()
        rows = [
            row
            for row in directory.rows("taxonomy_term")
            if _has(row, search)
            and taxonomy_id in ("", row.body.get("taxonomy_id"))
            and parent_id in ("", row.body.get("parent_id"))
            and not (top_only and row.body.get("parent_id"))
        ]
        return _paged(rows, lambda row: directory.nested("taxonomy_term", row.id), page, per_page, form)

    return terms


def _listed(opened: Callable[[], Directory], path: str, table: str) -> Any:
    """Return the list of a table; locations are whole, as the specification has no short form of them."""

    @get(path, name=f"list of {table}", sync_to_thread=False)
    def listed(
        page: Page = 1, per_page: PerPage = USUAL, search: Search = "", form: Form = "json"
    ) -> Response[bytes]:
        directory = opened()
        rows = [row for row in directory.rows(table) if _has(row, search)]
        return _paged(rows, lambda row: directory.nested(table, row.id), page, per_page, form)

    return listed


def _whole(opened: Callable[[], Directory], path: str, table: str) -> Any:
    """Return the documents of a table by id."""

    @get(f"{path}/{{entry:str}}", name=f"one of {table}", sync_to_thread=False)
    def one(entry: Key) -> Response[bytes]:
        return _one(opened(), table, entry)

    return one


def _services(
    directory: Directory, search: str, term: str, taxonomy: str, organization: str, after: str
) -> list[Row]:
    """Return the services that fit what was asked."""
    return [
        row
        for row in directory.rows("service")
        if _has(row, search)
        and organization in ("", row.body.get("organization_id"))
        and (not after or str(row.body.get("last_modified", "")) >= after)
        and (not (term or taxonomy) or _has_term(directory, row, term, taxonomy))
    ]


def _has_term(directory: Directory, row: Row, term: str, taxonomy: str) -> bool:
    """Say whether a service has a term, or any of a taxonomy."""
    for attribute in directory.below("service", row.id, "attribute"):
        found = directory.get("taxonomy_term", str(attribute.body.get("taxonomy_term_id", "")))
        if found and term in ("", found.id) and taxonomy in ("", found.body.get("taxonomy_id")):
            return True
    return False


def _has(row: Row, search: str) -> bool:
    """Say whether name or description of a row hold what is searched for."""
    if not search:
        return True
    said = " ".join(str(row.body.get(c, "")) for c in ("name", "alternate_name", "description"))
    return search.casefold() in said.casefold()


def _organization(directory: Directory, entry: str, full: bool) -> Body:
    """Return an organization, with its services whole or by name."""
    found = directory.nested("organization", entry)
    if services := directory.below("organization", entry, "service"):
        found["services"] = [
            directory.nested("service", row.id)
            if full
            else {c: row.body[c] for c in ("id", "name", "status") if c in row.body}
            for row in services
        ]
    return found


def _known(directory: Directory, table: str, entry: str) -> None:
    """Refuse an id that is not there; whether it exists and is not public is not told."""
    if directory.get(table, entry) is None:
        raise NotFoundException("There is no such entry.")


def _one(directory: Directory, table: str, entry: str) -> Response[bytes]:
    """Return a whole document."""
    _known(directory, table, entry)
    return _json(directory.nested(table, entry))


def _paged(
    rows: list[Row], shown: Callable[[Row], Body], page: int, per_page: int, form: str
) -> Response[bytes]:
    """Return a page of documents as HSDS's Page, or all of them as lines of JSON."""
    if form == "ndjson":
        lines = b"".join(orjson.dumps(shown(row)) + b"\n" for row in rows)
        return Response(lines, media_type="application/x-ndjson")
    if form != "json":
        raise ClientException("format is json or ndjson.")
    pages = -(-len(rows) // per_page)
    cut = rows[(page - 1) * per_page : page * per_page]
    return _json(
        {
            "total_items": len(rows),
            "total_pages": pages,
            "page_number": page,
            "size": len(cut),
            "first_page": page == 1,
            "last_page": page >= pages,
            "empty": not cut,
            "contents": list(map(shown, cut)),
        }
    )


def _json(document: Body) -> Response[bytes]:
    """Return a document."""
    return Response(orjson.dumps(document), media_type=MediaType.JSON)
