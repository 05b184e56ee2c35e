"""The keyring: the keys of a workspace, each in a file of its own, wrapped by a master key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fanal.model.error import KeyGoneError, WorkspaceError
from fanal.store import key_file
from fanal.store import ring as rings
from fanal.store.durable import DRAFT, alone, private, put, sync_folder, wipe
from fanal.store.key_file import DAY_BYTES
from fanal.store.master import MASTER_BYTES, Keeping, Kind, Kms, in_files, number_of
from fanal.store.ring import Master, Ring
from fanal.store.wrapped import NONCE_BYTES

KEY_BYTES = key_file.KEY_BYTES
Key = tuple[int, int]

USUAL = "keys"
"""The folder of the keys, where nothing else is said."""
RING = "keyring.json"
HEAD = "audit.head"
"""The head of the audit log lies beside the keys, and is written by whoever adds a row."""
TAG = "CACHEDIR.TAG"
TAGGED = b"""Signature: 8a477f597d28d172789f06886806bc55
# Keys of a Fanal workspace. They belong in no copy: whoever destroys a key must reach every copy of it.
# This file makes tar --exclude-caches, borg and restic leave the folder out: https://bford.info/cachedir/
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Say what a keyring holds; it takes no key to know this."""

    folder: Path
    kind: Kind | None  # of the master key; None: there is none yet
    master: str  # number of the master key, hexadecimal; empty: there is none yet
    wrapped: int  # keys that a master key wraps
    plain: int  # keys that an earlier Fanal wrote and nothing wraps yet
    weeks: int
    days: int
    gone: int  # days whose key was destroyed
    rotating: bool  # a rotation was cut off; the next one ends it


class Keyring:
    """Keep keys as files that only their owner can read, each wrapped by the master key (AES-256-GCM).

    A week's pseudonyms cannot be made again, nor a day's texts be read, once the key's file is gone.
    Keys that an earlier Fanal wrote as 16 plain bytes open as before, and are wrapped by `tend`.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ring = Keyring(Path(folder) / "keys", dice=os.urandom)
    ...     ring.of_week(date(2014, 8, 4)) == ring.of_week(date(2014, 8, 4)), ring.weeks()
    (True, [datetime.date(2014, 8, 4)])
    """

    def __init__(
        self,
        folder: Path,
        *,
        dice: Callable[[int], bytes],
        keeping: Keeping | None = None,
        marker: Path | None = None,
    ) -> None:
        """Open a keyring; nothing is read or asked for until a key is needed.

        Args:
            folder: of the keys; made with the first key.
            dice: gives random bytes.
            keeping: how the master key is kept; None: in a file beside the keys.
            marker: file of the workspace that holds the keyring's id, so that another's keys are not taken for its own.
        """
        self._folder = folder
        self._dice = dice
        self._keeping = keeping or in_files(folder)
        self._marker = marker
        self._open: dict[bytes, bytes] = {}  # master keys by their number

    def of_week(self, monday: date) -> Key:
        """Return the key of an ISO week, made at first use."""
        return _numbers(self._key(key_file.of_week(monday), KEY_BYTES))

    def of_workspace(self, *, make: bool = True) -> Key:
        """Return the key that recognises a post that was read before; it never touches an author.

        Args:
            make: make the key at its first use; False once posts were read under it.

        Raises:
            KeyGoneError: it is not there and `make` is False.
        """
        return _numbers(self._key(key_file.POSTS, KEY_BYTES, make=make))

    def of_audit(self) -> bytes:
        """Return the key under which the audit log's rows are chained."""
        return self._key(key_file.AUDIT, KEY_BYTES)

    def of_day(self, day: date, *, make: bool = True) -> bytes:
        """Return the 32 bytes under which the texts of a day are sealed.

        Args:
            day: UTC day on which they are written.
            make: make the key at its first use; False for whoever reads.

        Raises:
            KeyGoneError: it was destroyed, which is for good; or it is not there and `make` is False.
        """
        if self._gone(day).exists():
            raise KeyGoneError(
                f"The key of {day} was destroyed: what was sealed on that day cannot be read, nor anything be added.",
                hint="That is for good.",
            )
        return self._key(key_file.of_day(day), DAY_BYTES, make=make)

    def of_place(self, serial: str, *, make: bool) -> bytes:
        """Return the 32 bytes under which one exact place is sealed; KeyGoneError where there are none to be had."""
        return self._key(key_file.of_place(serial), DAY_BYTES, make=make)

    def places(self) -> list[str]:
        """Return the serials of the exact places that have a key, sorted."""
        return key_file.places_in(self._names())

    def destroy_place(self, serial: str) -> None:
        """Destroy the key of an exact place for good: it cannot be read in any copy."""
        wipe(self._folder / key_file.of_place(serial))

    def id(self) -> bytes:
        """Return the 16 bytes that tell this keyring from every other; the ring is made at first use."""
        ring = self._ring()
        if ring is None:
            self._begin()
            with alone(self._folder):
                ring = self._ring() or self._new_ring()
        return ring.id

    def weeks(self) -> list[date]:
        """Return the Mondays of the weeks that have a key, sorted."""
        return key_file.weeks_in(self._names())

    def days(self) -> list[date]:
        """Return the days that have a key, sorted; a day whose key was destroyed is not among them."""
        return [day for day in key_file.days_in(self._names()) if not self._gone(day).exists()]

    def gone(self) -> list[date]:
        """Return the days whose key was destroyed, sorted."""
        return key_file.days_in(self._names(), "gone")

    def destroy_week(self, monday: date) -> None:
        """Destroy the key of a week: nobody can make its pseudonyms again.

        A post of that week that comes later gets a new key, and its author another pseudonym than before.
        """
        wipe(self._folder / key_file.of_week(monday))

    def destroy_day(self, day: date) -> None:
        """Destroy the key of a day for good: its texts cannot be read in any copy, and it gets no other key.

        What is left is an empty file that says so. It is written first, so that a run that dies between the two
        leaves a key that is never used again, and that the next writer removes.
        """
        self._begin()
        put(self._gone(day), b"")
        wipe(self._folder / key_file.of_day(day))

    def state(self) -> State:
        """Say what the keyring holds, without opening a key."""
        ring = self._ring()
        files = self._files()
        wrapped = sum(path.stat().st_size != KEY_BYTES for path in files)
        return State(
            folder=self._folder,
            kind=ring.masters[-1].kind if ring else None,
            master=ring.masters[-1].number.hex() if ring else "",
            wrapped=wrapped,
            plain=len(files) - wrapped,
            weeks=len(self.weeks()),
            days=len(self.days()),
            gone=len(self.gone()),
            rotating=bool(ring and len(ring.masters) > 1),
        )

    def tend(self) -> None:
        """Wrap keys that an earlier Fanal left plain, and end what a run that died began. For a writer."""
        if not self._folder.is_dir():
            return
        with alone(self._folder):
            for draft in self._folder.glob(f"*{DRAFT}"):
                if draft.name != HEAD + DRAFT:  # whoever writes the head holds the desk and not this folder
                    wipe(draft)
            for day in self.gone():
                wipe(self._folder / key_file.of_day(day))
            plain = [path for path in self._files() if path.stat().st_size == KEY_BYTES]
            ring = self._ring() or (self._new_ring() if plain else None)
            if ring is None:
                return
            for path in plain:
                self._save_key(ring, path, self._opened(ring, path))
            if self._marker and not self._marker.exists():
                put(self._marker, ring.id.hex().encode() + b"\n")
            if not (self._folder / TAG).exists():
                put(self._folder / TAG, TAGGED)

    def rotate(self) -> int:
        """Wrap every key by a new master key, kept as it is said now, and forget the old one.

        A run that dies in between leaves keys under both; all of them open, and the next rotation ends it.

        Returns:
            How many keys were wrapped anew.

        Raises:
            WorkspaceError: a key cannot be opened; then nothing was changed.
        """
        self._begin()
        with alone(self._folder):
            ring = self._ring() or self._new_ring()
            keys = {path: self._opened(ring, path) for path in self._files()}
            ring = ring.add(self._new_master())
            self._save_ring(ring)
            for path, key in keys.items():
                self._save_key(ring, path, key)
            for old in ring.masters[:-1]:
                self._kms(old.kind).forget(old.wrapped)
            self._save_ring(ring.only_last())
            return len(keys)

    def _key(self, name: str, size: int, *, make: bool = True) -> bytes:
        """Return a key, made at first use if that is wanted."""
        path = self._folder / name
        if path.exists():
            return self._opened(self._ring(), path)
        if not make:
            self._ring()  # refuses, where the workspace has keys elsewhere
            raise KeyGoneError(
                f"The key {path} is not there: what it sealed cannot be read.",
                hint="Put back a copy of it if there is one.",
            )
        self._begin()
        with alone(self._folder):
            ring = self._ring() or self._new_ring()
            if path.exists():  # another process was faster
                return self._opened(ring, path)
            key = self._dice(size)
            self._save_key(ring, path, key)
            return key

    def _opened(self, ring: Ring | None, path: Path) -> bytes:
        """Return what a key's file holds, unwrapped."""
        content = private(path)
        if key_file.plain(path, content):
            if ring is None or ring.masters[-1].kind is Kind.FILE:
                return content
            raise WorkspaceError(
                f"The key {path} is not wrapped, though the master key is kept by {ring.masters[-1].kind}.",
                hint="An earlier Fanal or somebody else put it there: put back a copy of the wrapped one.",
            )
        if ring is None:
            raise WorkspaceError(
                f"{self._folder / RING} is missing, and the key {path} needs it.",
                hint="Put back a copy of it.",
            )
        under = self._master(ring, key_file.number_in(content), path)
        return key_file.unpacked(content, ring=ring.id, path=path, under=under)

    def _save_key(self, ring: Ring, path: Path, key: bytes) -> None:
        """Write a key under the newest master key."""
        number = ring.masters[-1].number
        under, nonce = self._master(ring, number, path), self._dice(NONCE_BYTES)
        put(path, key_file.packed(key, ring=ring.id, name=path.name, number=number, under=under, nonce=nonce))

    def _master(self, ring: Ring, number: bytes, path: Path) -> bytes:
        """Return a master key by its number, opened once."""
        if number not in self._open:
            found = next((one for one in ring.masters if one.number == number), None)
            if found is None:
                raise WorkspaceError(
                    f"The key {path} is wrapped by a master key that {self._folder / RING} does not know.",
                    hint="Put back the keys and keyring.json from one and the same copy.",
                )
            key = self._kms(found.kind).unwrap(found.wrapped)
            if len(key) != MASTER_BYTES or number_of(key) != number:
                raise WorkspaceError(
                    f"What keeps the master key ({found.kind}) gave another one than {self._folder / RING} names.",
                    hint="Mend the [keys] settings, or put back the right keyring.json.",
                )
            self._open[number] = key
        return self._open[number]

    def _kms(self, kind: Kind) -> Kms:
        """Return what keeps master keys of a kind."""
        if kind not in self._keeping.ways:
            raise WorkspaceError(
                f"The master key is kept by {kind}, which was not set up here.",
                hint="Mend the [keys] settings.",
            )
        return self._keeping.ways[kind]()

    def _new_master(self) -> Master:
        """Make a master key and let it be kept; what does not give it back is not trusted with a key."""
        key = self._dice(MASTER_BYTES)
        kms = self._kms(self._keeping.kind)
        made = Master(number=number_of(key), kind=self._keeping.kind, wrapped=kms.wrap(key))
        if kms.unwrap(made.wrapped) != key:
            raise WorkspaceError(
                f"What should keep the master key ({made.kind}) did not give it back.",
                hint="Mend the [keys] settings; nothing was changed.",
            )
        self._open[made.number] = key
        return made

    def _ring(self) -> Ring | None:
        """Return the ring; None: there is none yet.

        Raises:
            WorkspaceError: it is damaged, missing where it should be, or another workspace's.
        """
        path = self._folder / RING
        known = (
            self._marker.read_text("ascii", "replace").strip()
            if self._marker and self._marker.exists()
            else ""
        )
        try:
            ring = rings.read(private(path))
        except FileNotFoundError as error:
            if known:
                raise WorkspaceError(
                    f"The keys of this workspace are not in {self._folder}: it has no {RING}.",
                    hint="Put them back, or say in keys.folder or FANAL_KEYS where they lie.",
                ) from error
            return None
        except ValueError as error:
            raise WorkspaceError(f"{path} cannot be read: {error}.", hint="Put back a copy of it.") from error
        if self._marker and known != ring.id.hex() and (known or not self._usual()):
            raise WorkspaceError(
                f"The keys in {self._folder} belong to another workspace.",
                hint=f"Say in keys.folder or FANAL_KEYS where this one's keys lie; its {self._marker.name} names them.",
            )
        return ring

    def _new_ring(self) -> Ring:
        """Make a ring with its first master key, unless keys lie somewhere that should have one."""
        if any(path.stat().st_size != KEY_BYTES for path in self._files()):
            raise WorkspaceError(
                f"{self._folder / RING} is missing, and the keys beside it need it.",
                hint="Put back a copy of it.",
            )
        if self._marker and not self._usual() and any((self._marker.parent / USUAL).glob("*.key")):
            raise WorkspaceError(
                f"The keys of this workspace lie in {self._marker.parent / USUAL} and not in {self._folder}.",
                hint=f"Move them: `mv {self._marker.parent / USUAL}/* {self._folder}/`.",
            )
        ring = Ring(id=self._dice(rings.ID_BYTES), masters=(self._new_master(),))
        put(self._folder / TAG, TAGGED)
        self._save_ring(ring)
        if self._marker:
            put(self._marker, ring.id.hex().encode() + b"\n")
        return ring

    def _save_ring(self, ring: Ring) -> None:
        put(self._folder / RING, rings.written(ring))

    def _begin(self) -> None:
        """Make the folder of the keys; the one in which it lies must be there: it may be a disk that is not mounted."""
        if self._folder.is_dir():
            return
        self._ring()  # refuses, where the workspace has keys elsewhere
        try:
            self._folder.mkdir(mode=0o700)
        except FileNotFoundError as error:
            raise WorkspaceError(
                f"The folder of the keys, {self._folder}, cannot be made: {self._folder.parent} is not there.",
                hint="Mount the disk, or mend keys.folder or FANAL_KEYS.",
            ) from error
        sync_folder(self._folder.parent)

    def _usual(self) -> bool:
        """Say whether the keys lie in the workspace itself."""
        return self._marker is None or (self._marker.parent / USUAL).resolve() == self._folder.resolve()

    def _names(self) -> list[str]:
        """Return the names of all files of the keyring, in no order."""
        return [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []

    def _files(self) -> list[Path]:
        """Return the files of keys, sorted; the master's is none of them."""
        return [self._folder / name for name in sorted(self._names()) if key_file.is_key(name)]

    def _gone(self, day: date) -> Path:
        return self._folder / key_file.of_day(day, "gone")


def _numbers(key: bytes) -> Key:
    """Return 16 bytes as SipHash takes them."""
    return int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
