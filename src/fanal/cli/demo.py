"""`fanal demo`: replay Iraq 2014-2015 over real layers and show the page."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Annotated

import pyarrow.compute as pc
import typer

from fanal import access, pipeline, settings_file
from fanal.cli import demo_posts
from fanal.cli.clock import now
from fanal.cli.console import answer, bar, say
from fanal.cli.dice import generator, secret
from fanal.cli.serve import show
from fanal.evaluate import lead
from fanal.facts import iraq
from fanal.model.circle import Circle
from fanal.settings import Settings
from fanal.store.workspace import make, opened
from fanal.web import bundle
from fanal.web.page import Lead, Simulated, compose

FIRST_WEEK = date(2014, 1, 6)
FALL_OF_SINJAR = date(2014, 8, 3)
"""The day on which the attack on Sinjar began (UN Human Rights Council, A/HRC/32/CRP.2, 15 June 2016, par. 23)."""

NINEWA = "pcode:IQG15"
SINJAR = "pcode:IQG15Q07"


def demo(
    serve: Annotated[bool, typer.Option(help="Serve the page on this machine.")] = True,
    out: Annotated[Path | None, typer.Option(help="Write the page to this folder.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the workspace in this folder.")] = None,
    with_posts: Annotated[
        bool,
        typer.Option(
            "--with-posts", help="Add a stream of simulated posts; the page marks what comes of it."
        ),
    ] = False,
    posts: Annotated[int, typer.Option(min=1, help="Simulated posts, with --with-posts.")] = demo_posts.POSTS,
) -> None:
    """Replay Iraq 2014-2015 week by week over real layers, each week as it could be known then.

    The last line of the output is one JSON object. Lead times come from dated layers alone; they may be
    nothing or negative and are printed as they are.

    Example: [cyan]fanal demo --no-serve --out page[/cyan]
    """
    started = perf_counter()
    chosen = Settings()
    with _workspace(keep) as folder, _out(out) as page_folder:
        make(folder, settings_file.template(places={"home": ("IQ",)}))
        with opened(folder, dice=secret, writing=True) as workspace:
            # 1. The real layers of Iraq that ship with Fanal.
            for layer in iraq.layers():
                workspace.layers.add(layer)
            areas = pipeline.areas_of(workspace, None)

            # 2. Week by week, what could be known then.
            with bar("Replaying Iraq, January 2014 to December 2015", None) as progress:
                findings = pipeline.from_layers(
                    workspace, chosen, areas=areas, first=FIRST_WEEK, dice=generator, progress=progress.of
                )

            # 3. Simulated posts, if asked for: they come after the replay, so that no lead time knows them.
            simulated = demo_posts.add(workspace, chosen, areas=areas, posts=posts) if with_posts else {}

            # 4. Through the gate, and onto the page.
            today = now()
            pipeline.release_findings(workspace, chosen, findings, areas=areas, now=today, dice=generator)
            alert = chosen.risk.alert_recurrence_weeks
            ninewa = areas.filter(pc.field("parent") == NINEWA)["area"].to_pylist()
            leads = {
                name: lead.measure(
                    lead.alarms(findings.hotspots, areas=covered, min_recurrence_weeks=alert), FALL_OF_SINJAR
                )
                for name, covered in (("ninewa", ninewa), ("sinjar", [SINJAR]))
            }
            told, days_before = leads["sinjar"].told, leads["sinjar"].days
            if told and not leads["sinjar"].since:
                days_before = (FALL_OF_SINJAR - told).days  # negative: the alert came after the attack
            held = access.narrowing(workspace, chosen, areas=areas, now=today, dice=generator)
            page = compose(
                access.readable(workspace, Circle.PUBLIC, today, narrowing=held),
                areas=areas,
                title="Iraq 2014-2015",
                lead=Lead(
                    first_ninewa_alert=leads["ninewa"].told,
                    first_sinjar_alert=told,
                    days_before_sinjar=days_before,
                    event_delay_days=chosen.risk.event_delay_days,
                    displacement_delay_days=chosen.risk.displacement_delay_days,
                    alert_recurrence_weeks=alert,
                ),
                made_at=today,
                require=access.requirement(workspace, Circle.PUBLIC, today, narrowing=held),
                simulated=Simulated.POSTS if with_posts else Simulated.NOTHING,
            )
            bundle.write(page, page_folder)
        facts = {
            "districts": int(pc.sum(pc.equal(areas["level"], 2)).as_py()),
            "weeks": len({*findings.index["week"].to_pylist()}),
            "hotspots": len(findings.hotspots),
            "alerts": int(
                pc.sum(pc.greater_equal(findings.hotspots["recurrence_weeks"], alert)).as_py() or 0
            ),
            "first_ninewa_alert": leads["ninewa"].told,
            "first_sinjar_alert": told,
            "days_before_sinjar": days_before,
            "lead_source": "layers",
            **simulated,
            "page": str(out / "index.html") if out else None,
            "seconds": round(perf_counter() - started, 1),
        }
        if serve:
            answer(facts)
            show(page_folder, chosen.page.host, chosen.page.port)
        else:
            if out is None:
                say("Nothing was kept: give --out DIR to write the page.")
            answer(facts)


@contextmanager
def _workspace(keep: Path | None) -> Iterator[Path]:
    """Give the folder of the demo's workspace: the one to keep, or one that goes away."""
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="fanal-demo-") as folder:
        yield Path(folder) / "workspace"


@contextmanager
def _out(out: Path | None) -> Iterator[Path]:
    """Give the folder of the page: the one asked for, or one that goes away."""
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="fanal-page-") as folder:
        yield Path(folder) / "page"
