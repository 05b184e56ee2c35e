"""The Site: what one help page is made of, checked before it is served."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from fanal.model.error import UserError
from fanal.model.service import Service
from fanal.web.help.found import helplines
from fanal.web.help.known import Known, KnownAt
from fanal.web.help.shown import Place, Shown, by_phone, shown
from fanal.web.help.tongue import TONGUES

MOST_PLACES = 300  # lines of the list of places: more do not fit in 14 KB, nor on a small screen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """Hold a help page: its words, its places, and what entries are found in."""

    path: str = "/help"  # where it answers; a neutral word leaves a neutral trace
    exit: str = "/"  # where the exit leads: an https address, or / for this app's own page of the month
    language: str = "en"  # where the browser names none that the page has
    places: tuple[Place, ...]
    known: KnownAt
    zone: tzinfo | None = None  # of hours that say none; None: not known, so nobody is asked for what is open
    emergency: tuple[Service, ...] = ()  # whom to call at once; shown as long as their check counts

    @property
    def clock(self) -> tzinfo:
        """Return the zone of the page's days."""
        return self.zone or UTC

    def day(self, moment: datetime) -> date:
        """Return the day that it is there."""
        return moment.astimezone(self.clock).date()

    def check(self, moment: datetime) -> None:
        """Refuse a page that would leave somebody without a number to call.

        Raises:
            UserError: a wrong path, exit, language or place; no helpline whose check counts at this moment.
        """
        if not self.path.startswith("/") or not self.path[1:].isalnum() or not self.path.isascii():
            raise UserError(f"{self.path} is no path of one word.", hint="Write it as /help.")
        if self.exit != "/" and not _outside(self.exit):
            raise UserError(
                f"{self.exit} is no way out.", hint="Give an https address, or / for the page's own."
            )
        if self.language not in TONGUES:
            raise UserError(
                f"The page has no language {self.language}.", hint=f"Choose of {', '.join(TONGUES)}."
            )
        codes = [place.code for place in self.places]
        if len(set(codes)) < len(codes):
            raise UserError("A place is twice in the list of places.", hint="Give each code once.")
        if len(codes) > MOST_PLACES:
            raise UserError(
                f"{len(codes):,} places are too many for a small screen.",
                hint=f"Give at most {MOST_PLACES}: leave out the smallest.",
            )
        if not self.helplines(self.known(moment), None, moment):
            raise UserError(
                "There is no helpline that was checked and can be called.",
                hint="A help page always shows one: add it, or check its number again.",
            )

    def helplines(self, known: Known, area: str | None, moment: datetime) -> list[Shown]:
        """Return helplines with a number, those of the place first, then those reached from anywhere."""
        return helplines(known, area, moment=moment, zone=self.clock)

    def urgent(self, moment: datetime) -> list[Shown]:
        """Return whom to call at once."""
        told = (shown(by_phone(service), self.day(moment)) for service in self.emergency)
        return [one for one in told if one is not None and one.phones]


def _outside(address: str) -> bool:
    """Say whether an address may stand in a link and in a header."""
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \"'<>\\;,")
    return address.startswith("https://") and len(address) > len("https://") and plain
