"""The ring: what a keyring writes down of itself, and of how its master key is kept. No key stands in it."""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import Any

from fanal.store.master import Kind

FORMAT = 1
ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """Hold how one master key is kept."""

    number: bytes  # 8 bytes by which it is told from others
    kind: Kind
    wrapped: bytes  # what its Kms wrote down


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Hold the id of a keyring and its master keys: one, and during a rotation the new one behind the old.

    >>> one = Ring(id=bytes(16), masters=(Master(number=bytes(8), kind=Kind.FILE, wrapped=b"x"),))
    >>> read(written(one)) == one
    True
    """

    id: bytes  # 16 bytes, random; it never changes
    masters: tuple[Master, ...]  # the last is the one that keys are wrapped by

    def add(self, master: Master) -> "Ring":
        """Return the ring with a new master key behind the others."""
        return replace(self, masters=(*self.masters, master))

    def only_last(self) -> "Ring":
        """Return the ring with its newest master key alone."""
        return replace(self, masters=self.masters[-1:])


def written(ring: Ring) -> bytes:
    """Return a ring as JSON, which a person can read."""
    facts = {
        "format": FORMAT,
        "id": ring.id.hex(),
        "masters": [
            {
                "number": one.number.hex(),
                "kind": one.kind.value,
                "wrapped": base64.b64encode(one.wrapped).decode("ascii"),
            }
            for one in ring.masters
        ],
    }
    return (json.dumps(facts, indent=1) + "\n").encode()


def read(content: bytes) -> Ring:
    """Return the ring of what `written` made.

    Raises:
        ValueError: it is no such text, or of a later format.
    """
    try:
        facts: Any = json.loads(content)
        if facts["format"] != FORMAT:
            raise ValueError(f"its format is {facts['format']!r}, here {FORMAT}")
        found = Ring(
            id=bytes.fromhex(facts["id"]),
            masters=tuple(
                Master(
                    number=bytes.fromhex(one["number"]),
                    kind=Kind(one["kind"]),
                    wrapped=base64.b64decode(one["wrapped"], validate=True),
                )
                for one in facts["masters"]
            ),
        )
    except (KeyError, TypeError, UnicodeDecodeError, RecursionError, binascii.Error) as error:
        raise ValueError("a part is missing or damaged") from error
    if len(found.id) != ID_BYTES or not found.masters or any(len(one.number) != 8 for one in found.masters):
        raise ValueError("a part is missing or damaged")
    return found
