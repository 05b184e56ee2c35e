"""Asking a vault sees a look-up that takes longer for what is there, and a refusal that says so."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from fanal import access
from fanal.evaluate.attacks import vault
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.model.error import RefusedError, WorkspaceError
from fanal.store.workspace import Workspace


class Work:
    """Be a clock that moves when work is done, with a little weather on top."""

    def __init__(self) -> None:
        self.done = 0.0
        self._weather = (0.001 * (n * 7919 % 101) for n in count())

    def __call__(self) -> float:
        """Return the time."""
        return self.done + next(self._weather)


def test_a_vault_that_is_opened_before_the_refusal_is_seen(target: Callable[..., Target], found) -> None:
    work = Work()

    def careless(workspace: Workspace, post: int, **given: object) -> object:
        try:
            workspace.vault.read(post)
            work.done += 1.0  # what was found is opened
        except WorkspaceError:
            pass
        return access.read_text(workspace, post, **given)  # type: ignore[arg-type]

    told = found(vault.attack, replace(target(read_text=careless), clock=work), 6_000)
    assert told["vault_asking"].ended is Ending.BROKEN


def test_a_refusal_in_other_words_is_seen(target: Callable[..., Target], found) -> None:
    def talkative(workspace: Workspace, post: int, **given: object) -> object:
        try:
            workspace.vault.read(post)
        except WorkspaceError as error:
            raise RefusedError(str(error)) from error
        return access.read_text(workspace, post, **given)  # type: ignore[arg-type]

    told = found(vault.attack, target(read_text=talkative), 2_000)
    assert told["vault_asking"].ended is Ending.BROKEN
    assert any("2 different answers" in fault for fault in told["vault_asking"].faults)


def test_refusals_as_they_are_tell_nothing(target: Callable[..., Target], found) -> None:
    told = found(vault.attack, target(), 2_000)
    assert told["vault_asking"].ended is Ending.HELD
    assert told["vault_asking"].more["refusals"] == 1
