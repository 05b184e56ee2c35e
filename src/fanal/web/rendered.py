"""The page as HTML in one language: all texts, and what a browser without scripts can show."""

from datetime import date, datetime, timedelta
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from fanal.model.category import Category, Family
from fanal.model.release import Basis
from fanal.web.explained import meanings
from fanal.web.language import LANGUAGES, Language
from fanal.web.page import Page, Simulated
from fanal.web.words import LABELS

FILES = {code: "index.html" if code == "en" else f"{code}.html" for code in LANGUAGES}
"""The page's file in each language."""

_OF_POSTS = {
    *(("family", family.value) for family in (Family.TRADE, Family.DISTRESS)),
    *(("category", category.value) for category in Category),
    ("basis", Basis.POSTS.value),
}
"""The words that tell of posts and not of layers."""

SCRIPTS = ("words.js", "figures.js", "map.js", "panel.js", "app.js")

POLICY = (
    "default-src 'self'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data: blob:; "
    "connect-src 'self'; "
    "worker-src blob:; "
    "child-src blob:; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "form-action 'none'"
)
"""Content-Security-Policy: nothing from another host; MapLibre runs its worker from a blob."""


def render(page: Page, language: Language) -> str:
    """Return the page's HTML in one language, with nothing in it that a name could turn into markup."""
    say, document = language.say, page.document
    return environment().get_template("page.html").render(
        _=say,
        language=language,
        policy=POLICY,
        title=say(page.title),
        page=document,
        languages=[(code, name, FILES[code]) for code, name in LANGUAGES.items()],
        absences=_absences(document, language),
        opening=_opening(document, language),
        lead=_lead(document["lead"], language),
        meanings=meanings(document, say, language.number),
        circle=language.word("circle", document["circle"]),
        statements=_statements(document, language),
        made_on=language.day(datetime.fromisoformat(document["made_at"]).date()),
        scripts=SCRIPTS,
        words={
            "code": language.code,
            "tag": language.tag,
            "messages": language.messages,
            "labels": {
                kind: {value: _word(kind, value, document, language) for value in labels}
                for kind, labels in LABELS.items()
            },
        },
    )  # fmt: skip


def heads(language: Language) -> list[str]:
    """Return the column heads of the table of hotspots."""
    say = language.say
    return [
        say("What"),
        say("Areas"),
        say("Weeks"),
        say("Observed"),
        say("Expected"),
        say("Relative risk"),
        say("p-value"),
        say("Recurrence, weeks"),
        say("Could be known on"),
    ]


def environment() -> Environment:
    """Return Jinja2 with autoescape, and no silent gaps."""
    return Environment(
        loader=PackageLoader("fanal.web", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _absences(document: dict[str, Any], language: Language) -> list[str]:
    """Return a sentence for each kind of Release that this page has not."""
    say = language.say
    sentences = {
        "hotspots": say("There is no Release of hotspots on this page."),
        "index": say("There is no Release of a risk index on this page."),
        "counts": say("There is no Release from posts on this page."),
        "services": say("There is no Release of services on this page."),
    }
    return [sentence for kind, sentence in sentences.items() if kind not in document]


def _opening(document: dict[str, Any], language: Language) -> dict[str, Any]:
    """Return the hotspots of the week at which the page opens, as cells of text."""
    first = date.fromisoformat(document["weeks"][0]) if document["weeks"] else date(1970, 1, 1)
    names = [
        own or name
        for own, name in zip(
            document["areas"].get(language.code, document["areas"]["name"]), document["areas"]["name"], strict=True
        )
    ]  # fmt: skip
    found = document.get("hotspots", {"families": [], "rows": []})
    rows = []
    for row in found["rows"]:
        if row[0] != document["opens"]:
            continue
        start, end = (first + timedelta(weeks=week) for week in (row[3], row[4]))
        cells = [
            _family(found["families"][row[1]], document, alert=bool(row[12]), language=language),
            language.listed([names[area] for area in row[6] if area >= 0]),
            f"{language.day(start)} – {language.day(end + timedelta(days=6))}",
            language.number(row[7]),
            language.number(row[8]),
            "∞" if row[9] < 0 else language.number(row[9]),
            language.number(row[10]),
            language.number(row[11]),
            language.day(first + timedelta(days=row[5])),
        ]
        rows.append(list(zip(heads(language), cells, strict=True)))
    return {
        "week": language.day(first + timedelta(weeks=document["opens"])),
        "heads": heads(language),
        "rows": rows,
    }


def _word(kind: str, value: str, document: dict[str, Any], language: Language) -> str:
    """Return the name of a member of a closed set, marked where the page's posts are simulated and it tells of them."""
    name = language.word(kind, value)
    if document["simulated"] == Simulated.NOTHING or (kind, value) not in _OF_POSTS:
        return name
    return language.say("{name} (simulated)", name=name)


def _family(family: str, document: dict[str, Any], *, alert: bool, language: Language) -> str:
    """Return a family's name, with a word for an alert."""
    name = _word("family", family, document, language)
    return f"{name} ({language.say('Alert')})" if alert else name


def _lead(lead: dict[str, Any] | None, language: Language) -> dict[str, Any] | None:
    """Return a lead in words; what there was not is said, and a negative number stays one."""
    if lead is None:
        return None
    none = language.say("none")

    def day(text: str | None) -> str:
        return none if text is None else language.day(date.fromisoformat(text))

    days = lead["days_before_sinjar"]
    told = none if days is None else language.number(days)
    return {
        "ninewa": day(lead["first_ninewa_alert"]),
        "sinjar": day(lead["first_sinjar_alert"]),
        "days": language.say("{days} (the alert came after it)", days=told) if (days or 0) < 0 else told,
        "event_delay": language.number(lead["event_delay_days"]),
        "displacement_delay": language.number(lead["displacement_delay_days"]),
    }


def _statements(document: dict[str, Any], language: Language) -> list[dict[str, Any]]:
    """Return each kind and basis of Releases with how they were made, in words."""
    say = language.say
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for release in document["releases"]:
        found.setdefault((release["kind"], release["basis"], release["statement"]), []).append(release)
    made = []
    for (kind, basis, statement), releases in found.items():
        told = document["statements"][statement]
        facts = [
            (say("Noise"), language.word("mechanism", told["mechanism"])),
            (say("Unit of protection"), language.word("mechanism", told["unit"])),
            (say("Privacy loss a week (epsilon)"), told["epsilon"]),
            (say("Scale of the noise"), told["scale"]),
            (say("Not shown under"), told["threshold"]),
            (say("Delay in days"), told["delay_days"]),
        ]
        made.append(
            {
                "what": f"{language.word('kind', kind)}, {_word('basis', basis, document, language)}",
                "sources": told["sources"],
                "facts": [
                    (name, value if isinstance(value, str) else language.number(value))
                    for name, value in facts
                    if value is not None
                ],
                "ids": [(release["id"], release["digest"]) for release in releases],
            }
        )
    return made
