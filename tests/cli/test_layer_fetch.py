"""`fanal layers fetch` as a person uses it, with a server that publishes, changes its mind and breaks."""

import http.server
import json
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.said import run
from tests.cli.small import small

from fanal import settings_file

HEAD = b"Code,Date,Families\n#adm2+code,#date,#affected+hh\n"
ROUND = HEAD + b"T1A,2014-08-01,20\nT1B,2014-08-01,30\n"


class Publisher:
    """Publish files that a test puts there."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        publisher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked.append(self.path)
                status, body = publisher.files.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    made = Publisher()
    yield made
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


def configured(folder: Path, *sections: str) -> Path:
    text = settings_file.template(alerts={"sender": "alerts@example.org"})
    (folder / "fanal.toml").write_text("\n".join([text, *sections]), encoding="utf-8")
    return folder


def section(url: str, name: str = "dtm", kind: str = "displacement", more: str = "") -> str:
    return (
        f'[layer_sources.{name}]\nkind = "{kind}"\nurl = "{url}/{name}.csv"\nsource = "A publisher"\n'
        f'licence = "CC0"\n{more}\n'
    )


def test_a_change_becomes_a_version_and_the_same_does_not(tmp_path: Path, publisher: Publisher) -> None:
    folder = configured(small(tmp_path / "w"), section(publisher.url))
    publisher.files["/dtm.csv"] = (200, ROUND)
    first = run(folder, "layers", "fetch")
    assert "dtm: a new version. 2 rows, 2 matched, 0 in no area, 0 rejected." in first.out
    assert "dtm: the same as before." in run(folder, "layers", "fetch", "dtm").out
    publisher.files["/dtm.csv"] = (200, ROUND.replace(b",20", b",25"))
    told = run(folder, "layers", "fetch", "--json").json["looked_at"]
    assert told == [
        {
            "layer": "dtm",
            "failed": "",
            "outcome": "new",
            "rows": 2,
            "matched": 2,
            "unmatched": 0,
            "rejected": 0,
        }
    ]
    versions = run(folder, "layers", "list", "--versions", "--json").json["versions"]
    dtm = [one for one in versions if one["name"] == "dtm"]
    assert [one["version"] for one in dtm] == [0, 1]
    assert all(one["known_at"] and one["sha256"].startswith("sha256:") for one in dtm)
    assert dtm[0]["sha256"] != dtm[1]["sha256"]
    shown = run(folder, "layers", "list").out
    assert f"fetched from {publisher.url}/dtm.csv, last looked at" in shown


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<!DOCTYPE html><html>Log in</html>", "is a web page"),
        (200, b"a,b\n1,2\n", "no column that can be recognised"),
        (200, HEAD + b"XX99,2014-08-01,20\n", "none of them lies in an area"),
        (200, b"", "is empty"),
        (404, b"", "the server said 404"),
        (503, b"", "the server said 503"),
    ],
)
def test_what_is_no_layer_leaves_the_old_one_in_its_place(
    tmp_path: Path, publisher: Publisher, status: int, body: bytes, said: str
) -> None:
    folder = configured(small(tmp_path / "w"), section(publisher.url))
    publisher.files["/dtm.csv"] = (200, ROUND)
    run(folder, "layers", "fetch")
    publisher.files["/dtm.csv"] = (status, body)
    ended = run(folder, "layers", "fetch", code=1)
    assert said in ended.out
    assert "The version that is here stays." in ended.out
    assert tempfile.gettempdir() not in ended.out
    listed = run(folder, "layers", "list").out
    assert "dtm (displacement): 2 rows" in listed
    assert said in listed
    assert len(run(folder, "layers", "list", "--versions", "--json").json["versions"]) == 2
    publisher.files["/dtm.csv"] = (200, ROUND)
    assert "the same as before" in run(folder, "layers", "fetch").out


def test_only_what_is_due_is_asked_and_areas_come_first(tmp_path: Path, publisher: Publisher) -> None:
    areas = section(publisher.url, "areas", "areas").replace("areas.csv", "areas.geojson")
    folder = configured(small(tmp_path / "w"), section(publisher.url), areas)
    publisher.files["/dtm.csv"] = (200, HEAD + b"T9A,2014-08-01,20\n")
    box = [[[40, 30], [41, 30], [41, 32], [40, 32], [40, 30]]]
    feature = {
        "type": "Feature",
        "properties": {"name": "New", "pcode": "T9A", "shapeType": "ADM2"},
        "geometry": {"type": "Polygon", "coordinates": box},
    }
    body = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    publisher.files["/areas.geojson"] = (200, body)
    assert run(folder, "layers", "fetch", "--due").out.count("a new version") == 2
    assert publisher.asked == ["/areas.geojson", "/dtm.csv"]
    assert "It is the turn of none." in run(folder, "layers", "fetch", "--due").out
    assert len(publisher.asked) == 2
    assert "a new version" in run(folder, "layers", "fetch", "dtm", "--again").out


def test_a_file_that_shrinks_is_said(tmp_path: Path, publisher: Publisher) -> None:
    folder = configured(small(tmp_path / "w"), section(publisher.url))
    publisher.files["/dtm.csv"] = (200, ROUND + b"T1A,2014-09-01,20\nT1B,2014-09-01,30\nT1A,2014-10-01,9\n")
    run(folder, "layers", "fetch")
    publisher.files["/dtm.csv"] = (200, HEAD + b"T1A,2014-08-01,20\n")
    assert "look at what is missing" in run(folder, "layers", "fetch").out


def test_a_name_without_an_address_is_refused(tmp_path: Path) -> None:
    folder = configured(small(tmp_path / "w"))
    assert "There is no section [layer_sources.dtm]" in run(folder, "layers", "fetch", "dtm", code=1).err
    assert "No layer has an address" in run(folder, "layers", "fetch").out
