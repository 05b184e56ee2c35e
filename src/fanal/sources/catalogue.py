"""The catalogue of sources: which forms of posts and which kinds of layers Fanal can read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from fanal.model.error import InputError
from fanal.model.layer import Layer, LayerKind, LayerReport
from fanal.model.post import Reading
from fanal.sources import (
    areas,
    content_library,
    delimited,
    displacement,
    events,
    excel,
    facebook,
    idrisi,
    instagram,
    jsonl,
    mastodon_archive,
    population,
    services,
    telegram,
    whatsapp,
)
from fanal.sources.archive import holds, is_archive
from fanal.sources.chat_zip import is_chat_zip
from fanal.sources.fields import loads
from fanal.sources.heading import is_heading
from fanal.sources.mapping import FieldMapping
from fanal.sources.mastodon_archive import OUTBOX
from fanal.sources.opening import BOM, head
from fanal.sources.workbook import is_workbook

_GUESS_BYTES = 1 << 16
_LISTS = re.compile(rb'"(?:messages|chats)"\s*:\s*[\[{]')
_OUTBOX = re.compile(rb'"orderedItems"\s*:\s*\[')


class ReadPosts(Protocol):
    """Read posts from a file, from a position on, at most so many rows at a time."""

    def __call__(
        self, path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536
    ) -> Iterator[Reading]:
        """Yield readings in the order of the file; raise InputError for a file that is of another kind."""


class ReadAgain(Protocol):
    """Read single rows that were kept, each as it stood in its file, without that file."""

    def __call__(self, rows: Sequence[bytes], *, mapping: FieldMapping) -> Reading:
        """Return what becomes of each; `line` counts them from 1."""


class ReadLayer(Protocol):
    """Read a layer from a file, and say what matched."""

    def __call__(
        self,
        path: Path,
        *,
        areas: pa.Table | None,
        mapping: Mapping[str, str],
        name: str,
        source: str,
        licence: str,
        public: bool,
    ) -> tuple[Layer, LayerReport]:
        """Return the layer and its report; raise InputError for a file that cannot be read as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSource:
    """Describe a form of posts."""

    name: str  # as `--format` takes it
    what_for: str  # one line
    suffixes: tuple[str, ...]  # of its files, without .gz
    reference: str  # where the form is published
    read: ReadPosts
    read_again: ReadAgain | None = None  # None: a row of it cannot be understood without its file


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSource:
    """Describe a kind of layer."""

    kind: LayerKind
    what_for: str  # one line
    suffixes: tuple[str, ...]
    reference: str
    read: ReadLayer


POST_SOURCES: tuple[PostSource, ...] = (
    PostSource(
        name="jsonl",
        what_for="A stream as JSON Lines: one object a line, fields named in fanal.toml.",
        suffixes=(".jsonl", ".ndjson", ".json"),
        reference="https://jsonlines.org, RFC 8259",
        read=jsonl.read,
        read_again=jsonl.read_again,
    ),
    PostSource(
        name="csv",
        what_for="A table with a header row: commas, tabs, semicolons or bars.",
        suffixes=(".csv", ".tsv", ".txt"),
        reference="RFC 4180",
        read=delimited.read,
    ),
    PostSource(
        name="telegram",
        what_for="Telegram Desktop's result.json: the export of one chat or of an account.",
        suffixes=(".json",),
        reference="https://telegram.org/blog/export-and-more",
        read=telegram.read,
    ),
    PostSource(
        name="whatsapp",
        what_for='WhatsApp\'s "Export chat" of an Android phone or an iPhone, as text or as the zip that it shares.',
        suffixes=(".txt", ".zip"),
        reference="https://faq.whatsapp.com/1180414079177245",
        read=whatsapp.read,
    ),
    PostSource(
        name="activitystreams",
        what_for="Mastodon's archive of an account, or its outbox.json: activities of ActivityStreams 2.0.",
        suffixes=(".json", ".zip", ".tar.gz"),
        reference="https://www.w3.org/TR/activitystreams-core",
        read=mastodon_archive.read,
    ),
    PostSource(
        name="facebook",
        what_for='Facebook\'s "Download your information" as JSON: posts, posts of groups, comments.',
        suffixes=(".json",),
        reference="https://www.facebook.com/help/212802592074644",
        read=facebook.read,
    ),
    PostSource(
        name="instagram",
        what_for='Instagram\'s "Download your information" as JSON: posts, reels, stories, comments.',
        suffixes=(".json",),
        reference="https://help.instagram.com/181231772500920",
        read=instagram.read,
    ),
    PostSource(
        name="content_library",
        what_for="The Meta Content Library's CSV: public posts of Facebook, Instagram and Threads.",
        suffixes=(".csv",),
        reference="https://developers.facebook.com/docs/content-library-and-api/appendix/data-dictionary",
        read=content_library.read,
    ),
    PostSource(
        name="excel",
        what_for="A sheet of an Excel workbook (.xlsx) with a header row, columns named in fanal.toml.",
        suffixes=(".xlsx",),
        reference="ECMA-376 part 1, SpreadsheetML",
        read=excel.read,
    ),
    PostSource(
        name="idrisi",
        what_for="The IDRISI crisis tweets, English and Arabic, without authors.",
        suffixes=(".jsonl",),
        reference="https://github.com/rsuwaileh/IDRISI",
        read=idrisi.read,
        read_again=idrisi.read_again,
    ),
)

LINE_FORMS = frozenset({"jsonl", "csv", "content_library", "idrisi"})
"""Forms of posts whose rows are lines of the file, so that a rejected one can be read again as it stands there."""

LAYER_SOURCES: tuple[LayerSource, ...] = (
    LayerSource(
        kind=LayerKind.AREAS,
        what_for="Boundaries, with P-codes or without.",
        suffixes=(".geojson", ".json", ".gpkg"),
        reference="RFC 7946; OGC 12-128r19; OCHA COD-AB",
        read=areas.read,
    ),
    LayerSource(
        kind=LayerKind.EVENTS,
        what_for="Conflict events: UCDP GED, ACLED, HXL-tagged or mapped CSV.",
        suffixes=(".csv", ".tsv"),
        reference="UCDP GED codebook; ACLED codebook; HXL 1.1",
        read=events.read,
    ),
    LayerSource(
        kind=LayerKind.DISPLACEMENT,
        what_for="Displaced families by round: HXL-tagged or mapped CSV.",
        suffixes=(".csv", ".tsv"),
        reference="HXL 1.1; IOM DTM",
        read=displacement.read,
    ),
    LayerSource(
        kind=LayerKind.POPULATION,
        what_for="People by area, group and year: HXL-tagged or mapped CSV.",
        suffixes=(".csv", ".tsv"),
        reference="HXL 1.1; OCHA COD-PS",
        read=population.read,
    ),
    LayerSource(
        kind=LayerKind.SERVICES,
        what_for="Who does what where: HXL-tagged or mapped CSV.",
        suffixes=(".csv", ".tsv"),
        reference="HXL 1.1; OCHA 3W",
        read=services.read,
    ),
)


def find(name: str) -> PostSource:
    """Return the form of posts with this name.

    Raises:
        InputError: there is none.

    >>> find("telegram").suffixes
    ('.json',)
    """
    for source in POST_SOURCES:
        if source.name == name:
            return source
    raise InputError(
        f"There is no format {name!r}.", hint=f"There are {', '.join(s.name for s in POST_SOURCES)}."
    )


def layer_source(kind: LayerKind) -> LayerSource:
    """Return how a kind of layer is read.

    >>> layer_source(LayerKind.AREAS).suffixes
    ('.geojson', '.json', '.gpkg')
    """
    return next(source for source in LAYER_SOURCES if source.kind == kind)


def guess(path: Path) -> PostSource:
    """Return the form of a file of posts, told by its first bytes and its suffix.

    Raises:
        InputError: it cannot be told, or the file cannot hold posts.
    """
    if (packed := _packed(path)) is not None:
        return packed
    start = head(path, _GUESS_BYTES).removeprefix(BOM).lstrip()
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    line = start.split(b"\n", 1)[0].strip()
    if is_heading(line):
        return find("whatsapp")
    if start.startswith(b"["):
        if (name := _export(start)) is not None:
            return find(name)
        raise InputError(f"{path} is one JSON array.", hint="Write each of its objects on a line of its own.")
    if start.startswith(b"{"):
        if suffix not in (".jsonl", ".ndjson") and (name := _export(start)) is not None:
            return find(name)
        fields = _fields(line)
        if fields is None and suffix not in (".jsonl", ".ndjson"):
            raise _unknown(path)
        return find("idrisi" if fields and {"created_at", "location_mentions"} <= fields else "jsonl")
    if suffix in (".jsonl", ".ndjson"):
        return find("jsonl")
    if suffix in (".csv", ".tsv") or len(delimited.header_of(path).names) > 1:
        told = content_library.is_content_library(delimited.header_of(path).names)
        return find("content_library" if told else "csv")
    raise _unknown(path)


def _export(start: bytes) -> str | None:
    """Return the name of the export that a file of JSON begins as, or None."""
    for form, name in ((facebook.FACEBOOK, "facebook"), (instagram.INSTAGRAM, "instagram")):
        if form.is_in(start, surely=True):
            return name
    if not start.startswith(b"{"):
        return None
    return "activitystreams" if _OUTBOX.search(start) else "telegram" if _LISTS.search(start) else None


def _packed(path: Path) -> PostSource | None:
    """Return the form of an archive of several files, as the platform hands it over; None: it is none that is known."""
    if is_chat_zip(path):
        return find("whatsapp")
    if is_workbook(path):
        return find("excel")
    return find("activitystreams") if is_archive(path) and holds(path, OUTBOX) else None


def _fields(line: bytes) -> set[str] | None:
    """Return the names of the fields of an object, or None when a line is no object."""
    found = loads(line)
    return set(found) if isinstance(found, dict) else None


def _unknown(path: Path) -> InputError:
    """Return the error for a file whose form cannot be told."""
    names = ", ".join(source.name for source in POST_SOURCES)
    return InputError(f"The format of {path} cannot be told.", hint=f"Name it with --format: {names}.")
