"""What each number on the page is, and what it is not, in plain words."""

from collections.abc import Callable
from typing import Any

Say = Callable[..., str]


def meanings(
    document: dict[str, Any], say: Say, number: Callable[[float], str]
) -> list[tuple[str, list[str]]]:
    """Return terms with their paragraphs, for the kinds of numbers that a page's document holds.

    Args:
        document: of a Page.
        say: translates a message and fills its `{names}`.
        number: writes a number.
    """
    found: list[tuple[str, list[str]]] = []
    if "hotspots" in document:
        found += _hotspots(document, say, number)
    if "index" in document:
        found += [
            (
                say("Risk index"),
                [
                    say(
                        "From 0 to 10 for an area and a group in a week, composed as the INFORM index is: hazard and "
                        "exposure, vulnerability, and lack of coping capacity."
                    ),
                    say(
                        "What no layer gives is not filled in. The range shows the index if all that is missing were "
                        "lowest, and if it were highest; a wide range means that little is known."
                    ),
                    say(
                        "The rank interval says how far an area's place in the order hangs on the weights, which are "
                        "chosen by hand, and on what no layer says: both are drawn many times around what was chosen."
                    ),
                    say(
                        "It compares areas with each other. It is not a probability, it does not foretell, and it is "
                        "never about a person."
                    ),
                ],
            )
        ]
    if "counts" in document:
        found += [(say("Released signals"), _counts(document, say, number))]
    if "services" in document:
        found += [
            (
                say("Who was there to help"),
                [
                    say(
                        "Agencies at work by area and sector, as the lists of the humanitarian clusters give them. "
                        "Where a list has no dates, it may hold agencies that came later or had left."
                    ),
                    say("An area that is not in the list may still have had help."),
                ],
            )
        ]
    return [
        *found,
        (
            say("No figure, not shown, silent"),
            [
                say(
                    "Where nothing is shown, nobody knows from this page. Lines may be cut, people may have fled or be "
                    "afraid to write, no list may reach there. It never means safe."
                ),
                say(
                    "Whether those who post in an area fell silent is not measured on this page: how much is posted "
                    "there does not leave. Where a layer's usual reports no longer come, the area's panel says so."
                ),
            ],
        ),
    ]


def _hotspots(
    document: dict[str, Any], say: Say, number: Callable[[float], str]
) -> list[tuple[str, list[str]]]:
    """Return what stands in a row of hotspots."""
    most = max((row[13] for row in document["hotspots"]["rows"]), default=999)
    hotspot = [
        say(
            "Neighbouring areas and a stretch of weeks in which more happened than their own past lets expect "
            "(Kulldorff's space-time scan statistic). It says that something changed there. It does not say "
            "what will come, and nothing about any person."
        )
    ]
    if "layers" in document["hotspots"]["bases"]:
        hotspot.append(
            say(
                "Hotspots of conflict and displacement come from dated public layers, each week with a reporting "
                "delay. UCDP coded its events afterwards: at the time nobody had them in this form."
            )
        )
    if "posts" in document["hotspots"]["bases"]:
        hotspot.append(
            say(
                "Hotspots of signals are scanned over the released counts, which hold noise; each simulated count "
                "gets the same noise, so that the noise alone makes none."
            )
        )
    return [
        (say("Hotspot"), hotspot),
        (
            say("Observed, expected, relative risk"),
            [
                say(
                    "What was counted in the hotspot, what its past lets expect, and how much higher the rate was "
                    "inside than outside."
                )
            ],
        ),
        (
            say("p-value"),
            [
                say(
                    "The share of data sets, simulated without any hotspot, whose strongest window is at least as "
                    "strong. It is not the probability that the hotspot is wrong. With {replicates} simulated data "
                    "sets it cannot be lower than {lowest}.",
                    replicates=number(most),
                    lowest=number(round(1 / (most + 1), 5)),
                )
            ],
        ),
        (
            say("Recurrence interval"),
            [
                say(
                    "By chance alone such a hotspot would come once in so many weeks, all families that are scanned "
                    "together. It cannot be longer than the number of simulated data sets allows."
                )
            ],
        ),
        (
            say("Alert"),
            [
                say(
                    "A hotspot with a recurrence interval of at least {weeks} weeks. A person has to look at it; "
                    "nothing follows from it by itself.",
                    weeks=number(document["alert_weeks"]),
                )
            ],
        ),
    ]


def _counts(document: dict[str, Any], say: Say, number: Callable[[float], str]) -> list[str]:
    """Return what a released count is, with the numbers that its statements give."""
    statements = [
        document["statements"][release["statement"]]
        for release in document["releases"]
        if release["kind"] == "counts"
    ]
    texts = [
        say(
            "How many authors showed a signal in a week, after the privacy gate: each author counts little, noise "
            "is added, and small numbers are not shown. The interval holds 95 % of the noise; it says nothing about "
            "what nobody wrote."
        )
    ]
    texts += [
        say(
            "Here: privacy loss (epsilon) {epsilon} a week, a number under {threshold} is not shown, readable "
            "{days} days after its week.",
            epsilon=number(epsilon),
            threshold=number(threshold),
            days=number(days),
        )
        for epsilon, threshold, days in sorted(
            {
                (one["epsilon"], one["threshold"], one["delay_days"])
                for one in statements
                if one["epsilon"] is not None and one["threshold"] is not None
            }
        )
    ]
    return [*texts, say("Not shown does not mean zero, and never means safe.")]
