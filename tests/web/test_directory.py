"""The HSDS API: documents valid under the official schemas, pages after its OpenAPI, nothing that is not public."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from litestar.testing import TestClient
from tests.help.rows import TODAY, checked, clinic, row, uid

from fanal.help.freshness import digest
from fanal.help.public import clear
from fanal.model.directory import Cleared, Directory, Row
from fanal.sources import hsds
from fanal.web.directory import api


def cleared(*rows: Any) -> Cleared:
    """Return clinics, all but the last verified."""
    directory = Directory([*clinic(name="a"), *clinic(name="b")[1:], *clinic(name="c")[1:], *rows])
    return clear({"list": directory}, [checked(directory, name) for name in ("a", "b")], TODAY)


@pytest.fixture
def client() -> Iterator[TestClient[Any]]:
    """Return a client of an API with three services, of which two are verified."""
    with TestClient(api(cleared)) as found:
        yield found


def beds(name: str) -> list[Row]:
    """Return how much a service has, with its unit."""
    said = {"available": 77170077, "maximum": 88180088, "updated": "2026-02-28T09:00:00Z"}
    counted = {"service_id": uid(name), "unit_id": uid("bed"), **said}
    return [row("unit", "bed", name="Bed"), row("service_capacity", f"{name}-beds", **counted)]


LISTS = (
    "/services",
    "/organizations",
    "/locations",
    "/service_at_locations",
    "/taxonomies",
    "/taxonomy_terms",
)


@pytest.mark.shared
def test_documents_are_valid_under_the_official_schemas(shared_data: Path) -> None:
    schemas = shared_data / "schemas" / "hsds_3" / "schema"
    path = shared_data / "service_directories" / "hsds_3_examples" / "service_full.json"
    directory = Directory(hsds.read(path, source="list", mapping={}).rows)
    service = directory.rows("service")[0].id
    check = checked(Directory(clinic()), "clinic")
    from_official = clear(
        {"list": directory},
        [replace(check, service=service, digest=digest(directory, service))],
        TODAY,
    )
    mixed = cleared(
        row("taxonomy", "t", name="T", description=""),
        row("taxonomy_term", "tt", name="health", taxonomy="fanal:need", taxonomy_id=uid("t")),
        row("attribute", "at", link_id=uid("a"), taxonomy_term_id=uid("tt"), link_entity="service"),
        *beds("a"),
    )
    seen = 0
    for opened in (from_official, mixed):
        with TestClient(api(lambda opened=opened: opened)) as client:
            for path_of, short, whole in (
                ("/services", "compiled/service_list.json", "compiled/service.json"),
                ("/organizations", "compiled/organization_list.json", "compiled/organization.json"),
                (
                    "/service_at_locations",
                    "compiled/service_at_location_list.json",
                    "compiled/service_at_location.json",
                ),
                ("/taxonomies", "taxonomy.json", "taxonomy.json"),
            ):
                page = client.get(path_of).json()
                for document in page["contents"]:
                    assert _errors(schemas / short, document) == []
                    one = client.get(f"{path_of}/{document['id']}").json()
                    assert _errors(schemas / whole, one) == []
                    seen += 1
                full = client.get(path_of, params={"full": True}).json()["contents"]
                for document in full if path_of == "/services" else ():
                    assert _errors(schemas / whole, document) == []
    assert seen >= 9


def _errors(path: Path, document: Any) -> list[str]:
    """Return what is wrong with a document under a schema."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


def test_unverified_entries_are_nowhere(client: TestClient[Any]) -> None:
    for path in LISTS:
        for full in (False, True):
            text = client.get(path, params={"full": full}).text
            for name in ("c", "c-phone", "c-place", "c-tie"):
                assert uid(name) not in text
    for path, name in (("/services", "c"), ("/locations", "c-place"), ("/service_at_locations", "c-tie")):
        hidden, none = client.get(f"{path}/{uid(name)}"), client.get(f"{path}/{uid('nowhere')}")
        assert (hidden.status_code, hidden.json()) == (none.status_code, none.json())
        assert hidden.status_code == 404


def every_answer(opened: Cleared) -> str:
    """Return all that the API says, in every form."""
    forms = ("", "full=true", "full_service=true", "format=ndjson&full=true")
    with TestClient(api(lambda: opened)) as client:
        asked = [f"{path}?{form}" for path in LISTS for form in forms]
        for path in LISTS:
            ids = [one["id"] for one in client.get(path).json()["contents"]]
            asked += [f"{path}/{key}?{form}" for key in ids for form in forms[:3]]
        return "\n".join(client.get(one).text for one in asked)


def test_how_much_there_is_stands_in_its_service() -> None:
    with TestClient(api(lambda: cleared(*beds("a")))) as client:
        (first, second) = client.get("/services", params={"full": True}).json()["contents"]
        assert client.get(f"/services/{uid('a')}").json() == first
        assert "capacities" not in client.get("/services").text
    assert [(one["unit"]["name"], one["available"]) for one in first["capacities"]] == [("Bed", 77170077)]
    assert "capacities" not in second


@pytest.mark.parametrize("table", ["service", "location"])
def test_how_much_a_confidential_service_has_is_in_no_answer(table: str) -> None:
    marked = [
        Row(one.table, {**one.body, "confidential": True}, one.where) if one.table == table else one
        for one in clinic(name="a")
    ]
    directory = Directory([*marked, *beds("a")])
    said = every_answer(clear({"list": directory}, [checked(directory, "a")], TODAY))
    assert uid("a") in said, "the service itself is told"
    for secret in ("77170077", "88180088", "capacities", uid("a-beds"), "Bed"):
        assert secret not in said
    assert "77170077" in every_answer(cleared(*beds("a")))


def test_pages_are_counted_as_the_specification_says(client: TestClient[Any]) -> None:
    first = client.get("/services", params={"per_page": 1}).json()
    second = client.get("/services", params={"per_page": 1, "page": 2}).json()
    beyond = client.get("/services", params={"per_page": 1, "page": 3}).json()
    assert {key: first[key] for key in first if key != "contents"} == {
        "total_items": 2,
        "total_pages": 2,
        "page_number": 1,
        "size": 1,
        "first_page": True,
        "last_page": False,
        "empty": False,
    }
    assert second["last_page"]
    assert beyond["empty"]
    assert first["contents"][0]["id"] != second["contents"][0]["id"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"search": "CLINIC"}, 2),
        ({"search": "nothing"}, 0),
        ({"organization_id": uid("org")}, 2),
        ({"organization_id": uid("other")}, 0),
        ({"taxonomy_term_id": uid("other")}, 0),
        ({"modified_after": "2026-01-01"}, 0),
    ],
)
def test_services_are_found(client: TestClient[Any], asked: dict[str, str], found: int) -> None:
    assert client.get("/services", params=asked).json()["total_items"] == found


@pytest.mark.parametrize(
    "asked", [{"page": 0}, {"per_page": 100_000}, {"page": "x"}, {"format": "xml"}, {"search": "x" * 300}]
)
def test_what_cannot_be_asked_is_refused(client: TestClient[Any], asked: dict[str, Any]) -> None:
    assert client.get("/services", params=asked).status_code == 400


def test_what_is_not_answered_is_refused(client: TestClient[Any]) -> None:
    assert client.get("/service_at_locations", params={"postcode": "1"}).status_code == 400


def test_an_organization_names_its_services(client: TestClient[Any]) -> None:
    found = client.get(f"/organizations/{uid('org')}").json()
    assert [one["id"] for one in found["services"]] == [uid("a"), uid("b")]
    assert "phones" not in found["services"][0]
    full = client.get(f"/organizations/{uid('org')}", params={"full_service": True}).json()
    assert full["services"][0]["phones"]


def test_lines_of_json_and_the_short_form(client: TestClient[Any]) -> None:
    lines = client.get("/services", params={"format": "ndjson", "minimal": True}).text.splitlines()
    assert [json.loads(line) for line in lines] == [{"id": uid("a")}, {"id": uid("b")}]


def test_answers_leave_nothing_behind(client: TestClient[Any]) -> None:
    for path in ("/", "/services", "/nothing"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert "set-cookie" not in headers


def test_nothing_but_what_was_cleared_is_served() -> None:
    directory = Directory(clinic())
    with TestClient(api(lambda: directory), raise_server_exceptions=False) as client:  # type: ignore[arg-type,return-value]
        assert client.get("/services").status_code == 500
