"""The words of a notice: what a released hotspot says and does not say, in each language."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.category import Family
from fanal.outbox.notice import Wording
from fanal.web.language import Language, read
from fanal.web.places import plain

MOST_NAMES = 12
"""Names of areas in a notice; the others are counted. Their codes are all in it."""

_OF_POSTS = {Family.TRADE.value, Family.DISTRESS.value}


def wordings(
    hotspot: Mapping[str, Any], *, areas: pa.Table, languages: Sequence[str], simulated: bool, exercise: bool
) -> tuple[Wording, ...]:
    """Return what a hotspot says, in each language.

    Args:
        hotspot: a row of a Release, HOTSPOT_SCHEMA.
        areas: AREA_SCHEMA.
        languages: codes of LANGUAGES.
        simulated: it comes from simulated posts.
        exercise: nobody may act on it; the words say so first.

    Raises:
        KeyError: no such language.
    """
    named = areas.filter(pc.is_in(areas["area"], pa.array(hotspot["areas"], pa.string())))
    countries = pc.unique(named["country"].drop_null()).to_pylist()
    country = countries[0] if len(countries) == 1 else None
    return tuple(
        _wording(
            hotspot,
            language=read(code, country=country),
            names=names(hotspot["areas"], named, code),
            simulated=simulated,
            exercise=exercise,
        )
        for code in languages
    )


def names(codes: Sequence[str], areas: pa.Table, language: str) -> list[str]:
    """Return the names of areas in a language, in the order of their codes; a code without a name as it is."""
    own = areas[f"name_{language}"] if f"name_{language}" in areas.column_names else areas["name"]
    known = {
        code: there or name
        for code, there, name in zip(
            areas["area"].to_pylist(), own.to_pylist(), areas["name"].to_pylist(), strict=True
        )
    }
    return [plain(known.get(code) or code) for code in codes]


def shortened(found: Sequence[str], language: Language, most: int = MOST_NAMES) -> str:
    """Return a list of names, of which those beyond `most` are counted."""
    if len(found) <= most:
        return language.listed(list(found))
    return language.say(
        "{names} and {count} more",
        names=language.listed(list(found[:most])),
        count=language.number(len(found) - most),
    )


def _wording(
    hotspot: Mapping[str, Any], *, language: Language, names: list[str], simulated: bool, exercise: bool
) -> Wording:
    """Return what a hotspot says in one language."""
    say = language.say
    family = language.word("family", hotspot["family"])
    if simulated and hotspot["family"] in _OF_POSTS:
        family = say("{name} (simulated)", name=family)
    where = shortened(names, language)
    headline = say("{family}: more than expected in {areas}", family=family, areas=where)
    told = [
        say(
            "From {start} to {end}, {observed} were counted there; their own past lets expect {expected}.",
            start=language.day(hotspot["start"]),
            end=language.day(hotspot["end"] + timedelta(days=6)),
            observed=language.number(hotspot["observed"]),
            expected=language.number(round(hotspot["expected"], 1)),
        ),
        say(
            "By chance alone such a hotspot would come once in {weeks} weeks (p-value {p}).",
            weeks=language.number(round(hotspot["recurrence_weeks"])),
            p=language.number(round(hotspot["p_value"], 4)),
        ),
        say("It could be known on {date}.", date=language.day(hotspot["as_of"])),
        say(
            "It says that something changed there. It does not say what will come, and nothing about any person."
        ),
    ]
    if exercise:
        mark = say("Exercise: what this says is simulated or long past. Nobody may act on it.")
        headline, told = say("Exercise: {headline}", headline=headline), [mark, *told]
    return Wording(
        language=language.code,
        direction=language.direction,
        event=say("Hotspot: {family}", family=family),
        headline=headline,
        description=" ".join(told),
        instruction=say(
            "Ask those who work there before anything is done. An area that is not named here is not thereby safe."
        ),
        area=where,
    )
