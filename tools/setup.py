"""Set up `.venv` in the checkout from the lock files, doing again only what has changed since.

Runs on the machine's own Python before anything is installed, so it imports nothing but the standard
library. Each step leaves a stamp in `.venv/stamps` with a digest of what it was made from.
"""

import argparse
import ast
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
NEEDED_BYTES = 2_500_000_000  # the test environment, what pip holds while it unpacks, and Numba's cache
LOG_LINES = 15
WARMER = "src/fanal/cli/warm.py"

# What pip or venv prints, and the sentence a person is told. The first that fits is used.
CAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("no space left on device", "errno 28", "disk quota exceeded"),
        "The disk is full: make room and run the same command again.",
    ),
    (
        ("do not match the hashes",),
        (
            "A downloaded package is not the locked one (its hash differs): the download was damaged or the "
            "package was changed; run the same command again, and if it stays so, do not install it."
        ),
    ),
    (
        (
            "temporary failure in name resolution",
            "name or service not known",
            "newconnectionerror",
            "connection refused",
            "network is unreachable",
            "read timed out",
            "connecttimeout",
            "proxyerror",
            "sslerror",
            "failed to establish a new connection",
        ),
        (
            "The package registry cannot be reached: connect this machine to it (or set pip to your mirror) and "
            "run the same command again."
        ),
    ),
    (
        ("no matching distribution found", "could not find a version"),
        (
            "The package registry has no ready-made build of a locked package for this machine: use a Python from "
            "3.11 to 3.14 on 64-bit Linux or macOS, and check pip's mirror."
        ),
    ),
    (
        ("permission denied", "read-only file system"),
        "The checkout cannot be written to: give yourself the right to write there.",
    ),
)


class SetupError(Exception):
    """Carry the one sentence that tells a person what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Name the places of one environment."""

    checkout: Path

    @property
    def folder(self) -> Path:
        """Return the folder that holds the environment."""
        return self.checkout / ".venv"

    @property
    def python(self) -> Path:
        """Return the environment's own interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def log(self) -> Path:
        """Return the file that keeps what pip printed last."""
        return self.folder / "setup.log"

    def stamp(self, name: str) -> Path:
        """Return the file that says what a step was last made from."""
        return self.folder / "stamps" / name


def digest(parts: Iterable[str | Path]) -> str:
    """Return one `sha256:` over texts and the bytes of files, in their order.

    >>> digest(["a"]) == digest(["b"])
    False
    """
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return "sha256:" + total.hexdigest()


def sentence_for(output: str) -> str | None:
    """Return the sentence for what pip printed, or None when the cause is not known.

    >>> sentence_for("OSError: [Errno 28] No space left on device")
    'The disk is full: make room and run the same command again.'
    """
    folded = output.lower()
    for signs, sentence in CAUSES:
        if any(sign in folded for sign in signs):
            return sentence
    return None


def run_quietly(command: Sequence[str | Path], environment: Environment) -> None:
    """Run a command, keep its output in the log, and say why it failed if it did.

    Raises:
        SetupError: with a known cause, or with the end of the output.
    """
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=environment.checkout,
        env={**os.environ, **quiet},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if environment.folder.is_dir():
        environment.log.write_text(done.stdout, encoding="utf-8")
    if done.returncode == 0:
        return
    sentence = sentence_for(done.stdout)
    if sentence is None:
        end = "\n".join(done.stdout.splitlines()[-LOG_LINES:])
        sentence = f"A step of the set-up failed with status {done.returncode}; it printed last:\n{end}"
    raise SetupError(sentence)


def make_venv(environment: Environment) -> None:
    """Make the environment anew, unless a good one is there.

    Raises:
        SetupError: when this Python cannot put pip into it.
    """
    if works(environment):
        return
    if not has_ensurepip():
        add_ensurepip()
    if not has_ensurepip():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"This Python lacks its venv module with pip: install it (on Debian and Ubuntu: "
            f"apt-get install python{version}-venv)."
        )
    run_quietly([sys.executable, "-m", "venv", "--clear", environment.folder], environment)


def works(environment: Environment) -> bool:
    """Say whether an environment of this Python, with a pip, is there already and was made in this place.

    A checkout that was moved keeps the old place in its commands' first lines; `pyvenv.cfg` tells.
    """
    record = environment.folder / "pyvenv.cfg"
    if not record.exists() or not environment.python.exists():
        return False
    made_by = [line for line in record.read_text(encoding="utf-8").splitlines() if line.startswith("command")]
    if not made_by or not made_by[0].endswith(f" {environment.folder}"):
        return False
    question = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    done = subprocess.run([environment.python, "-c", question], check=False, capture_output=True)
    return done.returncode == 0


def has_ensurepip() -> bool:
    """Say whether this Python can put pip into an environment (Debian ships it apart)."""
    done = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], check=False, capture_output=True)
    return done.returncode == 0


def add_ensurepip() -> None:
    """Install Debian's python3-venv where this is allowed without asking anybody; else do nothing."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    print(f"Installing {package}, which Debian ships apart from Python.", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", package]):
        subprocess.run(command, check=False, capture_output=True, env=quiet, stdin=subprocess.DEVNULL)


def check_disk(environment: Environment) -> None:
    """Refuse to begin what cannot fit.

    Raises:
        SetupError: with what is free and what is needed.
    """
    free = shutil.disk_usage(environment.checkout).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"The disk has {free / 1e9:.1f} GB free and the set-up needs {NEEDED_BYTES / 1e9:.1f} GB: make room."
        )


def pip_install(environment: Environment, arguments: Sequence[str | Path]) -> None:
    """Let pip install what is locked, and nothing that would have to be compiled here."""
    # Without --no-compile pip writes bytecode of modules that nobody imports: about 80 MB.
    options = ("-m", "pip", "install", "--quiet", "--progress-bar", "off", "--no-compile")
    run_quietly([environment.python, *options, *arguments], environment)


def install_lock(environment: Environment, name: str) -> None:
    """Install one lock file, each package checked against its hash."""
    lock = environment.checkout / "requirements" / f"{name}.txt"
    pip_install(environment, ["--require-hashes", "--only-binary", ":all:", "-r", lock])


def install_checkout(environment: Environment) -> None:
    """Install Fanal itself so that a change of the source counts at once."""
    pip_install(environment, ["--no-build-isolation", "--no-deps", "-e", environment.checkout])


def warm(environment: Environment) -> None:
    """Compile every Numba kernel anew, and the modules: no first run then waits for Numba or for Python to compile."""
    if (environment.checkout / WARMER).exists():
        # -E: also where the environment says that no bytecode be written; without it each start takes a second longer.
        run_quietly([environment.python, "-E", "-m", "fanal.cli.warm"], environment)


def kernels(environment: Environment) -> list[Path]:
    """Return the source files that hold Numba kernels."""
    source = environment.checkout / "src" / "fanal"
    return [path for path in sorted(source.rglob("*.py")) if b"numba" in path.read_bytes()]


def compiled(environment: Environment) -> list[Path]:
    """Return the files that a kernel depends on: those of kernels, what these import, and what warms them."""
    found = set(kernels(environment))
    todo = list(found)
    while todo:
        new = set(imported(todo.pop(), environment)) - found
        found |= new
        todo += new
    return sorted({*found, environment.checkout / WARMER} & set((environment.checkout / "src").rglob("*.py")))


def imported(path: Path, environment: Environment) -> list[Path]:
    """Return the files of Fanal that a file takes names from."""
    nodes = ast.walk(ast.parse(path.read_bytes()))
    names = [
        name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    ]
    files = [environment.checkout.joinpath("src", *name.split(".")).with_suffix(".py") for name in names]
    return [file for file in files if file.exists()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Name one step: what it is made from, and how."""

    name: str
    says: str
    made_from: str
    make: Callable[[], None]


def steps(environment: Environment, *, tests: bool, every: bool = False) -> list[Step]:
    """Return the steps in their order. A larger lock holds all of a smaller one, so only one is installed."""
    requirements = environment.checkout / "requirements"
    python = f"{sys.version_info.major}.{sys.version_info.minor} {environment.folder}"
    found: list[Step] = [
        Step(
            name="venv",
            says="Making .venv",
            made_from=digest([python]),
            make=partial(make_venv, environment),
        )
    ]
    for name in ("test" if tests else "all" if every else "run", "build"):
        lock = requirements / f"{name}.txt"
        found.append(
            Step(
                name=name,
                says=f"Installing requirements/{name}.txt",
                made_from=digest([python, lock]),
                make=partial(install_lock, environment, name),
            )
        )
    project = environment.checkout / "pyproject.toml"
    return [
        *found,
        Step(
            name="fanal",
            says="Installing Fanal",
            made_from=digest([python, project]),
            make=partial(install_checkout, environment),
        ),
        Step(
            name="warm",
            says="Warming Numba's cache",
            made_from=digest([python, requirements / "run.txt", *compiled(environment)]),
            make=partial(warm, environment),
        ),
    ]


def is_made(environment: Environment, step: Step) -> bool:
    """Say whether a step's stamp is of today's inputs; a larger environment serves a smaller one."""
    stamp = environment.stamp(step.name)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == step.made_from:
        return environment.python.exists()  # a Python that was removed leaves a link to nowhere
    if step.name == "run":
        larger = next(other for other in steps(environment, tests=False, every=True) if other.name == "all")
        return is_made(environment, larger)
    if step.name == "all":
        larger = next(other for other in steps(environment, tests=True) if other.name == "test")
        return is_made(environment, larger)
    return False


def set_up(environment: Environment, *, tests: bool, every: bool = False) -> list[str]:
    """Do the steps whose inputs have changed and return their names.

    Raises:
        SetupError: with the one sentence that a person needs.
    """
    made: list[str] = []
    for step in steps(environment, tests=tests, every=every):
        if is_made(environment, step):
            continue
        if step.name == "venv":
            check_disk(environment)
        print(f"{step.says} ...", flush=True)
        step.make()
        stamp = environment.stamp(step.name)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(step.made_from, encoding="utf-8")
        made.append(step.name)
    return made


def size_of(folder: Path) -> int:
    """Return the bytes of all files under a folder; a link counts as nothing."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def main() -> int:
    """Set up for a run or for the tests and return the exit status."""
    parser = argparse.ArgumentParser(description="Set up .venv from the lock files.")
    parser.add_argument("--tests", action="store_true", help="with all that the tests need")
    parser.add_argument(
        "--all", dest="every", action="store_true", help="with what live streams and a directory need"
    )
    arguments = parser.parse_args()
    environment = Environment(checkout=CHECKOUT)
    start = time.monotonic()
    try:
        made = set_up(environment, tests=arguments.tests, every=arguments.every)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        sentence = sentence_for(str(error))
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return 1
    if made:
        seconds = time.monotonic() - start
        print(f"Set up in {seconds:.0f} s; .venv takes {size_of(environment.folder) / 1e6:,.0f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
