"""The keyring: every key is wrapped, none is ever lost, and one that was destroyed does not come back."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from fanal import settings_file
from fanal.model.error import KeyGoneError, WorkspaceError
from fanal.store import durable, keyring
from fanal.store.keyring import RING, TAG, USUAL, Keyring
from fanal.store.master import Keeping, Kind, MasterFile
from fanal.store.passphrase import Passphrase
from fanal.store.program import Program
from fanal.store.workspace import MARKER, make, opened

MONDAY = date(2014, 8, 4)
DAY = date(2026, 11, 28)
WORDS = "six words drawn by dice alone"


def ring_in(folder: Path, **changed: object) -> Keyring:
    return Keyring(folder, dice=os.urandom, **changed)  # type: ignore[arg-type]


def kept_by(folder: Path, kind: Kind, *, ask: str = WORDS, choose: str = WORDS, other: str = "") -> Keeping:
    """Return a keeping with all three kinds, the program being a real one: OpenSSL with a key in a file."""
    secret = folder.parent / "openssl.secret"
    secret.write_text("for openssl alone")
    cipher = ["openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-pass", f"file:{secret}"]
    return Keeping(
        folder=folder,
        kind=kind,
        ways={
            Kind.FILE: lambda: MasterFile(folder),
            Kind.PASSPHRASE: lambda: Passphrase(
                ask=lambda: ask, choose=lambda: choose, dice=os.urandom, other=lambda: other
            ),
            Kind.COMMAND: lambda: Program(wrap=[*cipher, "-e"], unwrap=[*cipher, "-d"]),
        },
    )


def all_keys(ring: Keyring) -> list[object]:
    return [ring.of_workspace(), ring.of_audit(), ring.of_week(MONDAY), ring.of_day(DAY)]


def test_no_key_stands_in_a_file_as_it_is(tmp_path: Path) -> None:
    ring = ring_in(tmp_path / "keys")
    posts, audit, week, day = all_keys(ring)
    assert all_keys(ring_in(tmp_path / "keys")) == [posts, audit, week, day]
    assert isinstance(audit, bytes)
    assert isinstance(day, bytes)
    assert len(day) == 32
    kept = b"".join(path.read_bytes() for path in (tmp_path / "keys").glob("[!m]*"))
    for key in (audit, day):
        assert key not in kept
    for path in (tmp_path / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert ring.weeks() == [MONDAY]
    assert ring.days() == [DAY]


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_master_key_opens_again(tmp_path: Path, kind: Kind) -> None:
    folder = tmp_path / "keys"
    first = all_keys(ring_in(folder, keeping=kept_by(folder, kind)))
    assert all_keys(ring_in(folder, keeping=kept_by(folder, kind))) == first
    assert ring_in(folder).state().kind is kind  # it takes no passphrase to know this
    assert bool(list(folder.glob("master-*.key"))) is (kind is Kind.FILE)


@pytest.mark.parametrize("before", Kind)
@pytest.mark.parametrize("after", Kind)
def test_a_rotation_changes_kind_and_every_file_and_no_key(tmp_path: Path, before: Kind, after: Kind) -> None:
    folder = tmp_path / "keys"
    first = all_keys(ring_in(folder, keeping=kept_by(folder, before)))
    old = {path.name: path.read_bytes() for path in folder.glob("*.key")}
    turned = kept_by(folder, after, choose="another six words drawn by dice")
    assert ring_in(folder, keeping=turned).rotate() == 4
    opened_now = kept_by(folder, after, ask="another six words drawn by dice")
    ring = ring_in(folder, keeping=opened_now)
    assert all_keys(ring) == first
    state = ring.state()
    assert (state.kind, state.wrapped, state.plain, state.rotating) == (after, 4, 0, False)
    for name in old.keys() & {path.name for path in folder.glob("*.key")}:
        assert (folder / name).read_bytes() != old[name]
    assert len(list(folder.glob("master-*.key"))) == (after is Kind.FILE)


def test_what_an_old_copy_holds_opens_with_no_new_master_key(tmp_path: Path) -> None:
    folder, copy = tmp_path / "keys", tmp_path / "copy"
    all_keys(ring_in(folder))
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("master-*"))  # wrapped keys alone
    ring_in(folder).rotate()
    for master in folder.glob("master-*.key"):
        shutil.copy(master, copy)
    with pytest.raises(WorkspaceError, match=r"The master key .* is missing"):
        ring_in(copy).of_day(DAY)


def test_a_rotation_that_dies_at_any_write_loses_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "keys"
    first = all_keys(ring_in(folder))
    real, died = durable.put, 0
    for steps in range(30):
        left = iter(range(steps))

        def put(path: Path, *parts: bytes, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise KeyboardInterrupt
            real(path, *parts)

        monkeypatch.setattr(keyring, "put", put)
        try:
            ring_in(folder).rotate()
        except KeyboardInterrupt:
            died += 1
        monkeypatch.setattr(keyring, "put", real)
        assert all_keys(ring_in(folder)) == first
    assert 5 <= died < 30  # some died, and with enough steps it ended
    ring_in(folder).rotate()
    assert len(list(folder.glob("master-*.key"))) <= 1 + died
    assert not ring_in(folder).state().rotating


def test_a_change_of_passphrase_that_was_cut_off_opens_with_both_and_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, new = tmp_path / "keys", "another six words drawn by dice"
    first = all_keys(ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE)))
    both = {"ask": WORDS, "choose": new, "other": new}
    real, left = durable.put, iter(range(3))  # the ring with both masters, and two of the four keys

    def put(path: Path, *parts: bytes) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        real(path, *parts)

    monkeypatch.setattr(keyring, "put", put)
    with pytest.raises(KeyboardInterrupt):
        ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE, **both)).rotate()
    monkeypatch.setattr(keyring, "put", real)
    for words in (WORDS, new):
        with pytest.raises(WorkspaceError, match="passphrase is wrong"):
            all_keys(ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE, ask=words)))
    assert all_keys(ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE, **both))) == first
    ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE, **both)).rotate()
    assert all_keys(ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE, ask=new))) == first


def test_a_destroyed_day_stays_destroyed(tmp_path: Path) -> None:
    ring = ring_in(tmp_path / "keys")
    key = ring.of_day(DAY)
    ring.destroy_day(DAY)
    for again in (ring, ring_in(tmp_path / "keys")):
        for make_it in (True, False):
            with pytest.raises(KeyGoneError, match="2026-11-28 was destroyed"):
                again.of_day(DAY, make=make_it)
        assert again.days() == []
        assert again.gone() == [DAY]
    assert not (tmp_path / "keys" / "day-2026-11-28.key").exists()
    ring.destroy_day(DAY)  # a second time changes nothing
    assert ring.of_day(date(2026, 11, 29)) != key


def test_a_destruction_that_was_cut_off_is_one(tmp_path: Path) -> None:
    ring = ring_in(tmp_path / "keys")
    ring.of_day(DAY)
    (tmp_path / "keys" / "day-2026-11-28.gone").touch(mode=0o600)  # the run died before the key was removed
    with pytest.raises(KeyGoneError):
        ring.of_day(DAY)
    ring.tend()
    assert not (tmp_path / "keys" / "day-2026-11-28.key").exists()


def test_a_wiped_file_is_overwritten_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"secret" * 9)
    os.link(path, tmp_path / "seen")  # another name of the same bytes on the disk
    durable.wipe(path)
    assert (tmp_path / "seen").read_bytes() == bytes(54)
    durable.put(path, b"first")
    os.link(path, tmp_path / "before")
    durable.put(path, b"second")
    assert (tmp_path / "before").read_bytes() == bytes(5)
    assert path.read_bytes() == b"second"
    durable.wipe(tmp_path / "none")


def test_a_day_without_a_key_is_made_by_writers_alone(tmp_path: Path) -> None:
    ring = ring_in(tmp_path / "keys")
    with pytest.raises(KeyGoneError, match="is not there"):
        ring.of_day(DAY, make=False)
    assert not (tmp_path / "keys").exists()


def test_a_destroyed_week_gets_another_key(tmp_path: Path) -> None:
    ring = ring_in(tmp_path / "keys")
    before = ring.of_week(MONDAY)
    ring.destroy_week(MONDAY)
    assert ring.weeks() == []
    assert ring.of_week(MONDAY) != before


def test_keys_of_an_earlier_fanal_open_and_are_wrapped_by_the_next_writer(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    folder = tmp_path / "w" / USUAL
    folder.mkdir(mode=0o700)
    for name, content in {"posts": b"p" * 16, "week-2014-W32": b"w" * 16}.items():
        durable.put(folder / f"{name}.key", content)
    as_numbers = int.from_bytes(b"w" * 8, "little")
    with opened(tmp_path / "w", dice=os.urandom, writing=False) as workspace:
        assert workspace.keyring.of_week(MONDAY) == (as_numbers, as_numbers)
        assert workspace.keyring.state().plain == 2
    for _ in range(2):
        with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
            assert workspace.keyring.of_week(MONDAY) == (as_numbers, as_numbers)
            state = workspace.keyring.state()
            assert (state.plain, state.wrapped) == (0, 2)
    assert (folder / "posts.key").read_bytes().count(b"p" * 16) == 0


def test_a_plain_key_of_the_audit_log_is_none(tmp_path: Path) -> None:
    """No Fanal wrote one: whoever puts it there wants to write the log anew."""
    ring = ring_in(tmp_path / "keys")
    ring.of_workspace()
    durable.put(tmp_path / "keys" / "audit.key", b"a" * 16)
    for use in (ring.of_audit, ring.tend):
        with pytest.raises(WorkspaceError, match=r"audit\.key is damaged"):
            use()


def test_a_plain_key_is_refused_once_a_passphrase_guards_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ring = ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE))
    ring.of_workspace()
    durable.put(folder / "week-2014-W32.key", b"a" * 16)
    with pytest.raises(WorkspaceError, match="is not wrapped"):
        ring.of_week(MONDAY)


def test_what_another_run_left_unfinished_is_removed(tmp_path: Path) -> None:
    ring = ring_in(tmp_path / "keys")
    ring.of_workspace()
    (tmp_path / "keys" / "master-00.key.draft").write_bytes(b"half a key")
    ring.tend()
    assert not list((tmp_path / "keys").glob("*.draft"))


def test_processes_that_need_a_key_at_once_get_the_same(tmp_path: Path) -> None:
    found: list[object] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        ring = ring_in(tmp_path / "keys")
        barrier.wait()
        found.append(all_keys(ring))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    (tmp_path / "keys").mkdir(mode=0o700)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(one == found[0] for one in found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a keyring with all keys, its master key in a file."""
    all_keys(ring_in(tmp_path / "keys"))
    return tmp_path / "keys"


def flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a key is cut": (
        lambda f: os.truncate(f / "day-2026-11-28.key", 40),
        "is damaged: 40 bytes instead of 76",
    ),
    "a bit of a key": (lambda f: flipped(f / "day-2026-11-28.key", 50), "is damaged, or it is another key"),
    "the master's number": (lambda f: flipped(f / "day-2026-11-28.key", 10), "does not know"),
    "another day's key": (
        lambda f: shutil.copy(f / "day-2026-11-27.key", f / "day-2026-11-28.key"),
        "is damaged, or it is another key under this name",
    ),
    "others may read a key": (lambda f: (f / "day-2026-11-28.key").chmod(0o640), "Run `chmod 600"),
    "others may read the ring": (lambda f: (f / RING).chmod(0o644), "Run `chmod 600"),
    "others may read the master": (lambda f: next(f.glob("master-*")).chmod(0o604), "Run `chmod 600"),
    "no master": (lambda f: next(f.glob("master-*")).unlink(), r"The master key .* is missing"),
    "a bit of the master": (lambda f: flipped(next(f.glob("master-*")), 0), "is damaged or another one"),
    "the master is cut": (lambda f: os.truncate(next(f.glob("master-*")), 31), "is damaged or another one"),
    "no ring": (lambda f: (f / RING).unlink(), "keyring.json is missing"),
    "a ring that is no JSON": (lambda f: (f / RING).write_text("{"), "keyring.json cannot be read"),
    "a ring of nothing": (lambda f: (f / RING).write_text("[]"), "keyring.json cannot be read"),
    "a ring without masters": (
        lambda f: (f / RING).write_text('{"format": 1, "id": "%s", "masters": []}' % ("00" * 16)),
        "keyring.json cannot be read",
    ),
    "a later ring": (lambda f: (f / RING).write_text('{"format": 2}'), "its format is 2, here 1"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_is_spoiled_is_said_in_one_sentence_and_mended_by_nobody(folder: Path, what: str) -> None:
    spoil, said = SPOILED[what]
    ring_in(folder).of_day(date(2026, 11, 27))
    spoil(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(WorkspaceError, match=said) as refused:
        ring_in(folder).of_day(DAY)
    assert refused.value.hint
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_damaged_key_costs_itself_alone(folder: Path) -> None:
    week = ring_in(folder).of_week(MONDAY)
    flipped(folder / "day-2026-11-28.key", 60)
    assert ring_in(folder).of_week(MONDAY) == week
    with pytest.raises(WorkspaceError, match="is damaged"):
        ring_in(folder).rotate()
    assert ring_in(folder).of_week(MONDAY) == week


def test_a_wrong_passphrase_is_said_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = all_keys(ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE)))
    wrong = ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE, ask="six words drawn by dice alonf"))
    with pytest.raises(WorkspaceError, match="The passphrase is wrong"):
        wrong.of_day(DAY)
    with pytest.raises(WorkspaceError, match="The passphrase is wrong"):
        wrong.rotate()
    assert all_keys(ring_in(folder, keeping=kept_by(folder, Kind.PASSPHRASE))) == first


def test_a_passphrase_is_the_same_however_its_letters_are_put_together() -> None:
    composed = Passphrase(ask=lambda: "\u00e9\u00e8 " * 5, dice=os.urandom)
    apart = Passphrase(ask=lambda: "e\u0301e\u0300 " * 5, dice=os.urandom)
    assert apart.unwrap(composed.wrap(b"k" * 32)) == b"k" * 32


def test_a_passphrase_that_is_too_short_or_a_keyring_that_asks_for_too_much_is_refused() -> None:
    with pytest.raises(WorkspaceError, match="has 5 characters"):
        Passphrase(ask=lambda: "short", dice=os.urandom).wrap(b"k" * 32)
    wrapped = Passphrase(ask=lambda: WORDS, dice=os.urandom).wrap(b"k" * 32)
    for at in (1, 5, 9):  # passes, lanes, memory: the highest byte of each
        greedy = wrapped[:at] + b"\xff" + wrapped[at + 1 :]
        with pytest.raises(WorkspaceError, match="is damaged"):
            Passphrase(ask=lambda: WORDS, dice=os.urandom).unwrap(greedy)


@pytest.mark.parametrize(
    ("wrap", "said"),
    [
        ([], "keys.kms_wrap is empty"),
        (["cat"], "gave the key back unchanged"),
        (["no-such-program-here"], "cannot be run: No such file"),
        (["sh", "-c", "echo 'no\x1b[2J card.' >&2; exit 3"], r"ended with 3 and 0 bytes: no\[2J card\."),
        (["true"], "ended with 0 and 0 bytes"),
    ],
)
def test_a_program_that_does_not_wrap_is_told(tmp_path: Path, wrap: list[str], said: str) -> None:
    keeping = Keeping(
        folder=tmp_path / "keys",
        kind=Kind.COMMAND,
        ways={Kind.COMMAND: lambda: Program(wrap=wrap, unwrap=["cat"])},
    )
    with pytest.raises(WorkspaceError, match=said) as refused:
        ring_in(tmp_path / "keys", keeping=keeping).of_workspace()
    assert refused.value.sentence.isprintable()
    assert not list((tmp_path / "keys").glob("*.key"))


def test_a_program_that_does_not_give_the_key_back_is_not_trusted(tmp_path: Path) -> None:
    keeping = Keeping(
        folder=tmp_path / "keys",
        kind=Kind.COMMAND,
        ways={Kind.COMMAND: lambda: Program(wrap=["sha256sum"], unwrap=["cat"])},
    )
    with pytest.raises(WorkspaceError, match="did not give it back"):
        ring_in(tmp_path / "keys", keeping=keeping).of_workspace()
    assert not list((tmp_path / "keys").glob("*.key"))


def test_gpg_can_keep_the_master_key(tmp_path: Path) -> None:
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    home, words = tmp_path / "gnupg", tmp_path / "words"
    home.mkdir(mode=0o700)
    words.write_text("a passphrase of gpg")
    gpg = [
        *("gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback"),
        *("--passphrase-file", str(words)),
    ]
    keeping = Keeping(
        folder=tmp_path / "keys",
        kind=Kind.COMMAND,
        ways={Kind.COMMAND: lambda: Program(wrap=[*gpg, "--symmetric"], unwrap=[*gpg, "--decrypt"])},
    )
    first = all_keys(ring_in(tmp_path / "keys", keeping=keeping))
    assert all_keys(ring_in(tmp_path / "keys", keeping=keeping)) == first
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)


def test_tar_leaves_the_keys_out_of_a_copy(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        workspace.keyring.of_day(DAY)
    subprocess.run(
        ["tar", "--exclude-caches", "-cf", tmp_path / "copy.tar", "-C", tmp_path, "w"],
        check=True,
        capture_output=True,
    )
    listed = subprocess.run(["tar", "-tf", tmp_path / "copy.tar"], check=True, capture_output=True, text=True)
    assert [line for line in listed.stdout.splitlines() if "/keys/" in line] == [
        "w/keys/",
        f"w/keys/{TAG}",
    ]
    assert "w/desk.sqlite" in listed.stdout


def at(folder: Path, workspace: Path, *, writing: bool = True):
    keeping = Keeping(folder=folder, kind=Kind.FILE, ways={Kind.FILE: lambda: MasterFile(folder)})
    return opened(workspace, dice=os.urandom, writing=writing, keeping=keeping)


def test_keys_that_lie_elsewhere_are_asked_for_and_not_made_anew(tmp_path: Path) -> None:
    for name in ("w", "other"):
        make(tmp_path / name, settings_file.template())
        with at(tmp_path / f"keys of {name}", tmp_path / name) as workspace:
            workspace.keyring.of_workspace()
        assert not (tmp_path / name / USUAL).exists()
    with at(tmp_path / "keys of w", tmp_path / "w", writing=False) as workspace:
        first = workspace.keyring.of_workspace()
    for wrong, said in {
        tmp_path / "other place": "The keys of this workspace are not in",
        tmp_path / "keys of other": "belong to another workspace",
        tmp_path / "w" / USUAL: "The keys of this workspace are not in",
    }.items():
        with (
            pytest.raises(WorkspaceError, match=said),
            at(wrong, tmp_path / "w", writing=False) as workspace,
        ):
            workspace.keyring.of_workspace()
    assert not (tmp_path / "other place").exists()
    with at(tmp_path / "keys of w", tmp_path / "w", writing=False) as workspace:
        assert workspace.keyring.of_workspace() == first
    assert (tmp_path / "w" / MARKER).read_text().strip() in (tmp_path / "keys of w" / RING).read_text()


def test_two_workspaces_do_not_share_a_folder_of_keys(tmp_path: Path) -> None:
    for name in ("w", "other"):
        make(tmp_path / name, settings_file.template())
    with at(tmp_path / "keys", tmp_path / "w") as workspace:
        workspace.keyring.of_workspace()
    with (
        pytest.raises(WorkspaceError, match="belong to another workspace"),
        at(tmp_path / "keys", tmp_path / "other"),
    ):
        pass


def test_plain_keys_left_in_the_workspace_are_not_forgotten_for_a_new_folder(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    (tmp_path / "w" / USUAL).mkdir(mode=0o700)
    durable.put(tmp_path / "w" / USUAL / "posts.key", b"p" * 16)
    with (
        pytest.raises(WorkspaceError, match="Move them"),
        at(tmp_path / "elsewhere", tmp_path / "w") as workspace,
    ):
        workspace.keyring.of_workspace()


def test_a_master_key_is_not_written_where_its_disk_is_not_mounted(tmp_path: Path) -> None:
    keeping = Keeping(
        folder=tmp_path / "keys",
        kind=Kind.FILE,
        ways={Kind.FILE: lambda: MasterFile(tmp_path / "media" / "stick")},
    )
    with pytest.raises(WorkspaceError, match="Mount the disk"):
        ring_in(tmp_path / "keys", keeping=keeping).of_workspace()
    (tmp_path / "media").mkdir()
    key = ring_in(tmp_path / "keys", keeping=keeping).of_workspace()
    assert ring_in(tmp_path / "keys", keeping=keeping).of_workspace() == key
    (tmp_path / "media").rename(tmp_path / "taken away")
    with pytest.raises(WorkspaceError, match=r"The master key .* is missing"):
        ring_in(tmp_path / "keys", keeping=keeping).of_workspace()


def test_a_disk_that_is_not_mounted_is_said(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    with (
        pytest.raises(WorkspaceError, match=r"cannot be made: .* is not there"),
        at(tmp_path / "media" / "keys", tmp_path / "w") as workspace,
    ):
        workspace.keyring.of_workspace()
