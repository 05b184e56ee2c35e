"""The rows of the lake that a batch brings: what each table of them keeps, and of what kind."""

import pyarrow as pa

from fanal.model.field import field

_BATCH = field("batch", pa.string(), "id of the batch; readers see it once the desk's batches hold it")
_WEEK = field("week", pa.date32(), "Monday of the ISO week of the post")
_POST = field(
    "post", pa.int64(), "keyed hash of the post, the same in signals and mentions; bits of a uint64"
)
_WHO = field("pseudonym", pa.int64(), "keyed hash of the author that lives one ISO week; bits of a uint64")

SIGNALS = pa.schema(
    [
        _BATCH,
        _WEEK,
        _POST,
        _WHO,
        field("category", pa.string(), "a value of Category"),
        field("score", pa.float32(), "from 0 to 1"),
        field("stance", pa.string(), "first_hand or report"),
        field("language", pa.string(), "ISO 639 code, und when unsure"),
    ]
)

MENTIONS = pa.schema(
    [
        _BATCH,
        _WEEK,
        _POST,
        _WHO,
        field("area", pa.string(), "code of the area"),
        field("probability", pa.float32(), "from 0 to 1"),
        field("basis", pa.string(), "name or point"),
    ]
)

VERSIONS = pa.schema(
    [
        _BATCH,
        _WEEK,
        _POST,
        field("first", pa.int64(), "keyed hash of its author and its first version's id; bits of a uint64"),
        field("written", pa.int64(), "when, microseconds since 1970 under a mask that the key makes"),
        field("edited", pa.bool_(), "its stream said that it is an edit"),
    ]
)
"""Posts that ask for help, and all edits: which of them are one post; see `fanal.store.versions`."""

SEEN = pa.schema([_BATCH, _WEEK, field("row", pa.int64(), "keyed hash of a row that was read")])

NEWCOMERS = pa.schema(
    [
        _BATCH,
        _WEEK,
        _WHO,
        field("new", pa.bool_(), "no located post in the weeks before; wrong in a stated share of cases"),
    ]
)
"""Authors of located posts of whom it is known whether they wrote before; see `fanal.store.newcomers`."""
