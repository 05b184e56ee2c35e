"""The Signal: what a post shows. One row is one category of one post; no text, no author."""

import pyarrow as pa

from fanal.model.field import field

SIGNAL_SCHEMA = pa.schema(
    [
        field("row", pa.int32(), "row of the post in its batch, from 0"),
        field("category", pa.string(), "a value of Category"),
        field(
            "score",
            pa.float32(),
            "from 0 to 1; a probability where the classifier covers the language, but for flight at least the "
            "threshold where an indicator stands",
        ),
        field("stance", pa.string(), "first_hand or report"),
        field("language", pa.string(), "ISO 639 code, und when unsure"),
        field(
            "indicators",
            pa.list_(pa.string()),
            "ids of the indicators that matched, and model:NAME where the classifier said so",
        ),
    ]
)

FIRST_HAND = "first_hand"
"""The stance of a post that tells of itself."""

REPORT = "report"
"""The stance of news, research, advocacy and counter-speech."""

STANCES = (FIRST_HAND, REPORT)
