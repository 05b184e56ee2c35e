"""The passphrase: a master key wrapped by a key that Argon2id makes of words that a person knows."""

import struct
import unicodedata
from collections.abc import Callable

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from fanal.model.error import WorkspaceError
from fanal.store.wrapped import NONCE_BYTES, OVERHEAD, unwrap, wrap

ITERATIONS = 3
LANES = 4
MEMORY_KIB = 1 << 16
"""RFC 9106, section 4, the second recommended option: 3 passes over 64 MiB in 4 lanes; about 0.1 s."""
SALT_BYTES = 16
LEAST_LETTERS = 12
"""A new passphrase has at least so many; six words drawn by dice are better."""

_MOST = (64, 64, 1 << 22)
"""What a keyring may ask for at most (passes, lanes, KiB): a damaged one must not take all memory."""
_HEAD = struct.Struct(">B I I I 16s")
_FORMAT = 1
_SIZE = _HEAD.size + 32 + OVERHEAD


class Passphrase:
    """Wrap a master key by a passphrase. What it is made with stands in the result: salt and costs.

    >>> import os
    >>> words = Passphrase(ask=lambda: "six words drawn by dice alone", dice=os.urandom)
    >>> words.unwrap(words.wrap(b"k" * 32)) == b"k" * 32
    True
    """

    def __init__(
        self,
        *,
        ask: Callable[[], str],
        dice: Callable[[int], bytes],
        choose: Callable[[], str] | None = None,
        other: Callable[[], str] | None = None,
    ) -> None:
        """Take what gives the passphrase; nothing is asked before it is needed.

        Args:
            ask: gives the passphrase that opens.
            dice: gives random bytes.
            choose: gives the passphrase of a key that is wrapped from now on; None: the same.
            other: gives one more that may open, or an empty text: after a change that was cut off, some keys are
                under the old passphrase and some under the new.
        """
        self._ask = ask
        self._choose = choose or ask
        self._other = other
        self._dice = dice
        self._chosen: str | None = None

    def wrap(self, key: bytes) -> bytes:
        """Return the key under the passphrase.

        Raises:
            WorkspaceError: the passphrase is too short.
        """
        words = self._choose()
        if len(words) < LEAST_LETTERS:
            raise WorkspaceError(
                f"The passphrase has {len(words)} characters; a new one needs {LEAST_LETTERS} at least.",
                hint="Six words drawn by dice are good, and no sentence that stands anywhere.",
            )
        self._chosen = words
        head = _HEAD.pack(_FORMAT, ITERATIONS, LANES, MEMORY_KIB, self._dice(SALT_BYTES))
        return head + wrap(key, under=_made(words, head), purpose=head, nonce=self._dice(NONCE_BYTES))

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key.

        Raises:
            WorkspaceError: the passphrase is wrong, or what was written down is damaged.
        """
        head, rest = wrapped[: _HEAD.size], wrapped[_HEAD.size :]
        if len(wrapped) != _SIZE or wrapped[0] != _FORMAT or not _bearable(head):
            raise WorkspaceError(
                "What the keyring holds of the master key is damaged.",
                hint="Put back a copy of keyring.json.",
            )
        words = self._chosen if self._chosen is not None else self._ask()
        key = unwrap(rest, under=_made(words, head), purpose=head)
        if key is None and self._other and (words := self._other()):
            key = unwrap(rest, under=_made(words, head), purpose=head)
        if key is None:
            raise WorkspaceError(
                "The passphrase is wrong, or keyring.json is damaged.",
                hint="Try again; nothing was changed. Without the passphrase no key can be opened.",
            )
        return key

    def forget(self, wrapped: bytes) -> None:
        """Do nothing: all that was kept stands in the keyring."""


def _bearable(head: bytes) -> bool:
    """Say whether the costs that stand in a keyring can be paid."""
    _, *costs, _ = _HEAD.unpack(head)
    return all(0 < one <= most for one, most in zip(costs, _MOST, strict=True)) and costs[2] >= 8 * costs[1]


def _made(words: str, head: bytes) -> bytes:
    """Return the key of 32 bytes that Argon2id (RFC 9106) makes of a passphrase, in Unicode's form NFC (RFC 8265)."""
    _, iterations, lanes, memory, salt = _HEAD.unpack(head)
    made = Argon2id(salt=salt, length=32, iterations=iterations, lanes=lanes, memory_cost=memory)
    return made.derive(unicodedata.normalize("NFC", words).encode())
