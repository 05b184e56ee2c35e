"""The beginning of a file of posts: its first bytes of text, by which it is known again once it has grown."""

from pathlib import Path

from fanal.model.error import InputError
from fanal.sources.archive import is_archive
from fanal.sources.chat_zip import chat_head, is_chat_zip

BEGINNING_BYTES = 64 << 10
"""So many bytes are looked at, unpacked."""


def beginning(path: Path) -> bytes | None:
    r"""Return the first bytes of a file's text: of a text file, plain or gzipped, or of the chat inside a zip.

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
        if is_archive(path) and not is_chat_zip(path):
            return None
        return chat_head(path, BEGINNING_BYTES)
    except InputError:  # the source refuses it with the same sentence
        return None
