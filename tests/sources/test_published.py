"""A layer at an address, or on a CKAN site, is fetched where it changed, and nothing else is taken for it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from tests.sources.live.web import Handler, Reply, Request, run, web

from fanal.model.error import UserError
from fanal.model.layer import LayerKind
from fanal.sources.live import LostError
from fanal.sources.published import Address, Known, Published, fetch

NOW = datetime(2014, 8, 3, tzinfo=UTC)
CSV = b"Code,Date,Families\n#adm2+code,#date,#affected+hh\nXX01,2014-08-01,20\n"


def got(handler: Handler, known: Known | None = None, **where: Any) -> Published:
    async def work() -> Published:
        async with web(handler) as server:
            said = {
                name: value.replace("{}", server.url) if isinstance(value, str) else value
                for name, value in where.items()
            }
            address = Address(name="dtm", kind=LayerKind.DISPLACEMENT, **said)
            return await fetch(address, known or Known(), now=NOW)

    return run(work())


def test_a_file_is_fetched_once_and_then_only_if_it_changed() -> None:
    asked: list[Request] = []

    def handler(request: Request) -> Reply:
        asked.append(request)
        if request.headers.get("if-none-match") == '"1"':
            return Reply(status=304)
        return Reply(body=CSV, headers={"etag": '"1"', "last-modified": "Sat, 02 Aug 2014 00:00:00 GMT"})

    first = got(handler, url="{}/dtm.csv?key=secret")
    assert first.body == CSV
    assert first.suffix == ".csv"
    assert first.published == "Sat, 02 Aug 2014 00:00:00 GMT"
    assert first.known.sha256 == f"sha256:{hashlib.sha256(CSV).hexdigest()}"
    assert "secret" not in first.address
    assert asked[0].query == {"key": "secret"}
    again = got(handler, first.known, url="{}/dtm.csv?key=secret")
    assert again.body is None
    assert again.known == first.known
    # A server that knows no ETag sends it all again: the digest tells that it is the same.
    plain = got(lambda _: Reply(body=CSV), replace(first.known, etag="", modified=""), url="{}/dtm.csv")
    assert plain.body is None
    changed = got(lambda _: Reply(body=CSV + b"XX02,2014-08-01,30\n"), first.known, url="{}/dtm.csv")
    assert changed.body is not None
    assert changed.known.sha256 != first.known.sha256


def resource(n: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-0000-0000-00000000000{n}",
        "name": f"Round {n}",
        "format": "CSV",
        "url_type": "upload",
        "download_url": f"{{}}/file/{n}.csv",
        "last_modified": f"2014-08-0{n}T00:00:00",
        "hash": f"{n}" * 32,
        **more,
    }


class Ckan:
    """Be a CKAN site with one data set."""

    def __init__(self, *resources: dict[str, Any]) -> None:
        self.package = {
            "id": "p",
            "name": "dtm-rounds",
            "title": "Rounds of displacement",
            "license_title": "CC BY",
            "organization": {"title": "A publisher"},
            "resources": list(resources),
        }
        self.paths: list[str] = []

    def __call__(self, request: Request) -> Reply:
        host = f"http://{request.headers['host']}"
        self.paths.append(request.path)
        if request.path.startswith("/file/"):
            return Reply(body=CSV)
        if request.path == "/api/3/action/package_show" and request.query["id"] in ("p", "dtm-rounds"):
            return self.said(self.package, host)
        if request.path == "/api/3/action/resource_show":
            for one in self.package["resources"]:
                if one["id"] == request.query["id"]:  # type: ignore[index]
                    return self.said({**one, "package_id": "p"}, host)  # type: ignore[dict-item]
        return Reply(status=404, body=b'{"success": false, "error": {"message": "Not found"}}')

    @staticmethod
    def said(result: dict[str, Any], host: str) -> Reply:
        return Reply(body=orjson.dumps({"success": True, "result": result}).replace(b"{}", host.encode()))


def test_a_resource_of_a_site_comes_with_its_origin() -> None:
    site = Ckan(resource(1))
    found = got(site, ckan="{}", package="dtm-rounds")
    assert found.body == CSV
    assert (found.source, found.licence) == ("A publisher: Rounds of displacement: Round 1", "CC BY")
    assert found.published == "2014-08-01T00:00:00"
    assert found.known.marker == f"2014-08-01T00:00:00 {'1' * 32}"
    site.paths.clear()
    again = got(site, found.known, ckan="{}", package="dtm-rounds")
    assert again.body is None
    assert site.paths == ["/api/3/action/package_show"]  # the file itself was not asked for
    by_id = got(site, ckan="{}", resource=resource(1)["id"])
    assert (by_id.body, by_id.source) == (CSV, found.source)


def test_a_file_that_the_site_does_not_keep_itself_is_asked_for_each_time() -> None:
    site = Ckan(resource(1, url_type=None))
    found = got(site, ckan="{}", package="p")
    site.paths.clear()
    assert got(site, found.known, ckan="{}", package="p").body is None
    assert "/file/1.csv" in site.paths


def test_one_of_several_resources_has_to_be_named() -> None:
    site = Ckan(resource(1), resource(2), resource(3, format="XLSX"))
    with pytest.raises(UserError, match="2 resources that fit; it has Round 1, Round 2, Round 3"):
        got(site, ckan="{}", package="p")
    assert got(site, ckan="{}", package="p", resource="Round 2").published == "2014-08-02T00:00:00"
    with pytest.raises(UserError, match="0 resources that fit"):
        got(site, ckan="{}", package="p", resource="Round 9")
    assert got(Ckan(resource(1), resource(2, format="PDF")), ckan="{}", package="p").body == CSV


def test_nothing_is_fetched_from_elsewhere_unless_it_is_allowed() -> None:
    away = Ckan(resource(1, download_url="https://files.other.example/1.csv"))
    with pytest.raises(UserError, match=r"files\.other\.example by https, which is not allowed") as told:
        got(away, ckan="{}", package="p")
    assert "hosts of [layer_sources.dtm]" in str(told.value)
    for url in ("http://10.0.0.1/x.csv", "file:///etc/passwd", "", "https://["):
        with pytest.raises(UserError, match="which is not allowed"):
            got(Ckan(resource(1, download_url=url, url=url)), ckan="{}", package="p")
    for status, kind in ((301, UserError), (302, LostError)):
        moved = Reply(status=status, headers={"location": "https://files.other.example/1.csv"})
        with pytest.raises(
            kind, match=r"not followed\. Give the address that it leads to, or allow its host"
        ):
            got(lambda _, moved=moved: moved, url="{}/dtm.csv")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=503), LostError),
        (Reply(status=429, headers={"retry-after": "5"}), LostError),
        (Reply(status=401), UserError),
        (Reply(status=404), UserError),
        (Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nhalf"), LostError),
    ],
)
def test_what_a_server_may_answer(reply: Reply, kind: type) -> None:
    with pytest.raises(kind, match="The layer dtm"):
        got(lambda _: reply, url="{}/dtm.csv")
    with pytest.raises(kind, match="The layer dtm"):
        got(lambda _: reply, ckan="{}", package="p")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"success": false}', b'{"success": true, "result": []}', b"[" * 100_000]
)
def test_what_is_no_answer_of_ckan_is_said(body: bytes) -> None:
    with pytest.raises(UserError, match="gives no answer of CKAN"):
        got(lambda _: Reply(body=body), ckan="{}", package="p")
