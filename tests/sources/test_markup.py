"""Words of HTML are those that a parser of the standard finds, and hostile markup costs no more than its length."""

from collections.abc import Iterator
from html import unescape
from html.entities import html5
from time import process_time
from xml.etree.ElementTree import Element

import pyarrow as pa
import pytest
import tinyhtml5
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.sources.markup import CELLS, DROPPED, LINES, plain, plain_texts

BLANKS = " \t\n\f\r"

TAGS = ("p", "div", "br", "b", "span", "ul", "li", "blockquote", "h2", "em", "x-y", "averyveryverylongname")
TEXTS = st.one_of(
    st.text("ab éش\n\t;#x&<>'\"=/!-", max_size=8),
    st.sampled_from([f"&{name}" for name in html5]),
    st.integers(0, 0x11FFFF).map(lambda code: f"&#{code};"),
    st.integers(1, 0x11FFFF).map(lambda code: f"&#x{code:X}"),
)
ATTRIBUTES = st.sampled_from(
    ["", " a", " a=b", ' a="b>c"', " a='<p>'", " a = b/", ' a"b', " a='", ' "', " =", " a==''", "/"]
)
PIECES = st.one_of(
    TEXTS,
    st.tuples(st.sampled_from(TAGS), ATTRIBUTES).map(lambda t: f"<{t[0]}{t[1]}>"),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag.upper()} >"),
    st.sampled_from(
        [
            "<!--",
            "-->",
            "--!>",
            "<!-- a -- b -->",
            "<!-->",
            "<!--->",
            "<!x>",
            "<?x>",
            "</>",
            "</ >",
            "<",
            "</",
        ]
    ),
    st.sampled_from(["<script>", "</script>", "<style>", "</style x>", "</scripts>"]),
)


def words_of(element: Element) -> Iterator[str]:
    """Yield what a tree says, with a line feed around each element that begins a line."""
    if not isinstance(element.tag, str) or element.tag.split("}")[-1] in DROPPED:
        return
    name = element.tag.split("}")[-1]
    gap = "\n" if name in LINES else " " if name in CELLS else ""
    yield gap
    yield "".join(" " if c in BLANKS else c for c in element.text or "")
    for child in element:
        yield from words_of(child)
        yield "".join(" " if c in BLANKS else c for c in child.tail or "")
    yield gap


def by_the_standard(text: str) -> str:
    """Return the words of a text slowly: parsed as the standard says, then blanks and line ends made one."""
    said = "".join(words_of(tinyhtml5.parse(text)))
    lines = [" ".join(part for part in line.split(" ") if part) for line in said.split("\n")]
    return "\n".join(line for line in lines if line)


def together(text: str) -> str:
    """Return a text without its blanks and line ends: a parser makes no line of an end tag that ends nothing."""
    return "".join(c for c in text if c not in BLANKS)


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_characters_are_those_of_a_parser_of_the_standard(text: str) -> None:
    assert together(plain("<p>" + text)) == together(by_the_standard("<p>" + text))


INLINE = st.recursive(
    st.text("ab é\n\t;", max_size=6)
    | st.sampled_from(["&lt;", "&nbsp;", "&#10;", "<br>", "<br />", "<!-- x -->"]),
    lambda inner: st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["b", "span", "em"]), inner),
    max_leaves=4,
)
BLOCKS = st.recursive(
    st.lists(INLINE, max_size=4).map("".join),
    lambda inner: (
        st.builds(
            "<{0}>{1}</{0}>".format,
            st.sampled_from(["div", "blockquote", "section"]),
            st.lists(inner).map("".join),
        )
        | st.lists(inner.map("<li>{}</li>".format)).map("".join).map("<ul>{}</ul>".format)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(BLOCKS)
def test_lines_are_those_of_a_parser_of_the_standard(text: str) -> None:
    assert plain("<div>" + text) == by_the_standard("<div>" + text)


@settings(deadline=None)
@given(st.lists(st.none() | st.text(max_size=20) | PIECES, max_size=8), st.integers(0, 3))
def test_a_column_has_the_words_of_each_text(texts: list[str | None], start: int) -> None:
    column = pa.array(texts, pa.large_string()).slice(start)
    assert plain_texts(column).to_pylist() == [None if t is None else plain(t) for t in texts[start:]]


def test_every_name_of_a_character_is_known() -> None:
    for name in html5:
        character = unescape(f"&{name}")
        assert plain(f"a&{name}=b") == f"a{' ' if character in BLANKS else character}=b", name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p>One</p><p>Two<br />three</p>", "One\nTwo\nthree"),
        ("<ul><li>a<li>b</ul>c", "a\nb\nc"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        (
            '<a href="https://a.example/"><span class="invisible">https://</span>a.example</a>',
            "https://a.example",
        ),
        ("2 < 3 & 4 > 1", "2 < 3 & 4 > 1"),
        ("<img alt='a road'>", ""),
        ("&amp;lt;", "&lt;"),
        ("", ""),
    ],
)
def test_words_stand_where_a_reader_sees_them(text: str, words: str) -> None:
    assert plain(text) == words


PATTERNS = {
    "comments": "<!--",
    "tags that do not end": "<a ",
    "quotes": '<a b="',
    "end tags": "</",
    "references": "&#x41",
    "names that are none": "&averyveryverylongnamethatisnone",
    "scripts": "<script></script-",
    "brackets": "<",
    "depth": "<div>",
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS.keys())
def test_time_is_linear_in_the_length(pattern: str) -> None:
    plain(pattern)
    seconds = []
    for size in (1 << 19, 1 << 22):
        text = pattern * (size // len(pattern))
        rounds = []
        for _ in range(3):
            start = process_time()
            plain(text)
            rounds.append(process_time() - start)
        seconds.append(min(rounds))
    assert seconds[1] < seconds[0] * 32, seconds
