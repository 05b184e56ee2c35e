"""Install the AT Protocol server that the tests of jetstream post through, outside the checkout, where npm is there.

Its version and those of all it needs are locked with their hashes in tests/sources/live/pds. One of its parts is
compiled where no ready-made build can be fetched, which takes about a minute and a half.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PARTS = Path(__file__).resolve().parents[1] / "tests" / "sources" / "live" / "pds"
LOCKS = ("package.json", "package-lock.json")
MINUTES = 10
"""A longer installation hangs."""


def folder() -> Path:
    """Return where this version belongs: in the user's cache, under a digest of its lock."""
    digest = hashlib.sha256(b"".join((PARTS / name).read_bytes() for name in LOCKS)).hexdigest()[:16]
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "fanal" / f"pds-{digest}"


def find() -> Path | None:
    """Return the folder in which the server is installed, or None."""
    return folder() if (folder() / "node_modules" / "@atproto" / "pds").is_dir() else None


def install() -> str:
    """Install the server, and return what went wrong in one sentence; empty: nothing."""
    _install_node()
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "Node.js and npm were not found (install the packages nodejs and npm)."
    print("Installing the AT Protocol server for the tests (about a minute and a half) ...", flush=True)
    folder().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder().parent, prefix="pds-") as draft:
        for name in LOCKS:
            shutil.copy(PARTS / name, draft)
        try:
            done = subprocess.run(
                [npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
                cwd=draft,
                check=False,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=MINUTES * 60,
            )
        except subprocess.TimeoutExpired:
            return f"npm did not end within {MINUTES} minutes."
        if done.returncode:
            print(done.stderr[-1000:].strip(), file=sys.stderr)
            return "npm could not install the AT Protocol server; what it said stands above."
        if find() is None:  # nobody else was faster
            shutil.rmtree(folder(), ignore_errors=True)
            Path(draft).rename(folder())
            Path(draft).mkdir()
    return ""


def _install_node() -> None:
    """Install Debian's packages where npm is missing and this user may, and do nothing elsewhere."""
    if shutil.which("npm") is not None or shutil.which("apt-get") is None:
        return
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    print("Installing Node.js and npm for the tests ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "nodejs", "npm"],
    ):
        done = subprocess.run(
            command, check=False, capture_output=True, env=quiet, stdin=subprocess.DEVNULL, text=True
        )
        if done.returncode:
            print(done.stderr[-500:].strip(), file=sys.stderr)


def main() -> int:
    """Say what is missing; fail in CI, and only warn elsewhere."""
    wrong = "" if find() is not None else install()
    if not wrong:
        return 0
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        print(f"{wrong} CI runs the tests that post through the AT Protocol server.", file=sys.stderr)
        return 1
    print(f"{wrong} The tests that post through the AT Protocol server will be skipped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
