"""`fanal ledger`: list what was released and which weeks' privacy budgets are spent."""

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.person import Deed
from fanal.model.release import Basis
from fanal.privacy.gate import opens


def ledger(context: typer.Context, json: Json = False) -> None:
    """List every Release and the budget (epsilon) that was spent of each week; for auditors, each look logged.

    A ledger whose rows do not fit together is refused: somebody changed it outside Fanal.

    Example: [cyan]fanal -w w ledger --json[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        person = acting(workspace, *MAY["ledger"])
        workspace.audit.note(Deed.LEDGER_READ, who=person, at=now(), about="ledger")
        spent = workspace.ledger.spent()
        releases = workspace.ledger.all()
    if json:
        answer(
            {
                "weeks": [{"week": week.isoformat(), "epsilon": epsilon} for week, epsilon in spent.items()],
                "epsilon": sum(spent.values()),
                "releases": [
                    {
                        "id": one.ledger_id,
                        "digest": one.digest(),
                        "kind": one.kind.value,
                        "basis": one.basis.value,
                        "circle": one.circle.value,
                        "made_at": one.made_at.isoformat(),
                        "readable_from": opens(one).isoformat(),
                        "rows": len(one.table),
                    }
                    for one in releases
                ],
            }
        )
        return
    for one in releases:
        say(
            f"{one.ledger_id}  {one.kind.value} from {one.basis.value}, for {one.circle.value}, "
            f"readable from {opens(one):%Y-%m-%d}: {len(one.table):,} rows"
        )
    for week, epsilon in spent.items():
        say(f"week of {week}  epsilon {epsilon:g} spent")
    paid = sum(one.basis is Basis.POSTS for one in releases)
    say(
        f"{len(releases):,} Releases, {paid:,} of them from posts; weeks whose budget is spent: {len(spent):,}. "
        "A week has one budget, and it is never spent twice."
    )
