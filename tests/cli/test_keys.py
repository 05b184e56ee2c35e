"""`fanal keys` as a user runs it: each kind of master key, elsewhere, changed, and refused with a sentence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import COMMAND, Ended
from tests.cli.inside import inside

from fanal.store.durable import put

WORDS = "six words drawn by dice alone"
NEW_WORDS = "seven words drawn by dice"
OTHER_WORDS = "another six words"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with one post read, its keys wrapped by a master key in a file."""
    folder = tmp_path_factory.mktemp("made")
    inside("init", folder / "w")
    text = '{"id": "1", "author": "a", "time": "2014-08-04T09:00:00Z", "text": "We need water in Sinjar"}\n'
    (folder / "posts.jsonl").write_text(text)
    inside("-w", folder / "w", "read", folder / "posts.jsonl")
    return folder / "w"


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    """Return a copy of that workspace, with its posts beside it."""
    shutil.copy(made.parent / "posts.jsonl", tmp_path)
    return Path(shutil.copytree(made, tmp_path / "w"))


def run(workspace: Path, *arguments: object, code: int | None = 0, **environment: str | Path) -> Ended:
    return inside("-w", workspace, *arguments, code=code, **environment)


def opens(workspace: Path, **environment: str) -> bool:
    """Say whether the one text of the workspace opens."""
    post = run(workspace, "text", **environment).out.split()[0]
    return "We need water" in run(workspace, "text", post, "--purpose", "review", **environment).out


def test_keys_say_where_they_lie_and_what_wraps_them(workspace: Path) -> None:
    facts = run(workspace, "keys", "--json").json
    assert facts["folder"] == str(workspace / "keys")
    assert facts["in_workspace"]
    assert (facts["kind"], facts["wrapped"], facts["plain"]) == ("file", 3, 0)
    assert (facts["weeks"], facts["days"], facts["gone"]) == (1, 1, 0)
    assert "leave it out of every copy" in run(workspace, "keys").out


def test_a_passphrase_takes_the_master_key_over_and_is_changed(workspace: Path) -> None:
    (workspace / "fanal.toml").write_text('[keys]\nmaster = "passphrase"\n')
    assert "Next: fanal keys rotate" in run(workspace, "keys").out
    none = run(workspace, "keys", "rotate", code=1)
    assert "The keys need a passphrase, and none was given. Name a file" in none.err
    assert opens(workspace)  # nothing was changed
    run(workspace, "keys", "rotate", FANAL_PASSPHRASE=WORDS)
    assert not list((workspace / "keys").glob("master-*"))
    assert opens(workspace, FANAL_PASSPHRASE=WORDS)
    post = run(workspace, "text").out.split()[0]
    wrong = run(workspace, "text", post, "--purpose", "review", FANAL_PASSPHRASE=OTHER_WORDS, code=1)
    assert wrong.err == (
        "fanal: The passphrase is wrong, or keyring.json is damaged. Try again; nothing was changed. "
        "Without the passphrase no key can be opened.\n"
    )
    run(workspace, "keys", "rotate", FANAL_PASSPHRASE=WORDS, FANAL_NEW_PASSPHRASE=NEW_WORDS)
    put(workspace.parent / "words", NEW_WORDS.encode() + b"\n")
    (workspace / "fanal.toml").write_text(
        f'[keys]\nmaster = "passphrase"\npassphrase_file = "{workspace.parent / "words"}"\n'
    )
    assert opens(workspace)
    (workspace.parent / "words").chmod(0o644)
    assert "may be read by others" in run(workspace, "keys", "rotate", code=1).err
    run(workspace, "status")  # what needs no key asks for none


def test_a_program_keeps_the_master_key(workspace: Path) -> None:
    put(workspace.parent / "secret", b"of openssl")
    cipher = f'"openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-pass", "file:{workspace.parent / "secret"}"'
    (workspace / "fanal.toml").write_text(
        f'[keys]\nmaster = "command"\nkms_wrap = [{cipher}, "-e"]\nkms_unwrap = [{cipher}, "-d"]\n'
    )
    run(workspace, "keys", "rotate")
    assert opens(workspace)
    (workspace.parent / "secret").unlink()
    post = run(workspace, "text").out.split()[0]
    broken = run(workspace, "text", post, "--purpose", "review", code=1)
    assert broken.err.startswith("fanal: The program openssl of keys.kms_unwrap ended with 1 and 0 bytes: ")


def test_keys_elsewhere_are_found_by_the_environment_and_missed_without(
    workspace: Path, tmp_path: Path
) -> None:
    (workspace / "keys").rename(tmp_path / "stick")
    lost = run(workspace, "read", str(tmp_path / "posts.jsonl"), code=1)
    assert "The keys of this workspace are not in" in lost.err
    assert opens(workspace, FANAL_KEYS=str(tmp_path / "stick"))
    again = run(
        workspace, "read", str(tmp_path / "posts.jsonl"), "--json", FANAL_KEYS=str(tmp_path / "stick")
    )
    assert '"rows_known_already": 1' in again.out
    (workspace / "fanal.toml").write_text(f'[keys]\nfolder = "{tmp_path / "stick"}"\n')
    assert opens(workspace)
    assert "leave it out" not in run(workspace, "keys").out


def test_a_rotation_is_logged_and_another_kind_is_refused(workspace: Path) -> None:
    run(workspace, "keys", "rotate")
    (workspace / "fanal.toml").write_text('[keys]\nmaster = "wish"\n')
    refused = run(workspace, "keys", code=1)
    assert (
        "line 2: the setting keys.master must be one of file, passphrase, command, not 'wish'" in refused.err
    )


TERMINAL = "import pty, sys; pty.spawn(sys.argv[1:])"


def typed(arguments: list[str], answers: list[tuple[bytes, str]]) -> bytes:
    """Run `fanal` on a terminal of its own, answer each prompt once it stands there, and return what was shown."""
    with subprocess.Popen(
        [sys.executable, "-c", TERMINAL, COMMAND, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        shown = b""
        for prompt, answer in answers:
            while not shown.endswith(prompt) and (one := process.stdout.read(1)):
                shown += one
            process.stdin.write(answer.encode() + b"\n")
            process.stdin.flush()
        return shown + process.stdout.read()


def test_a_passphrase_is_asked_for_on_a_terminal_and_not_shown(workspace: Path) -> None:
    (workspace / "fanal.toml").write_text('[keys]\nmaster = "passphrase"\n')
    asked = [(b"New passphrase of the keys: ", WORDS), (b"The same again: ", WORDS)]
    shown = typed(["-w", str(workspace), "keys", "rotate"], asked)
    assert b"kept by passphrase" in shown
    assert WORDS.encode() not in shown
    assert opens(workspace, FANAL_PASSPHRASE=WORDS)
