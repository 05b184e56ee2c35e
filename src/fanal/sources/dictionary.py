"""The Dictionary: with it messages that a server packed with zstd are unpacked, within bounds (RFC 8878)."""

from collections.abc import Callable
from pathlib import Path

from fanal.model.error import SettingError, UserError
from fanal.sources.live import MAX_ROW_BYTES

MAX_DICTIONARY_BYTES = 4 << 20
"""A longer file is no dictionary: those in use have about 100 kB."""

_FRAME = b"\x28\xb5\x2f\xfd"
_DICTIONARY = b"\x37\xa4\x30\xec"


def unpacker(file: Path) -> Callable[[bytes], bytes]:
    """Return what unpacks messages with the dictionary in a file; a message that is not packed stays as it is.

    A message that would unpack to more than a row may have becomes empty; a broken one stays, and is rejected as a row.
    What is returned raises a UserError for a message that was packed with another dictionary.

    Raises:
        UserError: the file cannot be read or is no dictionary, or the package for it is not installed.
    """
    try:
        # Optional and imported late: without a dictionary the stream is plain JSON.
        import zstandard  # noqa: PLC0415 - for the reason above
    except ImportError as error:
        raise UserError(
            "The package zstandard is not installed, so a compressed stream cannot be read.",
            hint="Install Fanal with the extra `live`: pip install 'fanal[live]', or leave `dictionary` out.",
        ) from error
    try:
        with file.open("rb") as opened:
            held = opened.read(MAX_DICTIONARY_BYTES + 1)
    except OSError as error:
        raise SettingError(
            f"The dictionary {file} cannot be read: {error.strerror}.", hint="Look at `dictionary`."
        ) from error
    if not held.startswith(_DICTIONARY) or len(held) > MAX_DICTIONARY_BYTES:
        raise SettingError(
            f"The file {file} is no zstd dictionary.", hint="Take the one of the Jetstream that is followed."
        )
    try:
        dictionary = zstandard.ZstdCompressionDict(held)
        decompressor = zstandard.ZstdDecompressor(dict_data=dictionary)
    except zstandard.ZstdError as error:
        raise SettingError(f"The dictionary {file} is damaged.", hint="Fetch it again.") from error

    def unpack(message: bytes) -> bytes:
        if not message.startswith(_FRAME):
            return message
        try:
            frame = zstandard.get_frame_parameters(message)
            if frame.dict_id not in (0, dictionary.dict_id()):
                raise UserError(
                    f"The dictionary {file} has the number {dictionary.dict_id()}, and the server packs with "
                    f"{frame.dict_id}.",
                    hint="Take the dictionary of the Jetstream that is followed.",
                )
            if MAX_ROW_BYTES < frame.content_size != zstandard.CONTENTSIZE_UNKNOWN:
                return b""
            return decompressor.decompress(message, max_output_size=MAX_ROW_BYTES)
        except zstandard.ZstdError:
            return message

    return unpack
