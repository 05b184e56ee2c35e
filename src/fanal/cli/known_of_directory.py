"""What the help page knows of a workspace: its services and hotspots of the day, its blocks of the minute."""

from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo

from fanal import access, directories, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.console import note
from fanal.cli.dice import generator
from fanal.cli.session import Session
from fanal.model.error import UserError
from fanal.settings import Settings
from fanal.store.workspace import Workspace
from fanal.web.help.known import Known

EVERY = timedelta(minutes=1)
"""A block that staff add or end holds on the page after so long at most."""


class KnownOfDirectory:
    """Read a workspace now and then, and say what is known; the same `Known` as long as nothing has changed.

    Blocks are one small table of the desk: they are looked at once a minute. Services, areas and Releases are read on
    the first look of a day. Where the workspace cannot be read, nobody knows what staff have blocked since: from then
    on only what is reached from afar is told, until it can be read again.
    """

    def __init__(self, here: Session, zone: tzinfo) -> None:
        self._here = here
        self._zone = zone
        self._known: Known | None = None
        self._day = date.min
        self._looked = datetime.min.replace(tzinfo=zone)

    def __call__(self, moment: datetime) -> Known:
        """Return what is known at a moment.

        Raises:
            UserError: the workspace cannot be read, and never could.
        """
        known = self._known
        if known is not None and abs(moment - self._looked) < EVERY:
            return known
        self._looked = moment
        try:
            with self._here.open(writing=False) as (workspace, settings):
                known = self._read(workspace, settings, moment)
        except UserError as error:
            if known is None:
                raise
            if not known.afar:
                note(f"{error} Until it can be read, the page tells only what is reached from afar.")
                known = replace(known, afar=True)
        self._known = known
        return known

    def _read(self, workspace: Workspace, settings: Settings, moment: datetime) -> Known:
        """Read all of a new day, else the blocks."""
        today, known = moment.astimezone(self._zone).date(), self._known
        if known is None or known.afar or today != self._day:
            areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
            doors = directories.doors(workspace, areas, today)
            nowhere = access.no_go(workspace, settings, areas, moment, today=today, dice=generator)
            self._day = today
            return Known(doors=doors, danger=nowhere)
        nowhere = access.blocks_in(workspace, known.danger, today=today)
        return known if nowhere == known.danger else replace(known, danger=nowhere)
