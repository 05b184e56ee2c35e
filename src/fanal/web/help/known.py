"""The Known: what the page knows of help and of danger at a moment; it is handed in, for a page opens no workspace."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fanal.help.danger import NOWHERE, Danger
from fanal.help.doors import Doors
from fanal.web.help.question import Far


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """Hold what entries are found in; another one takes its place when something has changed."""

    doors: Doors  # services that may be public, each as long as its check counts
    danger: Danger = NOWHERE  # where nobody is sent
    afar: bool = False  # where it is dangerous could not be read: nobody is sent anywhere, phones are told

    @property
    def far(self) -> tuple[Far, ...]:
        """Return how far somebody may choose to go: kilometres only where areas have points to measure from."""
        return tuple(Far) if self.doors.ground.measured else (Far.HERE,)


KnownAt = Callable[[datetime], Known]
"""From a moment to what is known then: the same one as long as nothing has changed."""
