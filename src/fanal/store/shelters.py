"""Shelters: the exact places of confidential locations, each sealed in the desk under a key of its own."""

import json
from collections.abc import Callable
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, insert, select

from fanal.model.error import WorkspaceError
from fanal.model.exact import ExactPlace
from fanal.model.person import Deed, Person, Purpose
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.tables import SHELTERS
from fanal.store.wrapped import NONCE_BYTES

FILLED = 8192
"""Bytes of every place before it is sealed, so that a length tells nothing; more than the longest needs."""

SERIAL_BYTES = 8


class Shelters:
    """Seal exact places, open one for a person who was asked, and destroy it with its key.

    A place is bound to its keyring, its location and its serial by AES-256-GCM (NIST SP 800-38D): it opens there and
    nowhere else. Each time that it is set it gets a new key, and the old key is destroyed once the new row stands, so
    that no copy of the desk tells where a shelter was before. A key without a row is what a run that died left.
    """

    def __init__(self, desk: Desk, keyring: Keyring, audit: Audit, *, dice: Callable[[int], bytes]) -> None:
        self._desk = desk
        self._keyring = keyring
        self._audit = audit
        self._dice = dice

    def set(self, location: str, place: ExactPlace, *, who: Person, at: datetime) -> None:
        """Seal where a location is, in place of what was there; for the one writer of a workspace."""
        serial = self._dice(SERIAL_BYTES).hex()
        key = self._keyring.of_place(serial, make=True)
        nonce = self._dice(NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, _packed(place), self._bound(location, serial))
        row = {"location": location, "serial": serial, "sealed": sealed, "set_at": at, "set_by": who.name}
        with self._desk.change() as connection:
            connection.execute(delete(SHELTERS).where(SHELTERS.c.location == location))
            connection.execute(insert(SHELTERS), [row])
            self._audit.note(Deed.PLACE_SET, who=who, at=at, about=location, within=connection)
        self.remove_orphans()

    def read(
        self, location: str, *, purpose: Purpose, who: Person, clock: Callable[[], datetime]
    ) -> ExactPlace:
        """Open where a location is; it is written into the audit log, or nothing is opened.

        Whether the person may was asked before: `fanal.access.read_place`.

        Raises:
            WorkspaceError: none is kept for the location, or what is kept was changed.
            KeyGoneError: its key was destroyed.
        """
        query = select(SHELTERS.c.serial, SHELTERS.c.sealed).where(SHELTERS.c.location == location)
        with self._desk.change() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise WorkspaceError(
                    "No exact place is kept for this location.", hint="Set it: `fanal services place set`."
                )
            place = self._opened(location, str(row[0]), bytes(row[1]))
            self._audit.note(
                Deed.PLACE_READ, who=who, at=clock(), about=location, purpose=purpose, within=connection
            )
        return place

    def erase(self, location: str, *, who: Person, at: datetime) -> None:
        """Remove where a location is, and destroy the key: no copy tells it any more.

        Raises:
            WorkspaceError: none is kept for it.
        """
        with self._desk.change() as connection:
            if not connection.execute(delete(SHELTERS).where(SHELTERS.c.location == location)).rowcount:
                raise WorkspaceError("No exact place is kept for this location.")
            self._audit.note(Deed.PLACE_ERASED, who=who, at=at, about=location, within=connection)
        self.remove_orphans()

    def remove_orphans(self) -> None:
        """Destroy keys that seal no row: of places that were set anew or erased, or by a run that died."""
        with self._desk.transaction() as connection:
            used = set(connection.execute(select(SHELTERS.c.serial)).scalars())
        for serial in self._keyring.places():
            if serial not in used:
                self._keyring.destroy_place(serial)

    def _opened(self, location: str, serial: str, sealed: bytes) -> ExactPlace:
        key = self._keyring.of_place(serial, make=False)
        try:
            content = AESGCM(key).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._bound(location, serial)
            )
        except (InvalidTag, ValueError) as error:
            raise WorkspaceError(
                "The exact place of this location was changed, or belongs to another.",
                hint="Put back a copy of the desk, or set the place again.",
            ) from error
        return _unpacked(content)

    def _bound(self, location: str, serial: str) -> bytes:
        """Return what a place is bound to."""
        return b"fanal exact place 1\0" + self._keyring.id() + serial.encode() + location.encode()


def _packed(place: ExactPlace) -> bytes:
    """Return a place as JSON, filled up with blanks."""
    facts = {"address": place.address, "point": place.point, "note": place.note}
    return json.dumps(facts, ensure_ascii=False).encode().ljust(FILLED)


def _unpacked(content: bytes) -> ExactPlace:
    facts = json.loads(content)
    point = facts["point"]
    return ExactPlace(
        address=facts["address"], point=(point[0], point[1]) if point else None, note=facts["note"]
    )
