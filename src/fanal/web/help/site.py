"""The Site: what one help page is made of, checked before it is served."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fanal.model.error import UserError
from fanal.model.service import Need, Service
from fanal.web.help.shown import Find, Place, Shown, shown
from fanal.web.help.tongue import TONGUES

MOST_PLACES = 300  # lines of the list of places: more do not fit in 14 KB, nor on a small screen
HELPLINES = 3  # helplines on each page


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Hold a help page: its words, its places, and how entries are found."""

    path: str = "/help"  # where it answers; a neutral word leaves a neutral trace
    exit: str = "/"  # where the exit leads: an https address, or / for this app's own page of the month
    language: str = "en"  # where the browser names none that the page has
    places: tuple[Place, ...]
    find: Find
    emergency: tuple[Service, ...] = ()  # whom to call at once; shown as long as their check counts

    def check(self, today: date) -> None:
        """Refuse a page that would leave somebody without a number to call.

        Raises:
            UserError: a wrong path, exit, language or place; no helpline whose check counts on this day.
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
        if not self.helplines(None, today):
            raise UserError(
                "There is no helpline that was checked and can be called.",
                hint="A help page always shows one: add it, or check its number again.",
            )

    def helplines(self, area: str | None, today: date) -> list[Shown]:
        """Return helplines with a number, those of the place first, then those reached from anywhere."""
        near = self.find(need=Need.HELPLINE, area=area, language=None, today=today) if area else ()
        far = self.find(need=Need.HELPLINE, area=None, language=None, today=today)
        return each_once([*near, *far])[:HELPLINES]

    def urgent(self, today: date) -> list[Shown]:
        """Return whom to call at once."""
        told = (shown(service, today) for service in self.emergency)
        return [one for one in told if one is not None and one.phones]


def each_once(entries: Sequence[Shown]) -> list[Shown]:
    """Return entries in their order, each once."""
    kept: list[Shown] = []
    for entry in entries:
        if entry not in kept:
            kept.append(entry)
    return kept


def _outside(address: str) -> bool:
    """Say whether an address may stand in a link and in a header."""
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \"'<>\\;,")
    return address.startswith("https://") and len(address) > len("https://") and plain
