"""Server-sent events are cut as another client cuts them, whatever the pieces, and none is held that is too long."""

from itertools import pairwise

import pytest
from httpx_sse import SSEError
from httpx_sse._decoders import SSEDecoder
from hypothesis import given
from hypothesis import strategies as st

from fanal.sources.event_stream import Event, EventStream
from fanal.sources.live import MAX_ROW_BYTES

PIECES = st.one_of(
    st.sampled_from(
        [
            "event: update\n",
            "data: {}\n",
            "data:x\r\n",
            "data\n",
            "\n",
            "\r\n",
            "\r",
            ":thump\n",
            "id: 1\n",
            "event\n",
        ]
    ),
    st.text("adevnt :\r\nx{}é", max_size=12),
)


def cut(pieces: list[bytes]) -> list[Event]:
    stream = EventStream()
    return [event for piece in pieces for event in stream.take(piece)]


@given(st.lists(PIECES, max_size=20).map("".join), st.lists(st.integers(0, 200), max_size=6))
def test_events_are_those_that_another_client_sees(text: str, cuts: list[int]) -> None:
    decoder = SSEDecoder()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]
    try:
        theirs = [event for line in lines if (event := decoder.decode(line)) is not None]
    except SSEError:
        return
    data = text.encode()
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    ours = cut([data[a:b] for a, b in pairwise(places)])
    with_data = [
        (event.event or "message", event.data) for event in theirs if event.data or event.event or event.id
    ]
    held = [(event.kind, (event.data or b"").decode()) for event in ours]
    # The other client also gives events that have a kind or an id and no data, which the standard leaves out.
    assert [one for one in held if one[1]] == [one for one in with_data if one[1]]


@given(st.binary(max_size=200), st.integers(1, 7))
def test_the_pieces_do_not_matter(data: bytes, size: int) -> None:
    whole = EventStream()
    apart = EventStream()
    events = [event for at in range(0, len(data), size) for event in apart.take(data[at : at + size])]
    assert whole.take(data) == events
    assert whole.lines == apart.lines


def test_a_line_that_does_not_end_is_not_held() -> None:
    stream = EventStream()
    for _ in range(200):
        assert stream.take(b"data: " + b"x" * 65_536) == []
    assert sum(map(len, stream._line)) <= MAX_ROW_BYTES
    assert stream.lines == 0
    assert stream.take(b"\n\nevent: update\ndata: 1\n\n") == [Event("message", None), Event("update", b"1")]


def test_many_lines_of_one_event_are_not_held() -> None:
    stream = EventStream()
    line = b"data: " + b"x" * 1000 + b"\n"
    for _ in range(3000):
        assert stream.take(line) == []
    assert sum(map(len, stream._data)) <= MAX_ROW_BYTES
    assert stream.take(b"\n") == [Event("message", None)]
    assert stream.take(b"data: y\n\n") == [Event("message", b"y")]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_byte_order_mark_is_none_of_the_events(size: int) -> None:
    data = b"\xef\xbb\xbfdata: 1\n\n"
    assert cut([data[at : at + size] for at in range(0, len(data), size)]) == [Event("message", b"1")]
