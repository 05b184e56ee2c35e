"""Versions: which posts are one post that was edited, by keyed hashes, so that an edited plea is told as one."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.version import EDITED
from fanal.store.batch import Batch
from fanal.store.keyring import Key
from fanal.store.rows import VERSIONS
from fanal.text.siphash import hash_strings

_EDIT = f"(?s){EDITED}.*"


def rows(posts: pa.RecordBatch, pleas: NDArray[np.int64], *, batch: Batch, form: str, key: Key) -> pa.Table:
    """Return what the lake keeps of the posts of a batch that ask for help, and of all that are edits: VERSIONS.

    An edit is kept whatever it shows: what it edits may have asked for help. Versions are those of one author alone, so
    that nobody edits what another wrote. A post without an id has none.

    Args:
        posts: POST_SCHEMA, n rows.
        pleas: rows of those that show a plea.
        batch: of these n posts.
        form: the format that they were read as.
        key: of the workspace.
    """
    edits = pc.fill_null(pc.match_substring(posts["id"], EDITED), False).to_numpy(zero_copy_only=False)
    chosen = edits.copy()
    chosen[pleas] = True
    chosen &= posts["id"].is_valid().to_numpy(zero_copy_only=False)
    at = np.flatnonzero(chosen)
    own = posts.select(["id", "author", "time"]).take(pa.array(at))
    first = pc.replace_substring_regex(own["id"], pattern=_EDIT, replacement="", max_replacements=1)
    named = [pa.scalar("version"), pa.scalar(form), first, pc.fill_null(own["author"], ""), "\x00"]
    times = own["time"].cast(pa.int64()).to_numpy()
    return pa.table(
        [
            pa.array([batch.id], pa.string()).take(pa.array(np.zeros(len(at), np.int32))),
            pa.array(batch.weeks[at]).cast(pa.date32()),
            pa.array(batch.posts[at].view(np.int64)),
            pa.array(hash_strings(pc.binary_join_element_wise(*named), key).view(np.int64)),
            pa.array(masked(times, batch.posts[at], key)),
            pa.array(edits[at]),
        ],
        schema=VERSIONS,
    )


def masked(times: NDArray[np.int64], posts: NDArray[np.uint64], key: Key) -> NDArray[np.int64]:
    """Return times under a mask that needs the key, or masked times without it.

    The lake tells nobody when a post was written, but for its week: an exact time would find the post again.

    >>> posts = np.array([1, 2], np.uint64)
    >>> hidden = masked(np.array([5, 5]), posts, (1, 2))
    >>> hidden[0] == hidden[1], masked(hidden, posts, (1, 2)).tolist()
    (np.False_, [5, 5])
    """
    named = pc.binary_join_element_wise(pa.scalar("at"), pa.array(posts).cast(pa.string()), "\x00")
    return times ^ hash_strings(named, key).view(np.int64)
