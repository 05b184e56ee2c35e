"""Short messages: counted as phones count, each within one segment, no word lost and no number cut."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from fanal.help import sms
from fanal.help.sms import size, split

WORDS = st.text("abcdé€[ا中😀ç", min_size=1, max_size=30)
NUMBERS = st.from_regex(r"\+[1-9][0-9]{2}( [0-9]{2,3}){3,4}", fullmatch=True)
ENTRIES = st.lists(st.lists(WORDS | NUMBERS, max_size=12).map(" ".join), max_size=8)


def test_the_limits_are_those_of_the_standard() -> None:
    assert [size("a" * n).segments for n in (0, 1, 160, 161, 306, 307)] == [0, 1, 1, 2, 2, 3]
    assert [size("ا" * n).segments for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert [size("€" * n).segments for n in (80, 81)] == [1, 2], "the extension table takes two septets"
    assert size("é").alphabet == size("Ç").alphabet == "gsm7"
    assert size("ê").alphabet == size("ç").alphabet == "ucs2", "small c with cedilla is not in the alphabet"
    assert size("😀").units == 2


def test_a_pair_is_not_cut_at_the_end_of_a_segment() -> None:
    text = "ا" * 66 + "😀" + "ا" * 66  # 134 units would fill two segments exactly, but for the pair
    assert (size(text).units, size(text).segments) == (134, 3)
    extended = "a" * 152 + "€" + "a" * 152
    assert (size(extended).units, size(extended).segments) == (306, 3)


def slow(text: str) -> int:
    """Count segments one character at a time, as a phone fills them."""
    narrow = size(text).alphabet == "gsm7"
    cost = [len(c.encode("utf-16-le")) // 2 if not narrow else 1 + (c in "\f^{}\\[~]|€") for c in text]
    if sum(cost) <= (160 if narrow else 70):
        return min(1, len(text))
    room, count = 0, 0
    for one in cost:
        if one > room:
            room, count = (153 if narrow else 67), count + 1
        room -= one
    return count


@given(st.text(max_size=500))
def test_segments_are_counted_as_the_slow_way_counts(text: str) -> None:
    assert size(text).segments == slow(text)


LETTERS = st.characters() | st.sampled_from(["a", "€", "ا", "\U0001f600"])


@given(st.text(LETTERS, max_size=200) | st.text("a€[", min_size=70, max_size=170))
def test_what_fits_in_one_message_is_what_has_one_segment(text: str) -> None:
    assert sms._alone(text) == (size(text).segments <= 1)


@given(ENTRIES)
@example(["a" * 500])
@example(["+964 770 123 4567 " * 20])
def test_each_message_is_one_segment_and_nothing_is_lost(entries: list[str]) -> None:
    messages = split(entries)
    assert all(size(message).segments == 1 for message in messages)
    assert re.sub(r"\s", "", "".join(messages)) == re.sub(r"\s", "", "".join(entries))


@given(st.lists(st.tuples(WORDS, NUMBERS), max_size=12))
def test_a_number_is_never_cut(pairs: list[tuple[str, str]]) -> None:
    messages = split([" ".join(f"{word}: {number}" for word, number in pairs)])
    for _, number in pairs:
        assert any(number in message for message in messages)
