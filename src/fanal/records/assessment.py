"""The impact assessment: what the system knows of itself, and the questions that people have to answer.

Its questions follow those that the ICRC's Handbook on Data Protection in Humanitarian Action (third edition, 2024,
chapter 5) has an organisation ask: the flow of data, the risks, what is done about them,
who was heard, who decides and when it is looked at again. The words are Fanal's.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fanal.model.person import Purpose, Role
from fanal.model.sensitivity import Sensitivity
from fanal.records.inventory import groups
from fanal.records.record import BLANK, Plain, Record, Section

_PURPOSES: Mapping[Purpose, str] = {
    Purpose.REVIEW: "to see whether a signal is right",
    Purpose.OUTREACH: "to see who can be helped, and how",
    Purpose.EVIDENCE: "to keep what a court may need",
    Purpose.ANALYSIS: "to see where things change",
    Purpose.QUALITY: "to see how well the detectors work",
    Purpose.ERASURE: "to remove what somebody asks to have removed",
}

FILE = Path(__file__).with_name("assessment.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Hold what the system knows of itself: plain facts, looked up where they stand."""

    formats: Sequence[str]  # that posts came in
    layers: Sequence[
        tuple[str, str, str, bool]
    ]  # name, publisher and data set, licence, published by its owner
    partners: Sequence[str]
    ways: Sequence[str]  # on which alerts can leave, as set
    people: Mapping[Role, int]  # who has which role
    gate: Sequence[tuple[str, str, str]]  # setting, value, meaning
    weeks: int  # whose budget is spent
    posts: int
    releases: int


def assessment(system: System, *, made_at: datetime) -> Record:
    """Return the impact assessment: filled where the system knows, blank with who has to fill it elsewhere."""
    known = groups()
    return Record(
        name="assessment",
        title="Impact assessment",
        about="A data protection impact assessment, filled in as far as the system knows itself. What begins with "
        f"'{BLANK}' has to be answered by people before the first Release, and again when something changes.",
        made_at=made_at.isoformat(),
        sections=(
            _table(
                "What it is for",
                ("purpose", "answers"),
                [
                    *((one.value, words) for one, words in _PURPOSES.items()),
                    ("why this country, now, and why less would not do", f"{BLANK} the head of the mission"),
                ],
            ),
            _table(
                "Which data",
                ("class", "groups", "what"),
                [
                    (level.value, len(found), " / ".join(dict.fromkeys(one.holds for one in found)))
                    for level in reversed(Sensitivity)
                    if (found := [one for one in known if one.sensitivity is level])
                ],
            ),
            _table(
                "Where they come from",
                ("source", "licence or terms", "published by its owner", "who is entitled to hand it over"),
                [
                    *((one, None, None, f"{BLANK} whoever brings the stream") for one in system.formats),
                    *(
                        (f"layer {name}: {source}", licence, public, f"{BLANK} whoever adds layers")
                        for name, source, licence, public in system.layers
                    ),
                ],
            ),
            _table(
                "On what ground",
                ("question", "answer"),
                [
                    ("the ground in law or mandate for each purpose", f"{BLANK} the legal adviser"),
                    ("the law of the country, and of where the machine stands", f"{BLANK} the legal adviser"),
                    ("terms of the streams that are read", f"{BLANK} the legal adviser"),
                ],
            ),
            _table(
                "Who sees what",
                ("who", "how many", "sees"),
                [
                    *((role.value, count, _SEES[role]) for role, count in system.people.items()),
                    *((f"partner {name}", 1, "Releases by district and week") for name in system.partners),
                    ("public", None, "Releases by governorate, four weeks late or later, in two families"),
                    *(
                        (f"alerts by {way}", None, "approved notices of released hotspots")
                        for way in system.ways
                    ),
                    ("agreements with partners", None, f"{BLANK} whoever signs them"),
                    ("transfers to another country", None, f"{BLANK} the data protection officer"),
                ],
            ),
            _table(
                "What leaves",
                ("fact", "value", "meaning"),
                [
                    ("posts read", system.posts, "since the workspace was made"),
                    ("Releases", system.releases, "in the ledger now"),
                    ("weeks spent", system.weeks, "ISO weeks whose privacy budget is spent"),
                    *system.gate,
                ],
            ),
            _table(
                "Risks to people, and what is done",
                ("risk", "to whom", "what is done", "what is left", "how likely and how bad here"),
                [
                    (one["risk"], one["whom"], one["done"], one["left"], f"{BLANK} people who know the place")
                    for one in tomllib.loads(FILE.read_text(encoding="utf-8"))["risk"]
                ],
            ),
            _table(
                "Those whom it tells of",
                ("question", "answer"),
                [
                    (
                        "how they are told that public streams are read",
                        f"{BLANK} whoever talks with communities",
                    ),
                    ("how somebody asks what is held of them", f"{BLANK} the data protection officer"),
                    ("how somebody asks to be removed", f"{BLANK} the data protection officer"),
                    (
                        "who was heard: communities, survivors, staff, partners",
                        f"{BLANK} the head of the mission",
                    ),
                ],
            ),
            _table(
                "Decision",
                ("question", "answer"),
                [
                    (
                        "is what is left acceptable, and under which conditions",
                        f"{BLANK} the head of the mission",
                    ),
                    ("advice of the data protection officer", f"{BLANK} the data protection officer"),
                    ("who decided, and on which day", f"{BLANK} the head of the mission"),
                    ("looked at again on", f"{BLANK} the head of the mission"),
                ],
            ),
        ),
    )


_SEES: Mapping[Role, str] = {
    Role.ANALYST: "exact counts without small cells, hotspots and silences, the index; no text",
    Role.REVIEWER: "every text in the vault, each look logged; the list of them, not logged; the index, the sensitive "
    "list; decides",
    Role.OUTREACH: "texts that show a plea; the index, the sensitive list",
    Role.INVESTIGATOR: "texts that show a signal and no plea; a reviewer's confirmation is not asked yet",
    Role.AUDITOR: "the audit log, the ledger and the records",
    Role.ADMINISTRATOR: "who works here, the sensitive list, the records; no text",
}


def _table(heading: str, columns: tuple[str, ...], rows: Sequence[tuple[Plain, ...]]) -> Section:
    """Return a section that is a table."""
    return Section(heading=heading, columns=columns, rows=tuple(rows))
