"""The Release: numbers that went through the privacy gate, the only numbers that leave."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import pyarrow as pa

from fanal.model.circle import Circle
from fanal.model.field import field


class ReleaseKind(StrEnum):
    """Name what a Release tells.

    >>> ReleaseKind("counts").value
    'counts'
    """

    COUNTS = "counts"  # noisy author-weeks from posts
    HOTSPOTS = "hotspots"
    INDEX = "index"
    SERVICES = "services"
    PEOPLE = "people"  # of each group, as public layers count them


class Basis(StrEnum):
    """Name where the numbers of a Release come from.

    >>> Basis("posts").value
    'posts'
    """

    POSTS = "posts"
    LAYERS = "layers"


RELEASED_COUNT_SCHEMA = pa.schema(
    [
        field("area", pa.string(), "code of the area"),
        field("week", pa.date32(), "Monday of the ISO week"),
        field("signal", pa.string(), "a Family for the public, a Category for partners"),
        field(
            "author_weeks",
            pa.int64(),
            "noisy",
            unit="author-week",
            null="not shown, which does not mean zero",
        ),
        field("low", pa.float64(), "lower end of the 95 % interval of the noise", null="not known"),
        field("high", pa.float64(), "upper end of the 95 % interval of the noise", null="not known"),
        field(
            "whole",
            pa.bool_(),
            "the number is of all of the area; false: of those who named no district of it",
            null="from an earlier Fanal: of all of it",
        ),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Say how a Release was made, in the words that its reader is given."""

    mechanism: str  # such as "OpenDP discrete Laplace" or "none: public layers"
    unit: str  # unit of protection, such as "one author in one ISO week"
    epsilon: float | None  # privacy loss a week over all tables together; None: no noise was needed
    scale: float | None  # scale of the noise, in author-weeks
    threshold: int | None  # a noisy count below it is not shown
    max_cells: int | None  # cells of this table to which a unit adds at most 1 each
    delay_days: int  # how much later than its period it may be read
    sources: tuple[str, ...]  # publisher, data set and licence of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Hold a table that may leave, with its ledger id. Only `privacy` makes one that its ledger knows."""

    ledger_id: str  # such as "release:2014-W31:public"; the ledger refuses what it does not know
    kind: ReleaseKind
    basis: Basis
    circle: Circle
    table: pa.Table
    statement: Statement
    made_at: datetime  # UTC
    narrowed: bool = False  # a copy without what the sensitive list holds back; the ledger has it whole

    def digest(self) -> str:
        """Return `sha256:` over who may read it, how it was made and what it says; the ledger keeps the same.

        Taken over the Arrow IPC bytes of the table, chunks joined and metadata dropped.
        """
        plain = self.table.replace_schema_metadata(None).combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, plain.schema) as writer:
            writer.write_table(plain)
        facts = [
            self.ledger_id,
            self.kind,
            self.basis,
            self.circle,
            self.made_at.isoformat(),
            asdict(self.statement),
            *(["narrowed"] if self.narrowed else []),
        ]
        head = json.dumps(facts, sort_keys=True).encode()
        return "sha256:" + hashlib.sha256(head + b"\n" + sink.getvalue().to_pybytes()).hexdigest()
