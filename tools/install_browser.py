"""Find the Chromium, strace and nats-server of the tests, or install them where that needs nobody's leave."""

import os
import shutil
import subprocess
import sys

PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = (
    "chromium",
    "fonts-dejavu-core",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "strace",
    "nats-server",
)
"""The fonts hold Latin and Arabic letters; the two after them are what the brief's PDF needs; strace sees what
a process does to the disk, for the tests of lost power; nats-server is what streams of NATS are tested against."""

ALSO = ("strace", "nats-server")
"""Programs without which some tests are skipped."""


def find() -> str | None:
    """Return the path of a Chromium on this machine, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Install Debian's packages where this user may, and do nothing elsewhere."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print("Installing Chromium, strace and nats-server for the tests ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(
            command, check=False, capture_output=True, env=quiet, stdin=subprocess.DEVNULL, text=True
        )
        if done.returncode:
            print(done.stderr[-500:].strip(), file=sys.stderr)


def main() -> int:
    """Say where the browser is; without one, fail in CI and only warn elsewhere."""
    if find() is None or not all(shutil.which(name, path=PATH) for name in ALSO):
        install()
    if find() is not None:
        return 0
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        print("No Chromium was found or could be installed, and CI runs the browser tests.", file=sys.stderr)
        return 1
    print("No Chromium was found: the browser tests will be skipped (install the package chromium).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
