"""The login: how a follower says to NATS who it is, by what the settings hold, and whom it trusts."""

import json
import re
import ssl
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import NamedTemporaryFile
from types import ModuleType
from typing import Any

from fanal.model.error import SettingError, UserError
from fanal.sources.live import LostError
from fanal.sources.nkey import Nkey

WAYS = ("token", "password", "seed", "credentials")
"""Secrets by which a follower says who it is; one of them at a time."""

HINT = "See the secrets in docs/sources/nats.md."
_PART = re.compile(r"-+BEGIN ([A-Z ]+)-+\s+(\S+)\s+-+END \1-+")
_JWT, _SEED = "NATS USER JWT", "USER NKEY SEED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Hold how a follower says who it is; what is shown of it holds no secret.

    >>> login_of(user="", secrets={"token": "correct horse"})
    Login(by='`token`')
    """

    by: str  # the settings that it is made of, for a sentence
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)  # for the client library
    public: str = field(default="", repr=False)  # key that the server lists; empty: it goes by something else
    ends: float | None = field(
        default=None, repr=False
    )  # seconds since 1970; None: nothing is said of an end

    def ended(self, now: datetime) -> bool:
        """Say whether the server refuses it since its time is over."""
        return self.ends is not None and now.timestamp() >= self.ends


def login_of(*, user: str, secrets: Mapping[str, str]) -> Login:
    """Return the login that the settings of a stream hold.

    Args:
        user: name for the password, or empty.
        secrets: by the names of `WAYS`.

    Raises:
        SettingError: there is more than one, or it is none; the sentence holds nothing of it.
    """
    ways = [name for name in WAYS if name in secrets]
    if len(ways) > 1 or (user and ways not in ([], ["password"])):
        shown = " and ".join(f"`{name}`" for name in [*(["user"] if user else []), *ways])
        raise SettingError(f"A stream of NATS cannot have {shown} together.", hint=HINT)
    if user:
        return Login(
            by="`user` and `password`", given={"user": user, "password": secrets.get("password", "")}
        )
    if "password" in ways:
        raise SettingError("A stream of NATS has a `password` and no `user`.", hint=HINT)
    if "token" in ways:
        return Login(by="`token`", given={"token": secrets["token"]})
    if "seed" in ways:
        key = _key(secrets["seed"], "seed")
        return Login(by="`seed`", given={"signature_cb": key.sign}, public=key.public)
    if "credentials" in ways:
        parts = dict(_PART.findall(secrets["credentials"]))
        if not {_JWT, _SEED} <= set(parts):
            raise SettingError("The secret `credentials` of a stream is no .creds file of NATS.", hint=HINT)
        key, jwt = _key(parts[_SEED], "credentials"), parts[_JWT].encode()
        given = {"signature_cb": key.sign, "user_jwt_cb": lambda: jwt}
        return Login(by="`credentials`", given=given, ends=_end(parts[_JWT]))
    return Login(by="no secret")


def trust_of(*, ca_file: str, certificate_file: str, key: str) -> ssl.SSLContext:
    """Return whom a follower trusts, and the certificate that it shows.

    Args:
        ca_file: PEM file of the authority; empty: the system's.
        certificate_file: PEM file of the follower's certificate, with those between it and its authority; or empty.
        key: PEM of the key of that certificate, without a passphrase; or empty.

    Raises:
        SettingError: a file cannot be read, or they do not belong together.
    """
    try:
        trust = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise SettingError(
            f"The option `ca_file` of a stream names {ca_file}, which holds no certificate that can be read.",
            hint="It is the PEM file of the authority that signed the server's certificate.",
        ) from error
    if bool(certificate_file) != bool(key):
        raise SettingError(
            "A stream of NATS needs `certificate_file` and the secret `key` together, or neither.", hint=HINT
        )
    if key:
        # The library of TLS reads keys from files alone; this one is its owner's and goes with the block.
        with NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(key + "\n")
            file.flush()
            try:
                trust.load_cert_chain(certificate_file, file.name, password="")
            except OSError as error:
                raise SettingError(
                    f"The option `certificate_file` of a stream names {certificate_file}, and the secret `key` does "
                    "not open it.",
                    hint="Both are PEM; the key belongs to the first certificate and has no passphrase.",
                ) from error
    return trust


def client_of(nats: ModuleType, login: Login, *, encrypted: bool) -> Any:
    """Return a client that is not connected yet and shows a login once it is asked to.

    The library begins TLS where the server's greeting, which anybody on the way could have written, asks for it; here
    nothing is said to a server that does not, where the address says tls.

    Args:
        nats: the library.
        login: what it shows.
        encrypted: nothing is shown without TLS.
    """
    client = nats.NATS()
    if login.public:
        client._public_nkey = login.public  # noqa: SLF001 - its own way to set it needs the package nkeys
    introduce = client._connect_command  # noqa: SLF001 - it has no other moment between greeting and login

    def introduced() -> bytes:
        if encrypted and not client._server_info.get("tls_required"):  # noqa: SLF001 - as above
            raise UserError(
                "NATS offers no TLS at the address of the stream.",
                hint="Nothing was shown to it. Let the server ask for TLS: see docs/sources/nats.md.",
            )
        introduction: bytes = introduce()
        return introduction

    client._connect_command = introduced  # noqa: SLF001 - as above
    return client


def error_of(
    nats: ModuleType, errors: Sequence[Exception], *, login: Login, shown: str, now: datetime
) -> LostError | UserError:
    """Return errors of the library as ours: by their kind, since their words may hold an address.

    Args:
        nats: the library.
        errors: what it told in passing, and what it raised; at least one.
        login: what was shown.
        shown: file of the certificate that was shown; empty: none.
        now: UTC.
    """
    for error in errors:
        if isinstance(error, ssl.SSLCertVerificationError):
            return UserError(
                f"The certificate of NATS is not trusted: {error.verify_message.rstrip('.')}.",
                hint="`ca_file` names the authority that signed it, and `url` the host that it is for.",
            )
        words = str(error).lower()
        if isinstance(error, ssl.SSLError) and any(word in words for word in ("certificate", "unknown_ca")):
            what = "does not accept `certificate_file`" if shown else "asks for a `certificate_file`"
            return UserError(f"NATS {what}.", hint=HINT)
        if "permissions" in words:
            return UserError(
                f"NATS lets us in by {login.by}, but not read the stream.",
                hint="The permissions that are needed stand in docs/sources/nats.md.",
            )
        named = isinstance(error, nats.errors.AuthorizationError)
        if (named or "authorization" in words or "authentication" in words) and "timeout" not in words:
            over = ", whose time is over" if login.ended(now) else ""
            return UserError(f"NATS refuses us by {login.by}{over}.", hint=HINT)
    return LostError(f"NATS: {type(errors[0]).__name__}.")


def _key(seed: str, name: str) -> Nkey:
    """Return the key pair of a seed."""
    try:
        return Nkey.of(seed)
    except ValueError as error:
        raise SettingError(
            f"The secret `{name}` of a stream holds no seed of a user's nkey: {error}",
            hint="It begins with SU. " + HINT,
        ) from None


def _end(jwt: str) -> float | None:
    """Return when a JSON Web Token ends (RFC 7519, `exp`); None: it does not say, or cannot be read."""
    try:
        body = jwt.split(".")[1]
        end = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))["exp"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return float(end) if type(end) in (int, float) and end > 0 else None
