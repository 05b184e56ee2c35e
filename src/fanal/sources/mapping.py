"""The FieldMapping says under which names a file holds the parts of a Post."""

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fanal.model.error import SettingError
from fanal.sources.date_order import DateOrder

FALLBACKS: dict[str, tuple[str, ...]] = {
    "id": ("id", "id_str", "post_id", "message_id", "uri"),
    "author": ("author", "author_id", "user_id", "user.id_str", "user.id", "user", "from_id", "account.id"),
    "time": ("time", "created_at", "timestamp", "date", "datetime", "published", "posted_at"),
    "text": ("text", "full_text", "content", "body", "message"),
    "language": ("lang", "language"),
    "lon": ("lon", "lng", "long", "longitude"),
    "lat": ("lat", "latitude"),
}
"""For each part of a Post the names that are looked for, best first, where the user left the default."""

PARTS = ("id", "author", "time", "text", "language", "lon", "lat")
"""The parts of a Post that a mapping names, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """Name the fields that hold a Post's parts. A dot goes into an object; an empty name: there is none.

    Raises:
        SettingError: the zone is not in the time zone database (IANA).

    >>> FieldMapping(author="user.id").candidates("author")
    ('user.id',)
    >>> FieldMapping().candidates("lat")
    ('lat', 'latitude')
    """

    id: str = "id"
    author: str = "author"
    time: str = "time"
    text: str = "text"
    language: str = "lang"
    lon: str = "lon"
    lat: str = "lat"
    timezone: str | None = None  # zone of times written without one; None: such rows are rejected
    sheet: str = ""  # of a workbook; empty: the first that is shown
    date_order: DateOrder | None = None  # of files that do not tell it themselves; None: they are refused

    def __post_init__(self) -> None:
        """Refuse a zone that does not exist, before anything is read."""
        if self.timezone is None:
            return
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise SettingError(
                f"The time zone {self.timezone!r} is not known.",
                hint="Name one as the IANA database does, such as Asia/Baghdad.",
            ) from error

    def name_of(self, part: str) -> str:
        """Return the name that was set for a part of a Post."""
        names: dict[str, str] = {
            "id": self.id,
            "author": self.author,
            "time": self.time,
            "text": self.text,
            "language": self.language,
            "lon": self.lon,
            "lat": self.lat,
        }
        return names[part]

    def candidates(self, part: str) -> tuple[str, ...]:
        """Return the names to look for, best first: the chosen one, or the default and its fallbacks."""
        name = self.name_of(part)
        if name == FALLBACKS[part][0]:
            return FALLBACKS[part]
        return (name,) if name else ()

    def chosen(self, part: str, present: Collection[str]) -> str:
        """Return the first candidate that is present, else the first of all; empty when there is none.

        >>> FieldMapping().chosen("time", {"created_at", "text"})
        'created_at'
        """
        names = self.candidates(part)
        return next((name for name in names if name in present), names[0] if names else "")
