"""The times of a file: by whose clock they are, and in which order its dates stand, as options or settings say."""

from dataclasses import replace
from typing import Annotated

import typer

from fanal.cli.harmless import harmless
from fanal.cli.zone import zone_of
from fanal.model.error import InputError
from fanal.sources.date_order import DateOrder
from fanal.sources.mapping import FieldMapping
from fanal.store.files import File

Timezone = Annotated[
    str | None,
    typer.Option(
        help="By whose clock times without a zone are, such as Asia/Baghdad. Default: posts.timezone.",
        metavar="ZONE",
    ),
]
Dates = Annotated[
    DateOrder | None,
    typer.Option(
        "--date-order",
        help="dmy, mdy or ymd: for a chat whose dates do not tell. Default: posts.date_order.",
        metavar="ORDER",
    ),
]


def named_zone(timezone: str | None) -> str | None:
    """Return the zone of an option as it stands in the IANA database.

    Raises:
        InputError: there is none of this name.

    >>> named_zone("Asia/Baghdad"), named_zone(None)
    ('Asia/Baghdad', None)
    """
    return None if timezone is None else zone_of(timezone).key


def timed(
    mapping: FieldMapping, file: File, *, timezone: str | None = None, date_order: DateOrder | None = None
) -> FieldMapping:
    """Return the mapping by which a file is read: as it was before, else as the options say, else as the settings do.

    Read in another way its posts would have other times, and those that are here would count twice.

    Args:
        mapping: what the settings say.
        file: with how its times were read before.
        timezone: the option; None: it was not given.
        date_order: the option; None: it was not given.

    Raises:
        InputError: an option says other than how the file was read before.

    >>> chat = File(label="_chat.txt", name="_chat.txt", others=(), beginning=None, zone="Asia/Baghdad")
    >>> timed(FieldMapping(timezone="UTC"), chat).timezone
    'Asia/Baghdad'
    """
    for option, given, before in (
        ("--timezone", timezone, file.zone),
        ("--date-order", date_order, file.date_order),
    ):
        if given and before and given != before:
            raise InputError(
                f"{harmless(file.label)} was read with {option} {before}; with {given} its posts would count twice.",
                hint=f"Leave {option} out, or read the file into a new workspace.",
            )
    order = DateOrder(file.date_order) if file.date_order else date_order or mapping.date_order
    return replace(mapping, timezone=file.zone or timezone or mapping.timezone, date_order=order)
