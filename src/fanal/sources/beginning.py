"""The beginning of a file of posts: its first bytes of text, by which it is known again once it has grown."""

from pathlib import Path

from fanal.model.error import InputError
from fanal.sources.archive import is_archive
from fanal.sources.chat_zip import chat_head, is_chat_zip
from fanal.sources.workbook import MAX_PART_BYTES, archive, content, is_workbook

BEGINNING_BYTES = 64 << 10
"""So many bytes are looked at, unpacked."""

_SHARED, _SHEETS = "xl/sharedStrings.xml", "xl/worksheets/"


def beginning(path: Path) -> bytes | None:
    r"""Return the first bytes of a file's text: of a text file, plain or gzipped, of a workbook, of the chat in a zip.

    Returns:
        None for an archive of several files, and for what cannot be read: whoever reads it says why.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "posts.jsonl"
    ...     _ = file.write_bytes(b"{}\n")
    ...     beginning(file), beginning(Path(folder) / "absent.jsonl")
    (b'{}\n', None)
    """
    try:
        if is_workbook(path):
            return _of_workbook(path)
        if is_archive(path) and not is_chat_zip(path):
            return None
        return chat_head(path, BEGINNING_BYTES)
    except InputError:  # the source refuses it with the same sentence
        return None


def _of_workbook(path: Path) -> bytes:
    """Return the first bytes of the texts that a workbook's cells share, or of its first sheet, text by text.

    Raises:
        InputError: it cannot be read.
    """
    with archive(path) as opened:
        part = min(
            (name for name in opened.namelist() if name == _SHARED or name.startswith(_SHEETS)),
            key=lambda name: name != _SHARED,
            default=_SHARED,
        )
        start = next(content(opened, part, path, MAX_PART_BYTES), b"")
    return start[:BEGINNING_BYTES].replace(b"</si>", b"</si>\n").replace(b"</row>", b"</row>\n")
