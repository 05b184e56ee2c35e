"""`fanal sensitive`: list what the sensitive list holds back, and change the workspace's own list by two persons."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import pyarrow as pa
import typer

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.error import RefusedError, UserError
from fanal.model.group import Group
from fanal.model.person import Person
from fanal.model.sensitive import RuleStep, SensitiveRule, Step, Treatment
from fanal.privacy import agreement
from fanal.privacy.agreement import Proposal, Standing
from fanal.privacy.sensitive import load
from fanal.review.alerts import signed
from fanal.store.workspace import Workspace

sensitive = typer.Typer(
    name="sensitive",
    help="List what the sensitive list holds back, and change the workspace's own by two persons.",
    rich_markup_mode="rich",
)

LOOK = "sensitive"
"""The command that changes nothing."""

NEAREST = 3
"""Areas that are named to whoever wrote a code that there is not."""

WRITTEN_BEFORE = (
    "Pages, open data, feeds and briefs that were written before stay as they are: write them again, and start "
    "`fanal serve` again."
)

Number = Annotated[int, typer.Argument(help="Number of the rule in `fanal sensitive`.")]
Area = Annotated[str | None, typer.Option(help="Code of an area, with all areas inside it.")]
OfGroup = Annotated[Group | None, typer.Option("--group", help="A group, in all areas.")]
Days = Annotated[int | None, typer.Option(min=1, help="For later: days after the end of a week.")]
Reason = Annotated[str, typer.Option(help="Why; it stays in the desk.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """Hold the list with who changes it."""

    workspace: Workspace
    areas: pa.Table
    who: Person
    proposals: dict[int, Proposal]
    codes: frozenset[str]  # of the areas that a layer knows
    steps: int
    now: datetime

    def add(self, step: Step, **what: Any) -> RuleStep:
        """Add a step of this person, if the two-person rule lets it be."""
        made = RuleStep(id=self.steps + 1, at=self.now, who=self.who.name, step=step, **what)
        here = {person.name for person in self.workspace.people.all()}
        agreement.check(made, self.proposals, here=here)
        self.workspace.sensitive.add(made, self.who)
        return made


@contextmanager
def _opened(context: typer.Context, command: str) -> Iterator[_List]:
    """Open the workspace with its list; to change it, people have to be named.

    The workspace is not held: a hold must not wait for a read that takes the night. A step is one transaction of the
    desk, and of two that come at once the second is refused.
    """
    with session(context).open(writing=False) as (workspace, settings):
        who = acting(workspace, *MAY[command])
        if command != LOOK and not workspace.people.count():
            raise RefusedError(
                "The sensitive list is changed by two persons, and nobody is named in this workspace.",
                hint="Name them first: `fanal people add`. Until then let nothing leave that should be held back.",
            )
        steps = workspace.sensitive.steps()
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        yield _List(
            workspace=workspace,
            areas=areas,
            codes=frozenset(areas["area"].to_pylist()),
            who=who,
            proposals=agreement.replay(steps),
            steps=len(steps),
            now=now(),
        )


@sensitive.callback(invoke_without_command=True)
def list_all(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="What is over, too.")] = False,
    json: Json = False,
) -> None:
    """List what is in force and what waits for a second person: the list that ships, and the workspace's own.

    Example: [cyan]fanal -w w sensitive[/cyan]

    Then: [cyan]fanal -w w sensitive propose --area pcode:IQG15Q02 --rule never --reason "a shelter"[/cyan]
    """
    if context.invoked_subcommand is not None:
        return
    with _opened(context, LOOK) as found:
        rows = [_facts(one, found) for one in found.proposals.values()]
    ships = [{"number": None, "standing": Standing.IN_FORCE.value, **_told(rule)} for rule in load()]
    binding = [one.value for one in agreement.BINDING]
    in_force = [row for row in rows if row["standing"] in binding and row["step"] != Step.END]
    waiting = [row for row in rows if row["standing"] in (Standing.WAITS, Standing.HELD)]
    over = [row for row in rows if row not in in_force and row not in waiting]
    if json:
        answer(
            {"in_force": [*ships, *in_force], "waiting": waiting, **({"over": over} if everything else {})}
        )
        return
    say("In force, ships with Fanal:")
    for row in ships:
        say(f"     {_line(row)}")
    say("In force, this workspace's own:" if in_force else "This workspace has no rule of its own in force.")
    for row in in_force:
        say(f"{row['number']:>3}  {_line(row)}")
    if waiting:
        say("Wait for a second person: fanal sensitive agree NUMBER")
    for row in waiting:
        say(f"{row['number']:>3}  {_line(row)}; until {row['closes']:%Y-%m-%d %H:%M} UTC")
    for row in over if everything else []:
        say(f"{row['number']:>3}  {_line(row)}; {row['standing'].replace('_', ' ')}")


@sensitive.command()
def propose(
    context: typer.Context,
    rule: Annotated[Treatment, typer.Option(help="What happens to it.")],
    reason: Reason,
    area: Area = None,
    group: OfGroup = None,
    days: Days = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day in force, UTC. Default: it stays.")
    ] = None,
    json: Json = False,
) -> None:
    """Propose a rule. It is in force once another person agrees.

    Example: [cyan]fanal -w w sensitive propose --area pcode:IQG15Q02 --rule never --reason "a shelter"[/cyan]

    Or: [cyan]fanal -w w sensitive propose --area pcode:IQG15 --rule later --days 90 --reason "front line"[/cyan]
    """
    last = expires.date() if expires else None
    with _opened(context, "sensitive propose") as found:
        made = found.add(Step.PROPOSE, rule=_rule(found, rule, reason, area, group, days, last))
    _done(made, json, f"Number {made.id} waits for another person: fanal sensitive agree {made.id}")


@sensitive.command()
def hold(
    context: typer.Context,
    rule: Annotated[Treatment, typer.Option(help="never or later.")],
    reason: Reason,
    area: Area = None,
    group: OfGroup = None,
    days: Days = None,
    json: Json = False,
) -> None:
    """Hold something back at once, alone, for seven days at most: a rule stays if another person agrees by then.

    For an emergency. The same person cannot hold the same area or group again for four weeks.

    Example: [cyan]fanal -w w sensitive hold --area pcode:IQG15Q02 --rule never --reason "people hide there"[/cyan]
    """
    with _opened(context, "sensitive hold") as found:
        made = found.add(Step.HOLD, rule=_rule(found, rule, reason, area, group, days, None))
    until = Proposal(made=made).closes
    _done(
        made,
        json,
        f"Number {made.id} is in force until {until:%Y-%m-%d %H:%M} UTC. It stays if another person agrees: "
        f"fanal sensitive agree {made.id}. {WRITTEN_BEFORE}",
    )


@sensitive.command()
def end(context: typer.Context, number: Number, reason: Reason, json: Json = False) -> None:
    """Propose that a rule of this workspace ends. It ends once another person agrees.

    Example: [cyan]fanal -w w sensitive end 3 --reason "the shelter moved"[/cyan]
    """
    with _opened(context, "sensitive end") as found:
        made = found.add(Step.END, of=number, reason=signed(reason, "--reason"))
    _done(made, json, f"The end of number {number} waits for another person: fanal sensitive agree {made.id}")


@sensitive.command()
def agree(context: typer.Context, number: Number, json: Json = False) -> None:
    """Agree to what another person proposed or held: a rule is in force from now on, or ends now.

    Example: [cyan]fanal -w w sensitive agree 3[/cyan]
    """
    with _opened(context, "sensitive agree") as found:
        made = found.add(Step.AGREE, of=number)
        ended = found.proposals[number].made.of
    told = f"Number {ended} ended." if ended else f"Number {number} is in force."
    _done(made, json, f"{told} {WRITTEN_BEFORE}")


@sensitive.command()
def withdraw(context: typer.Context, number: Number, json: Json = False) -> None:
    """Take back what you proposed or held, as long as nobody agreed.

    Example: [cyan]fanal -w w sensitive withdraw 3[/cyan]
    """
    with _opened(context, "sensitive withdraw") as found:
        made = found.add(Step.WITHDRAW, of=number)
    _done(made, json, f"Number {number} is withdrawn.")


def _rule(
    found: _List,
    rule: Treatment,
    reason: str,
    area: str | None,
    group: Group | None,
    days: int | None,
    expires: date | None,
) -> SensitiveRule:
    """Return a rule for an area that is known, or for a group."""
    if area is not None:
        _check_area(area, found.areas)
    return SensitiveRule(
        area=area,
        group=group.value if group else None,
        rule=rule,
        days=days,
        reason=signed(reason, "--reason"),
        expires=expires,
    )


def _check_area(code: str, areas: pa.Table) -> None:
    """Refuse a code that no layer of areas knows: it would hold nothing back."""
    names = dict(zip(areas["area"].to_pylist(), areas["name"].to_pylist(), strict=True))
    if code in names:
        return
    words = {key.casefold(): known for known in names for key in (known, names[known] or known)}
    near = difflib.get_close_matches(code.casefold(), words, n=NEAREST, cutoff=0.5)
    found = [f"{known} ({names[known]})" for known in dict.fromkeys(words[word] for word in near)]
    raise UserError(
        f"No area has the code {code}.",
        hint=f"Is it {' or '.join(found)}?" if found else "Write it with its scheme: pcode:IQG15.",
    )


def _facts(one: Proposal, found: _List) -> dict[str, Any]:
    """Return a rule, or the end of one, as `--json` prints it."""
    made = one.made
    rule = made.rule or found.proposals[made.of or 0].made.rule
    answered = one.answer
    return {
        "number": made.id,
        "standing": one.standing(found.now).value,
        "step": made.step.value,
        "of": made.of,
        **(_told(rule) if rule else {}),
        **({"reason": made.reason} if made.step is Step.END else {}),
        "known": rule is None or rule.area is None or rule.area in found.codes,
        "proposed_by": made.who,
        "proposed_at": made.at,
        "answered_by": answered.who if answered else None,
        "answered_at": answered.at if answered else None,
        "closes": one.closes,
    }


def _told(rule: SensitiveRule) -> dict[str, Any]:
    """Return what a rule says."""
    return {
        "area": rule.area,
        "group": rule.group,
        "rule": rule.rule.value,
        "days": rule.days,
        "reason": rule.reason,
        "expires": rule.expires,
    }


def _line(row: dict[str, Any]) -> str:
    """Return a rule as one line."""
    what = f"{row['rule']} {row['area'] or 'group ' + str(row['group'])}"
    what += f", {row['days']} days" if row["days"] else ""
    what += f", to the end of {row['expires']} UTC" if row["expires"] else ""
    if row.get("step") == Step.END:
        what = f"end of number {row['of']} ({what})"
    what += "" if row.get("known", True) else ", which no layer of areas knows: nothing leaves"
    by = [
        *([f"{row['step']} by {row['proposed_by']}"] if row.get("proposed_by") else []),
        *([f"answered by {row['answered_by']}"] if row.get("answered_by") else []),
    ]
    return f"{what}: {row['reason']}{' (' + ', '.join(by) + ')' if by else ''}"


def _done(made: RuleStep, json: bool, sentence: str) -> None:
    """Say what came of a step."""
    if json:
        answer({"number": made.id, "step": made.step.value, "of": made.of, "by": made.who, "at": made.at})
        return
    say(sentence)
