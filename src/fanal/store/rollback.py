"""The roll back: what a writer brings the lake to, after a run that died or a disk that lost its power."""

from collections.abc import Collection, Mapping

from deltalake.transaction import RemoveAction

from fanal.store.history import History
from fanal.store.lake import BATCHED, Lake


def roll_back(
    lake: Lake,
    promised: Mapping[str, int] | None,
    *,
    committed: Collection[str],
    layers: Mapping[str, int],
) -> None:
    """Bring the lake to what the desk promises. Call it where no other process can write.

    Versions after the promised one, torn or whole, are of batches or rewritings that never counted: their entries go.
    The files that they named stay until the table is vacuumed; nothing reads them. Of what was promised nothing may
    be missing or damaged.

    Args:
        lake: the lake.
        promised: version of each batched table; None: batches were committed by a Fanal that promised nothing. Then
            rows of batches that were not committed are removed, and nothing may be torn.
        committed: ids of all committed batches.
        layers: version of each layer's table, by the table's name.

    Raises:
        WorkspaceError: something that was promised is missing or damaged; it is named, with what to do.
    """
    known = set(committed)
    # 1. Tell, for every table, where what counts ends; refuse before anything is changed.
    histories = {name: History(lake.root / name) for name in BATCHED}
    ends = {name: _end(history, name, promised, known) for name, history in histories.items()}
    for name in layers:
        History(lake.root / name).check(layers[name])

    # 2. Cut what comes after it.
    for name, end in ends.items():
        histories[name].cut(end, committed=known)
        if promised is None:
            _remove_orphans(lake, name, known)
        lake.check(name)
    lake.begin({name: version for name, version in (promised or {}).items() if name in ends})
    for path in sorted(lake.root.iterdir()):
        if path.name in layers:
            History(path).cut(layers[path.name], committed=())
        elif path.name not in BATCHED:
            _drop_torn(History(path))


def _end(history: History, name: str, promised: Mapping[str, int] | None, known: Collection[str]) -> int:
    """Return the last version of a batched table that counts; -1: none does."""
    end = history.newest if promised is None else promised.get(name, -1)
    history.check(end)
    # Versions of committed batches that nobody noted count too.
    while (entry := history.entry(end + 1)) and entry.added and not entry.removed:
        if not all(file.batch in known for file in entry.added):
            break
        end += 1
    return end


def _remove_orphans(lake: Lake, name: str, known: Collection[str]) -> None:
    """Take files out of a table that hold rows of a batch that was never committed; they are not looked into."""
    orphans = [part for part in lake.parts(name) if part.batch is not None and part.batch not in known]
    if orphans:
        gone = [RemoveAction(part.path, True, 0, part.bytes, {}) for part in orphans]
        lake.replace(name, [], gone, why="batches that were not committed")


def _drop_torn(history: History) -> None:
    """Drop the newest version of a table that is made again from others, where it was not written whole."""
    newest = history.newest
    if newest > history.checkpoint:
        entry = history.entry(newest)
        paths = [(history.table / file.path, file.size) for file in entry.added] if entry else []
        if entry is None or any(not path.exists() or path.stat().st_size != size for path, size in paths):
            history.cut(newest - 1, committed=())
