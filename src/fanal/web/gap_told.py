"""What a gap says in words of one language: the cells of its tables, its method, what its numbers are not."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa

from fanal.help.assumed import LEAST_KNOWN
from fanal.help.gap import Gap
from fanal.model.circle import Circle
from fanal.model.gap import Shortage
from fanal.web.language import Language
from fanal.web.notices import names, shortened

MOST_UNKNOWN = 12
"""Names in a sentence; the others are counted."""


class GapTold:
    """Tell of a gap in one language."""

    def __init__(self, gap: Gap, *, language: Language, areas: pa.Table) -> None:
        codes = sorted(
            {
                *gap.rows["area"].to_pylist(),
                *gap.voiced["area"].to_pylist(),
                *chain.from_iterable(gap.uncounted.values()),
            }
        )
        self._gap = gap
        self._language = language
        self._name = dict(zip(codes, names(codes, areas, language.code), strict=True))

    def heads(self) -> list[str]:
        """Return the heads of the table of people."""
        say = self._language.say
        return [
            say("No."), say("Where"), say("People in need"), say("Units within reach"), say("Who lacks one"),
            say("What can be said"),
        ]  # fmt: skip

    def row(self, number: int, one: Mapping[str, Any]) -> list[str]:
        """Return the cells of an area, as `heads` names them."""
        say, written = self._language.say, self._whole
        if one["people"] is None:
            people = say("not known")
        else:
            people = say("{need} of {people}", need=written(one["in_need"]), people=written(one["people"]))
        reach = say("no service is within reach")
        if one["services"] or one["unsaid"]:
            reach = say(
                "{units} (services that say: {services}, that do not: {unsaid})",
                units=self._language.number(round(one["units"], 1)),
                services=written(one["services"]),
                unsaid=written(one["unsaid"]),
            )
        return [
            written(number),
            self._name[one["area"]],
            people,
            reach,
            self._lacking(one),
            self._language.word("shortage", one["shortage"]),
        ]

    def counted(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """Return the days that the people of some rows are of."""
        days = sorted({one["date"] for one in rows if one["people"] is not None})
        if not days:
            return self._language.say("Nobody is counted.")
        day = self._language.day
        if days[0] == days[-1]:
            return self._language.say("People are counted for {date}.", date=day(days[0]))
        return self._language.say(
            "People are counted for days from {first} to {last}.", first=day(days[0]), last=day(days[-1])
        )

    def unknown(self, rows: Sequence[Mapping[str, Any]], uncounted: Sequence[str]) -> str:
        """Return of which areas nothing can be said; empty: of none."""
        codes = [*(one["area"] for one in rows if one["shortage"] == Shortage.NOT_KNOWN), *uncounted]
        if not codes:
            return ""
        return self._language.say(
            "Not known, which does not mean safe: {areas}.",
            areas=shortened([self._name[code] for code in codes], self._language, MOST_UNKNOWN),
        )

    def heard_heads(self) -> list[str]:
        """Return the heads of the table of posts."""
        say = self._language.say
        return [
            say("Where"), say("What"), say("Author-weeks"), say("Units within reach"), say("For each unit"),
        ]  # fmt: skip

    def heard(self, one: Mapping[str, Any]) -> list[str]:
        """Return the cells of a released count."""
        language, say, written = self._language, self._language.say, self._whole
        family = language.word("family", one["signal"])
        signal = language.word("category", one["signal"]) if family == one["signal"] else family
        if one["ratio"] is None:
            ratio = say("no unit within reach is known")
        else:
            low, high = (language.number(max(round(one[name], 2), 0.0)) for name in ("low", "high"))
            ratio = say(
                "{ratio} ({low} to {high})",
                ratio=language.number(round(one["ratio"], 2)),
                low=low,
                high=high,
            )
        return [
            self._name[one["area"]],
            signal,
            written(one["author_weeks"]),
            say(
                "{units}: {need}, {unit}",
                units=language.number(one["units"]),
                need=language.word("need", one["need"]),
                unit=one["unit"] or say("no unit said"),
            ),
            ratio,
        ]

    def method(self) -> list[str]:
        """Return how the numbers were made, a sentence or two each."""
        say, language, assumed = self._language.say, self._language, self._gap.assumed
        written = language.number
        bands = language.listed(
            [
                say("up to {km} km: {weight}", km=written(km), weight=written(weight))
                for km, weight in assumed.bands
            ]
        )
        return [
            say(
                "People are those whom public layers count and the privacy gate released. A share of {share} is taken "
                "to need one unit: that is an assumption and no measurement.",
                share=written(assumed.share),
            ),
            say(
                "Where families are counted, {family} persons are taken for one.",
                family=written(assumed.family),
            ),
            say(
                "Capacity is what verified services say; what is free goes before all that there is. What was said "
                "more than {days} days ago counts as not said. Confidential services are in no number.",
                days=written(assumed.oldest_days),
            ),
            say(
                "The units of each service are shared out over the areas around it by people in need and distance, as "
                "the crow flies (enhanced two-step floating catchment area, Luo and Qi 2009). Weights: {bands}. Nobody "
                "is counted as crossing a blocked area or a closed crossing.",
                bands=bands,
            ),
            say(
                "The higher number takes services that do not say how much they have for empty. The lower one takes "
                "them to have as much as those that do say, drawn at random; with fewer than {least} of these it is "
                "not known. The range holds nothing else.",
                least=written(LEAST_KNOWN),
            ),
        ]

    def limits(self) -> list[str]:
        """Return what the numbers are not."""
        say = self._language.say
        found = [
            say("A number is about an area and a group, never about a person."),
            say("An area without a figure, or without a shortfall that was found, is not thereby safe."),
            say("Groups overlap and units differ: never add them up."),
            say("A service within reach may be full, refuse somebody, or lie behind a way that is not safe."),
        ]
        if self._gap.placeless:
            found.append(
                say(
                    "{count} services are within reach of no area: far off, or where they are is not known.",
                    count=self._whole(self._gap.placeless),
                )
            )
        return found

    def heard_of(self) -> str:
        """Return what the table of posts is, and how many counts are not shown."""
        say = self._language.say
        what = (
            say("Released counts of distress in posts, by governorate, with noise.")
            if self._gap.circle is Circle.PUBLIC
            else say("Released counts of need, pleas and flight in posts, by district, with noise.")
        )
        hidden = say(
            "{count} counts are not shown, which does not mean zero. Posts know no groups; these numbers are never "
            "mixed with those above.",
            count=self._whole(self._gap.voiced["author_weeks"].null_count),
        )
        return f"{what} {hidden}"

    def _lacking(self, one: Mapping[str, Any]) -> str:
        """Return who lacks a unit."""
        say, written = self._language.say, self._whole
        if one["high"] is None:
            return say("not known")
        if one["shortage"] in (Shortage.NONE_FOUND, Shortage.NONE_COUNTED):
            return written(0)
        if one["low"] is None:
            return say("at most {high}", high=written(one["high"]))
        if one["low"] == one["high"]:
            return written(one["high"])
        return say("{low} to {high}", low=written(one["low"]), high=written(one["high"]))

    def _whole(self, value: float) -> str:
        """Return a number of people as this language writes it."""
        return self._language.number(round(value))
