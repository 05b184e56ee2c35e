"""The truth: what each simulated post shows, where, and which plant it belongs to; one row a post."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.field import field
from fanal.simulate.crowd import AUTHOR_KINDS
from fanal.simulate.draw import EDIT, NO_PLANT, REPOST, Draw
from fanal.simulate.kind import KINDS, SIGNAL_SHARES
from fanal.simulate.plan import Plan
from fanal.simulate.sentences import LANGUAGES

TRUTH_SCHEMA = pa.schema(
    [
        field("row", pa.int64(), "row of the post in its stream, from 0"),
        field("id", pa.string(), "id of the post; an edit has the id of the post that it corrects"),
        field("language", pa.string(), "ISO 639 code of the text"),
        field("kind", pa.string(), "a value of Kind"),
        field("category", pa.string(), "a value of Category", null="the post shows no signal"),
        field("area", pa.string(), "code of the area that text or point tell", null="they tell none"),
        field("named", pa.bool_(), "the text names the area in some spelling"),
        field("point", pa.bool_(), "the post has a point, which lies in the area"),
        field("plant", pa.string(), "id of a hotspot (h) or template (t) of the file of plants", null="none"),
        field("author_kind", pa.string(), "person, bot or loud"),
        field("repost_of", pa.string(), "id of the post that is passed on", null="no repost"),
        field("edit_of", pa.string(), "id of the post that is corrected", null="no edit"),
    ]
)


def truth(plan: Plan, drawn: Draw, names: NDArray[np.uint8], first_row: int) -> pa.RecordBatch:
    """Return the truth of some posts as TRUTH_SCHEMA.

    Args:
        plan: what the stream is made of.
        drawn: the posts, n.
        names: their ids, n × bytes of one id: an edit's own is that of its source.
        first_row: row of the first of them in the stream.
    """
    told = drawn.named | drawn.point
    category = [kind.value if kind in SIGNAL_SHARES else None for kind in KINDS]
    sources = names[drawn.source]
    columns = [
        pa.array(np.arange(first_row, first_row + len(told))),
        _texts(names, np.ones(len(told), np.bool_)),
        _of(LANGUAGES, drawn.language),
        _of([kind.value for kind in KINDS], drawn.kind),
        _of(category, drawn.kind),
        _of([*plan.ground.codes, None], np.where(told, drawn.area, len(plan.ground.codes))),
        pa.array(drawn.named),
        pa.array(drawn.point),
        _of([*plan.plants, None], np.where(drawn.plant == NO_PLANT, len(plan.plants), drawn.plant)),
        _of([kind.value for kind in AUTHOR_KINDS], drawn.author_kind),
        _texts(sources, drawn.copy == REPOST),
        _texts(sources, drawn.copy == EDIT),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=TRUTH_SCHEMA)


def _of(values: "list[str] | list[str | None] | tuple[str, ...]", places: NDArray[np.integer]) -> pa.Array:
    """Return for each place its value."""
    return pa.array(values, pa.string()).take(pa.array(places))


def _texts(letters: NDArray[np.uint8], there: NDArray[np.bool_]) -> pa.Array:
    """Return texts of equal length, null where there is none."""
    kept = np.ascontiguousarray(letters[there])
    offsets = np.concatenate([[0], np.cumsum(there * letters.shape[1])]).astype(np.int32)
    present = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
    return pa.Array.from_buffers(
        pa.string(), len(there), [present, pa.py_buffer(offsets.tobytes()), pa.py_buffer(kept.tobytes())]
    )
