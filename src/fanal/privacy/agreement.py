"""Agreement: a workspace's own list is changed by two persons; one alone can hold something back for a few days."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from fanal.model.error import RefusedError, UserError
from fanal.model.sensitive import RuleStep, SensitiveRule, Step, Treatment

HOLD_DAYS = 7
"""So long holds what one person alone holds back: a week-end and the days to find a second person."""

AGAIN_DAYS = 28
"""So long after a hold the same person cannot hold the same area or group again: a list that one person renews is
changed by one person."""

WAITING_DAYS = 28
"""So long waits what was proposed; after that nobody can agree to it any more."""

_HOLDING = (Treatment.NEVER, Treatment.LATER)


class Standing(StrEnum):
    """Name how a rule of the workspace's own list stands.

    >>> Standing("held").value
    'held'
    """

    WAITS = "waits"  # proposed; nobody agreed yet
    HELD = "held"  # in force by one person, for HOLD_DAYS at most
    IN_FORCE = "in_force"  # two persons agreed
    LAPSED = "lapsed"  # nobody agreed in time
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # its last day is over
    ENDED = "ended"  # two persons agreed that it ends; their agreement to that too


BINDING = (Standing.HELD, Standing.IN_FORCE)
"""What is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Hold a rule that somebody proposed or held, or the end of one, with all that became of it."""

    made: RuleStep  # PROPOSE, HOLD or END
    answer: RuleStep | None = None  # AGREE or WITHDRAW
    ended: RuleStep | None = None  # the AGREE by which a rule ended

    @property
    def closes(self) -> datetime:
        """Return the moment from which nobody can agree to it any more, and a hold is over."""
        return self.made.at + timedelta(days=HOLD_DAYS if self.made.step is Step.HOLD else WAITING_DAYS)

    def standing(self, now: datetime) -> Standing:
        """Say how it stands at a moment."""
        if self.answer is not None and self.answer.step is Step.WITHDRAW:
            return Standing.WITHDRAWN
        if self.ended is not None:
            return Standing.ENDED
        rule = self.made.rule
        if rule is not None and rule.expires is not None and now.date() > rule.expires:
            return Standing.EXPIRED
        if self.answer is not None:
            return Standing.ENDED if self.made.step is Step.END else Standing.IN_FORCE
        if now >= self.closes:
            return Standing.LAPSED
        return Standing.HELD if self.made.step is Step.HOLD else Standing.WAITS


def replay(steps: Iterable[RuleStep]) -> dict[int, Proposal]:
    """Return what the steps of a list come to, by the number of the step that made it.

    Each step is asked for as if it were made now, so that a row that the two-person rule forbids is refused wherever
    it comes from.

    Raises:
        RefusedError: a step that may not follow those before it.
    """
    found: dict[int, Proposal] = {}
    for step in steps:
        if step.of is not None and step.of not in found:
            raise RefusedError(f"Step {step.id} of the sensitive list answers a step that there is not.")
        check(step, found)
        if step.step in (Step.PROPOSE, Step.HOLD, Step.END):
            found[step.id] = Proposal(made=step)
            continue
        answered = found[step.of or 0]
        found[answered.made.id] = replace(answered, answer=step)
        if step.step is Step.AGREE and answered.made.step is Step.END:
            target = answered.made.of or 0
            found[target] = replace(found[target], ended=step)
    return found


def check(step: RuleStep, before: Mapping[int, Proposal], *, here: Collection[str] | None = None) -> None:
    """Refuse a step that may not follow those before it.

    Args:
        step: the step.
        before: what the steps before it come to.
        here: names of those who work in the workspace now; None: it was made long ago, and who works here has changed.

    Raises:
        RefusedError: says why.
        UserError: there is no step of that number.
    """
    if step.step in (Step.PROPOSE, Step.HOLD):
        _check_rule(step, before)
        return
    answered = before.get(step.of or 0)
    if answered is None or step.rule is not None:
        raise UserError(f"The sensitive list has no number {step.of}.", hint="`fanal sensitive` lists them.")
    if step.step is Step.END:
        _check_end(step, answered)
        return
    standing = answered.standing(step.at)
    if answered.answer is not None or standing not in (Standing.WAITS, Standing.HELD):
        raise RefusedError(f"Number {step.of} waits for nobody: it is {standing.replace('_', ' ')}.")
    if step.step is Step.AGREE:
        _check_agree(step, answered, before, here)
    elif step.who != answered.made.who:
        raise RefusedError(
            f"Number {step.of} can be withdrawn by {answered.made.who} alone, who made it.",
            hint="Whoever does not agree does nothing: it lapses by itself.",
        )


def _check_rule(step: RuleStep, before: Mapping[int, Proposal]) -> None:
    """Refuse a proposal or a hold of a rule that could not be in force."""
    if step.rule is None or step.of is not None:
        raise RefusedError(f"Step {step.id} of the sensitive list proposes no rule.")
    if step.rule.expires is not None and step.at.date() > step.rule.expires:
        raise RefusedError(f"The rule for {step.rule.name} would be over on {step.rule.expires} already.")
    if step.step is Step.HOLD:
        _check_hold(step, step.rule, before)


def _check_end(step: RuleStep, answered: Proposal) -> None:
    """Refuse to end what two persons did not put in force."""
    if answered.made.step is Step.END or answered.standing(step.at) is not Standing.IN_FORCE:
        raise RefusedError(
            f"Number {step.of} is no rule that two persons put in force: there is nothing to end.",
            hint="A hold and a proposal are withdrawn by who made them.",
        )
    if not step.reason.strip():
        raise RefusedError(f"To end the rule {step.of} needs a reason.")


def _check_agree(
    step: RuleStep, answered: Proposal, before: Mapping[int, Proposal], here: Collection[str] | None
) -> None:
    """Refuse the agreement of the same person, with somebody who left, or to what is over."""
    made = answered.made
    if step.who == made.who:
        raise RefusedError(
            f"{step.who} made number {step.of}: another person has to agree.",
            hint="The list is changed by two persons.",
        )
    if here is not None and made.who not in here:
        raise RefusedError(
            f"{made.who}, who made number {step.of}, does not work here any more.",
            hint="Propose it again: two persons who are here stand behind each change.",
        )
    if made.step is Step.END and before[made.of or 0].standing(step.at) is not Standing.IN_FORCE:
        raise RefusedError(f"The rule {made.of} is not in force any more.")


def _check_hold(step: RuleStep, rule: SensitiveRule, before: Mapping[int, Proposal]) -> None:
    """Refuse a hold that one person may not make alone."""
    if rule.rule not in _HOLDING:
        raise RefusedError(
            f"A hold says {' or '.join(_HOLDING)}, not {rule.rule}.", hint="Propose the rule instead."
        )
    for one in before.values():
        earlier = one.made
        again = (
            earlier.step is Step.HOLD
            and earlier.rule is not None
            and earlier.who == step.who
            and (earlier.rule.area, earlier.rule.group) == (rule.area, rule.group)
            and step.at < earlier.at + timedelta(days=AGAIN_DAYS)
        )
        if again and (one.answer is None or one.answer.step is Step.WITHDRAW):
            raise RefusedError(
                f"{step.who} held {rule.name} back on {earlier.at:%Y-%m-%d} already, and nobody agreed.",
                hint="Another person can agree to the first hold, propose the rule, or hold it back.",
            )


def in_force(proposals: Iterable[Proposal], now: datetime) -> tuple[SensitiveRule, ...]:
    """Return the rules of a list that are in force at a moment."""
    return tuple(
        one.made.rule for one in proposals if one.made.rule is not None and one.standing(now) in BINDING
    )
