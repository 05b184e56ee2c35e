"""Signing for tests, by others than what verifies: keys and signatures of the program openssl."""

import base64
import hashlib
import subprocess
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

URL = "https://fanal.example.org/inbox/partner"
KEY_ID = "https://platform.example/actor#main-key"


class Signer:
    """Hold a key pair that openssl made, and sign with it."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind = kind
        self.private, self.public = folder / f"{kind}.key", folder / f"{kind}.pem"
        how = {
            "ed25519": ["-algorithm", "ed25519"],
            "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            "short": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            "ec": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        }[kind]
        openssl("genpkey", *how, "-out", self.private)
        openssl("pkey", "-in", self.private, "-pubout", "-out", self.public)
        self.folder = folder

    @property
    def told(self) -> str:
        """Return the key as the option takes it."""
        return f"{KEY_ID} {self.public.name}"

    def sign(self, base: bytes, how: str = "") -> str:
        """Return the signature of some bytes, in base64."""
        file, out = self.folder / "base", self.folder / "signature"
        file.write_bytes(base)
        if self.kind == "ed25519":
            openssl("pkeyutl", "-sign", "-inkey", self.private, "-rawin", "-in", file, "-out", out)
        else:
            pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:64"] if how == "pss" else []
            digest = "-sha512" if how == "pss" else "-sha256"
            openssl("dgst", digest, "-sign", self.private, *pss, "-out", out, file)
        return base64.b64encode(out.read_bytes()).decode()

    def cavage(
        self, body: bytes, at: datetime, *, names: str = "", url: str = URL, **said: str
    ) -> dict[str, str]:
        """Return headers signed as the Fediverse does."""
        host, path = url.split("/", 3)[2], "/" + url.split("/", 3)[3]
        headers = {
            "host": host,
            "date": format_datetime(at, usegmt=True),
            "digest": "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode(),
        }
        names = names or "(request-target) host date digest"
        values = {"(request-target)": f"post {path}", **headers}
        base = "\n".join(f"{name}: {values[name]}" for name in names.split())
        parts = {"keyId": KEY_ID, "headers": names, "signature": self.sign(base.encode()), **said}
        return {**headers, "signature": ",".join(f'{name}="{value}"' for name, value in parts.items())}

    def rfc9421(
        self,
        body: bytes,
        at: datetime,
        *,
        names: tuple[str, ...] = ("@method", "@target-uri", "content-digest"),
        url: str = URL,
        how: str = "",
        more: str = "",
    ) -> dict[str, str]:
        """Return headers signed as RFC 9421 says."""
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        host, path = url.split("/", 3)[2], "/" + url.split("/", 3)[3]
        values = {
            "@method": "POST",
            "@target-uri": url,
            "@authority": host,
            "@path": path,
            "content-digest": digest,
        }
        covered = " ".join(f'"{name}"' for name in names)
        params = f'({covered});created={int(at.timestamp())};keyid="{KEY_ID}"{more}'
        lines = [*(f'"{name}": {values[name]}' for name in names), f'"@signature-params": {params}']
        signature = self.sign("\n".join(lines).encode(), how)
        return {
            "content-digest": digest,
            "signature-input": f"sig1={params}",
            "signature": f"sig1=:{signature}:",
        }


def openssl(*command: object) -> None:
    """Run openssl."""
    subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)
