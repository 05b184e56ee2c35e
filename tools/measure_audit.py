"""Measure the audit log: what a row costs to write, and how fast a long log is gone through.

python tools/measure_audit.py --rows 1000000
"""

import argparse
import resource
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from fanal.cli.dice import secret
from fanal.model.person import Deed, Person
from fanal.store import chain, head
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.head import Head

NOTED = 200


def rows(key: bytes, count: int) -> Iterator[tuple[object, ...]]:
    """Give the rows of a chain that holds."""
    before = chain.NOTHING
    for number in range(1, count + 1):
        facts = '{"channel": "mail", "outcome": "delivered", "try": 1}'
        covered = (
            number,
            "2026-01-05 09:12:00.000000",
            "Amal A.",
            "sent",
            None,
            "3f2a91c0bd.1",
            facts,
            before,
        )
        before = chain.digest(key, covered)
        yield (*covered, before)


def main() -> None:
    """Write rows one by one, then many at once, and go through them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "keys").mkdir()
        key, file = secret(16), Path(folder) / "keys" / "audit.head"
        desk = Desk.open(Path(folder) / "desk.sqlite")
        audit = Audit(desk, lambda: key, file)
        who = Person(name="Amal A.", roles=frozenset())
        begun = perf_counter()
        for number in range(NOTED):
            audit.note(Deed.SENT, who=who, at=datetime(2026, 1, 5, tzinfo=UTC), about=str(number))
        print(f"a row: {(perf_counter() - begun) / NOTED * 1000:.1f} ms, the disk's waits in it")
        raw = sqlite3.connect(Path(folder) / "desk.sqlite")
        raw.execute("DROP TRIGGER audit_delete")
        raw.execute("DELETE FROM audit")
        raw.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows(key, count))
        raw.commit()
        newest = raw.execute("SELECT id, digest FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        raw.close()
        head.write(file, Head(*newest), key)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun, worked = perf_counter(), process_time()
        found = audit.verify()
        took, busy = perf_counter() - begun, process_time() - worked
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(
            f"verify: {found.rows:,} rows, holds: {found.holds}; {took:.1f} s, {busy:.1f} s of one core, "
            f"{more / 1024:.0f} MB more memory"
        )
        desk.close()


if __name__ == "__main__":
    main()
