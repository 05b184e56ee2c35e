"""A Question answered as HTML: the page, short messages, a card to print, or one plain file of a place."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from importlib import resources

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fanal.help.reason import Reason
from fanal.help.sms import size
from fanal.model.service import Need, Reach, Sex
from fanal.web.help.found import each_once, find
from fanal.web.help.known import Known
from fanal.web.help.named import AGES, REACH, SEXES, STATUSES
from fanal.web.help.question import STANDINGS, Age, Form, Question
from fanal.web.help.shown import Place, Shown
from fanal.web.help.site import Site
from fanal.web.help.told import Told, messages, tell, tongue
from fanal.web.help.tongue import TONGUES, read
from fanal.web.language import Language
from fanal.web.needs import NEEDS

_HERE = resources.files("fanal.web.help")
STYLE = _HERE.joinpath("assets", "help.css").read_text(encoding="utf-8")
SCRIPT = _HERE.joinpath("assets", "help.js").read_text(encoding="utf-8")
TEMPLATES = Environment(
    loader=FileSystemLoader(str(_HERE.joinpath("templates"))),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # a page that is served does not look at the disk for each answer
)


def _digest(text: str) -> str:
    """Return the source of a Content-Security-Policy for one inline text (CSP 3, section 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# Browsers of 2013 know no digests: they take 'unsafe-inline', which every later one ignores beside a digest (CSP 2).
POLICY = (
    f"default-src 'none'; script-src 'unsafe-inline' {_digest(SCRIPT)}; "
    f"style-src 'unsafe-inline' {_digest(STYLE)}; img-src data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_FILES = {
    Form.PAGE: "page.html",
    Form.MESSAGES: "messages.html",
    Form.CARD: "card.html",
    Form.COPY: "copy.html",
}


def draw(site: Site, asked: Question, known: Known, moment: datetime) -> str:
    """Answer a question as one whole HTML document, without any address but the exit and the page's own.

    A helpline stands on each answer. A copy holds what is found in the place whatever the need and the language, since
    whoever keeps a file may need something else tomorrow.
    """
    language = read(asked.language)
    places = {place.code: place for place in site.places}
    helplines = site.helplines(known, asked.area, moment)
    urgent = site.urgent(moment)
    found: Sequence[Shown] = ()
    if asked.form is Form.COPY:
        found = _all(site, asked, known, moment)
    elif asked.asked:
        found = find(known, asked.meant(), moment=moment, zone=site.clock)
    above = {entry.id for entry in (*urgent, *helplines)}
    found = [entry for entry in found if entry.goes or entry.id not in above]

    def words(entries: Sequence[Shown]) -> list[Told]:
        return [tell(entry, language, places) for entry in entries]

    listed = [*urgent, *helplines, *found]
    texts = messages(words(listed)) if asked.form is Form.MESSAGES else []
    return TEMPLATES.get_template(_FILES[asked.form]).render(
        _=language.say,
        language=language,
        languages=TONGUES,
        site=site,
        asked=asked,
        style=STYLE,
        script=SCRIPT,
        urgent=words(urgent),
        helplines=words(helplines),
        found=words(found),
        messages=[(text, size(text)) for text in texts],
        places=_chosen(_options(site, language.code), asked.area),
        choices={
            field: _chosen(options, getattr(asked, field))
            for field, options in _choices(language.code).items()
        },
        far=[one.value for one in known.far],
        place=places[asked.area].called(language.code) if asked.area else "",
        until=language.day(min(entry.until for entry in listed)) if listed else "",
        made=language.day(site.day(moment)),
    )


def _all(site: Site, asked: Question, known: Known, moment: datetime) -> list[Shown]:
    """Return what is found in a place for each need, and for none; who reads it later asked for none of them."""
    needs: list[Need | None] = [None, *Need]
    return each_once(
        replace(entry, reasons=tuple(one for one in entry.reasons if one is not Reason.NEED))
        for need in needs
        for entry in find(known, replace(asked, need=need).meant(), moment=moment, zone=site.clock)
    )


@lru_cache(maxsize=2 * len(TONGUES))
def _options(site: Site, code: str) -> Markup:
    """Return the lines of the list of places in a language, none chosen: they make most of a page, and never change."""
    groups = _grouped(site.places, read(code))
    return Markup(TEMPLATES.get_template("places.html").render(places=groups))  # noqa: S704 - escaped by the template


@lru_cache(maxsize=len(TONGUES))
def _choices(code: str) -> dict[str, Markup]:
    """Return the lines of the other lists that never change, by field, in a language, none chosen."""
    language = read(code)
    spoken = [(one, tongue(one, language)) for one in TONGUES]
    rows: dict[str, list[tuple[str, str]]] = {
        "need": [(one.value, language.say(NEEDS[one])) for one in Need],
        "spoken": sorted(spoken, key=lambda one: one[1]),
        "sex": [(one.value, language.say(SEXES[one])) for one in Sex],
        "age": [(one.value, language.say(AGES[one])) for one in Age],
        "status": [(one.value, language.say(STATUSES[one])) for one in STANDINGS],
        "way": [(one.value, language.say(REACH[one])) for one in Reach],
    }
    line = Markup('<option value="{}">{}</option>')
    return {field: Markup("").join(line.format(*row) for row in of) for field, of in rows.items()}


def _chosen(options: Markup, chosen: str | None) -> Markup:
    """Return lines of which one is chosen."""
    if chosen is None:
        return options
    value = str(Markup('<option value="{}"').format(chosen))
    return Markup(str(options).replace(value + ">", value + " selected>", 1))  # noqa: S704 - it was escaped


def _grouped(places: Sequence[Place], language: Language) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the list of places: each that holds others as a heading with itself first; the rest under no heading."""
    names = {place.code: place.called(language.code) for place in places}
    parents = {place.parent for place in places} & names.keys()
    heads = [place for place in places if place.code in parents]
    groups = []
    for head in sorted(heads, key=lambda place: names[place.code]):
        held = [place for place in places if place.parent == head.code and place.code not in parents]
        below = sorted((names[place.code], place.code) for place in held)
        rows = [(code, name) for name, code in below]
        groups.append((names[head.code], [(head.code, names[head.code]), *rows]))
    alone = [place for place in places if place.code not in parents and place.parent not in names]
    single = sorted((names[place.code], place.code) for place in alone)
    return [("", [(code, name) for name, code in single]), *groups] if single else groups
