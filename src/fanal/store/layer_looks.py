"""Looks at addresses of layers: when each was last asked, and what it gave, so that it need not give it again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update

from fanal.store.desk import Desk
from fanal.store.tables import LAYER_LOOKS


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLook:
    """Hold the last look at the address of a layer."""

    name: str
    looked_at: datetime  # UTC
    address: str  # that the rest belongs to
    etag: str = ""
    modified: str = ""
    marker: str = ""  # what CKAN says of the version that is here
    sha256: str = ""  # of the file as it came, with its scheme; empty: none was taken yet
    failed: str = ""  # what went wrong last; empty: nothing


class LayerLooks:
    """Keep the last look at each address.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     desk = Desk.open(Path(folder) / "desk.sqlite")
    ...     LayerLooks(desk).keep(LayerLook(name="dtm", looked_at=datetime(2014, 8, 3, tzinfo=UTC), address="a"))
    ...     print(LayerLooks(desk).all()["dtm"].looked_at.date())
    ...     desk.close()
    2014-08-03
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> dict[str, LayerLook]:
        """Return the last look at each address, by the name of its layer."""
        with self._desk.transaction() as connection:
            rows = connection.execute(select(LAYER_LOOKS)).mappings().all()
        looks = [LayerLook(**{**row, "looked_at": row["looked_at"].replace(tzinfo=UTC)}) for row in rows]
        return {look.name: look for look in looks}

    def keep(self, look: LayerLook) -> None:
        """Note a look in the place of the one before."""
        row = {column.name: getattr(look, column.name) for column in LAYER_LOOKS.columns}
        with self._desk.transaction() as connection:
            connection.execute(delete(LAYER_LOOKS).where(LAYER_LOOKS.c.name == look.name))
            connection.execute(insert(LAYER_LOOKS), [row])

    def failed(self, name: str, *, address: str, at: datetime, sentence: str) -> None:
        """Note a look that failed; what is known of the version that is here stays."""
        before = self.all().get(name)
        if before is None or before.address != address:
            self.keep(LayerLook(name=name, looked_at=at, address=address, failed=sentence))
            return
        with self._desk.transaction() as connection:
            change = update(LAYER_LOOKS).where(LAYER_LOOKS.c.name == name)
            connection.execute(change.values(looked_at=at, failed=sentence))
