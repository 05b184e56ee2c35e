"""Papers: certificates of an authority of ours, and of another one, for tests of TLS."""

from pathlib import Path

import trustme


class Papers:
    """Hold two authorities, and what they signed, in a folder: `ca.pem` and `other.pem` are theirs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority, self.other = trustme.CA(), trustme.CA()
        self.authority.cert_pem.write_to_path(folder / "ca.pem")
        self.other.cert_pem.write_to_path(folder / "other.pem")

    def write(self, name: str, cert: trustme.LeafCert) -> None:
        """Write a certificate and its key."""
        cert.private_key_pem.write_to_path(self.folder / f"{name}.key")
        (self.folder / f"{name}.pem").write_bytes(b"".join(one.bytes() for one in cert.cert_chain_pems))

    def key(self, name: str) -> str:
        """Return a key, as the settings read it from its file."""
        return (self.folder / f"{name}.key").read_text("utf-8").strip()
