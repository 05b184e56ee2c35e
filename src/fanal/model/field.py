"""The column of a schema: its type, and what it means, in the words that a data dictionary prints."""

import pyarrow as pa


def field(name: str, kind: pa.DataType, what: str = "", *, unit: str = "", null: str = "") -> pa.Field:
    """Return an Arrow field that carries its meaning as metadata; `null` says what a null means.

    Without a meaning for null the column cannot be null.

    >>> field("families", pa.int32(), "present", unit="family", null="fewer than 10").nullable
    True
    """
    meaning = {"what": what, "unit": unit, "null": null}
    return pa.field(name, kind, nullable=bool(null), metadata={k: v for k, v in meaning.items() if v})
