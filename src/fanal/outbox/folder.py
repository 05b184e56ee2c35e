"""A folder that leaves whole or not at all, with a manifest of what is in it."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fanal.model.error import UserError

MANIFEST = "manifest.json"
MADE_BY = "Fanal"
_REPEATED = "Name a new or empty folder, or one that Fanal wrote."


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Give a new folder to write files into; when the block ends well, it takes the place of `out`.

    Until then `out` is as it was, also when the block raises. `out` may be missing, empty, or written here
    before: its manifest must name every file in it, so that nobody's own file is lost.

    Raises:
        UserError: `out` is no folder, holds something that Fanal did not write, or cannot be written.

    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     with whole(Path(scratch) / "out") as new:
    ...         _ = (new / "a.txt").write_text("a")
    ...     sorted(file.name for file in (Path(scratch) / "out").iterdir())
    ['a.txt', 'manifest.json']
    """
    out = out.resolve()
    check(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        new = scratch / "new"
        new.mkdir()
        yield new
        write_manifest(new)
        check(out)
        if out.exists():
            out.rename(scratch / "old")
        new.rename(out)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        # Whatever stopped it between the two renames, an interrupt too: the older folder goes back first.
        if not out.exists() and (scratch / "old").exists():
            (scratch / "old").rename(out)
        shutil.rmtree(scratch, ignore_errors=True)


def check(out: Path) -> None:
    """Refuse a place that holds anything but an older folder of Fanal's.

    Raises:
        UserError: as `whole`.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise UserError(f"{out} is no folder.", hint=_REPEATED)
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if _is_kept(path)}
    if not there and not any(out.iterdir()):
        return
    foreign = sorted(there - _listed(out / MANIFEST) - {MANIFEST})
    if foreign or MANIFEST not in there:
        named = foreign[0] if foreign else "no manifest"
        raise UserError(f"{out} is not empty and not all of it is Fanal's ({named}).", hint=_REPEATED)


def _is_kept(path: Path) -> bool:
    """Say whether something could be lost with a path: a file, a link to anything, an empty folder."""
    return path.is_symlink() or not path.is_dir() or not any(path.iterdir())


def write_manifest(folder: Path) -> None:
    """Write the names and SHA-256 digests of all files of a folder."""
    files = {
        path.relative_to(folder).as_posix(): "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({"made_by": MADE_BY, "files": files}, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _listed(manifest: Path) -> set[str]:
    """Return the names that a manifest of Fanal's lists; nothing for anything else."""
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    if not isinstance(document, dict) or document.get("made_by") != MADE_BY:
        return set()
    files = document.get("files")
    return set(files) if isinstance(files, dict) else set()


def _unwritable(out: Path, error: OSError) -> UserError:
    """Return the sentence for a folder that cannot be written."""
    return UserError(f"{out} cannot be written: {error.strerror or error}.", hint="Choose another folder.")
