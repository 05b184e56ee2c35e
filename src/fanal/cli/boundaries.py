"""Boundaries of the world's first-level areas: the file that the settings name, or the one beside the checkout."""

from pathlib import Path

from fanal.model.error import SettingError

CHECKOUT = Path(__file__).resolve().parents[3]
BESIDE = Path("shared/data/natural_earth_admin1/admin1_priority_countries.geojson.gz")


def natural_earth(named: str) -> Path | None:
    """Return the file of Natural Earth's first-level areas; None where there is none.

    Without it first-level areas are tabled without geometry.

    Raises:
        SettingError: the file that the settings name is not there.
    """
    if named:
        path = Path(named)
        if not path.is_file():
            raise SettingError(
                f"The setting places.boundaries names {named}, which is no file.", hint="Mend it."
            )
        return path
    beside = CHECKOUT.parent / BESIDE
    return beside if beside.is_file() else None
