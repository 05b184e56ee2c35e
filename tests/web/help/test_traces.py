"""A session of searches on a workspace's help page: of what was asked nothing stands in any file or output after it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from tests.cli.said import run
from tests.cli.small import small
from tests.web.help.trace import planted, traces

Made = Callable[..., Any]
WORD = "zzqxj \u0698\u06c6\u0632 14"  # in no list; its letters, space and figures differ by way of writing
CHOSEN = b"&sex=female&age=child&status=returnee&way=phone&far=here&open=1&lang=fr"
HEALTH = b"need=health&area=pcode%3AT1B&spoken=ckb" + CHOSEN
ANSWERED = (  # words of a search that finds something
    *("T1B", "ckb", "need=health", "spoken=", "sex=female", "age=child", "status=returnee", "way=phone"),
    *("far=here", "open=1"),
)
LIST = """organization,services,phone,pcode,confidential,language
Lantern,Helpline,+964 770 111 2222,,,ar
Near House,Health,+964 770 123 4567,T1B,,ckb
Quiet House,Health,+964 770 765 4321,T1,yes,ar
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with a directory that was verified."""
    base = tmp_path_factory.mktemp("traces")
    made = small(base / "w")
    (base / "list.csv").write_text(LIST, encoding="utf-8")
    run(made, "services", "import", base / "list.csv", "--source", "List")
    ids = [one["id"] for one in run(made, "services", "list", "--json").json["services"]]
    run(made, "services", "verify", *ids)
    return made


def test_after_a_session_no_file_and_no_output_holds_what_was_asked(
    serve: Made, workspace: Path, tmp_path: Path
) -> None:
    before = {word: traces(word, workspace) for word in ANSWERED}
    running = serve(tmp_path, "--zone", "Asia/Baghdad", workspace=workspace)
    try:
        answer = running.ask("POST", body=HEALTH)[2].decode()
        assert "Near House" in answer, "the search was answered, so it was read"
        asked = quote_plus(WORD).encode()
        for body in (
            HEALTH + b"&as=copy",
            HEALTH + b"&as=card",
            b"need=" + asked,
            b"area=pcode%3A" + asked,
            b"spoken=" + asked + b"&lang=" + asked,
            b"&".join(
                name + b"=" + asked for name in (b"sex", b"age", b"status", b"way", b"far", b"free", b"open")
            ),
            asked + b"=" + asked,
            b"need=" + asked * 60,
        ):
            running.ask("POST", body=body, User_Agent=asked.decode(), Accept_Language=asked.decode())
        running.ask("GET", "/help?need=" + asked.decode(), Referer="http://x/" + asked.decode())
        running.ask("GET", "/" + asked.decode(), Cookie="a=" + asked.decode())
        running.ask("PUT", body=asked, X_Forwarded_For=asked.decode())
    finally:
        ended = running.end()
    assert ended == (0, "", "")
    assert traces(WORD, workspace, tmp_path) == []
    assert traces("zzqxj", workspace, tmp_path) == []
    assert {word: traces(word, workspace) for word in ANSWERED} == before, "no new file holds a word of it"
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".nbi"] == []


def test_the_search_sees_a_word_wherever_it_is_planted(tmp_path: Path) -> None:
    made = planted(WORD, tmp_path / "kept")
    found = traces(WORD, tmp_path)
    assert {name for name, _ in found} == set(made)
    assert set(made.items()) <= set(found)
    assert traces("otherword", tmp_path) == []
