"""Write UCDP's events of Iraq since 1989 by district, for `fanal evaluate warning --events`: as those that ship."""

import argparse
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

import facts_areas
import facts_layers
from fanal.model.layer import EVENTS_SCHEMA

CHECKOUT = Path(__file__).resolve().parents[1]
FIRST_DAY = date(1989, 1, 1)


def main() -> None:
    """Read UCDP's file, put each event into its district, write a table and say what was left out."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("out", type=Path, help="Parquet file to write")
    asked.add_argument("--shared", type=Path, default=CHECKOUT.parent / "shared" / "data")
    options = asked.parse_args()
    shared: Path = options.shared
    if not shared.is_dir():
        asked.error(f"The folder {shared} is missing: give the folder of the data sets with --shared.")
    table, tally = facts_layers.events(shared, facts_areas.Districts(shared), FIRST_DAY)
    pq.write_table(table.cast(EVENTS_SCHEMA), options.out, compression="zstd")
    print(f"{options.out}: {len(table):,} events")
    for why, count in sorted(tally.left_out.items()):
        print(f"  left out {count:,}: {why}")


if __name__ == "__main__":
    main()
