"""The Mention: a place named in a post, as an area with a probability. Precise coordinates never get this far."""

import pyarrow as pa

from fanal.model.field import field

MENTION_SCHEMA = pa.schema(
    [
        field("row", pa.int32(), "row of the post in its batch, from 0"),
        field("area", pa.string(), "code of the area, of the finest level known"),
        field("probability", pa.float32(), "from 0 to 1; over a mention's areas at most 1"),
        field("basis", pa.string(), "name (in the text) or point (the post's coordinates)"),
    ]
)
