"""The Post: one message of a stream (ActivityStreams 2.0 `Note`). Protected: see the import contracts."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part

import pyarrow as pa

from fanal.model.field import field

POST_SCHEMA = pa.schema(
    [
        field("line", pa.int64(), "where the post stands in its file, from 1"),
        field("id", pa.string(), "id in its stream", null="the stream gives none"),
        field("author", pa.string(), "author's id or name", null="the stream gives none"),
        field("time", pa.timestamp("us", tz="UTC"), "when it was posted"),
        field("text", pa.large_string(), "what was written, not empty"),
        field("language", pa.string(), "the stream's own word for its language", null="none"),
        field("lon", pa.float64(), "from -180 to 180", unit="degree", null="none"),
        field("lat", pa.float64(), "from -90 to 90", unit="degree", null="none"),
    ]
)

REJECT_SCHEMA = pa.schema(
    [
        field("line", pa.int64(), "line of the file, from 1"),
        field("reason", pa.string(), "one clear sentence, none of the row's text"),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Hold what a source made of one stretch of a file: every row is in exactly one of the three parts."""

    posts: pa.RecordBatch  # POST_SCHEMA
    skipped: pa.Int64Array  # lines of service messages and of media without text
    rejected: pa.RecordBatch  # REJECT_SCHEMA
    position: int  # byte or row after the stretch; grows from reading to reading
    withdrawn: pa.StringArray = part(default_factory=lambda: pa.array([], pa.string()))
    """Ids of posts that their authors took back, or other names of these, as rows that are skipped say."""
    named: Mapping[int, str] = part(default_factory=dict)
    """By the line of a post another name by which its stream may say that it was taken back."""
    zone: str = ""
    """By whose clock times without a zone were read (IANA); empty: no post has such a time."""
    date_order: str = ""
    """Order of day, month and year that was named, as the dates do not tell it; empty: they do, or have words."""
