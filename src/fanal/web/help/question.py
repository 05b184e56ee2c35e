"""The Question: what somebody chose on the page, out of closed lists; nothing that was typed is ever read."""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

from fanal.model.service import Need
from fanal.web.help.tongue import TONGUES

MOST_BYTES = 2048  # of a form; the page's own takes about 100
_MOST_FIELDS = 12


class Form(StrEnum):
    """Name what the answer is made as."""

    PAGE = "page"
    MESSAGES = "messages"  # text in the length of short messages
    CARD = "card"  # to print
    COPY = "copy"  # one plain HTML file of all help in a place


@dataclass(frozen=True, slots=True)
class Question:
    """Hold a choice; it is a key of the cache and is written nowhere."""

    language: str
    asked: bool = False  # the form was sent: there are results to show
    need: Need | None = None
    area: str | None = None
    spoken: str | None = None  # a language that somebody there should speak
    form: Form = Form.PAGE


def question(body: bytes, *, places: Container[str], language: str) -> Question:
    """Read a form; what is not on the lists counts as not chosen.

    Args:
        body: application/x-www-form-urlencoded, of at most `MOST_BYTES`.
        places: codes that can be chosen.
        language: of the page, where the form names none.

    >>> one = question(b"need=shelter&area=pcode%3AT1&as=card", places={"pcode:T1"}, language="fr")
    >>> one.need.value, one.area, one.form.value
    ('shelter', 'pcode:T1', 'card')
    >>> question(b"need=%3Cscript%3E&area=x", places=set(), language="en").need
    """
    try:
        fields = dict(parse_qsl(body.decode("ascii"), max_num_fields=_MOST_FIELDS))
    except ValueError:  # no form of this page: other bytes, or more fields
        fields = {}
    need, area, spoken, form = (fields.get(name, "") for name in ("need", "area", "spoken", "as"))
    return Question(
        language=fields["lang"] if fields.get("lang") in TONGUES else language,
        asked="need" in fields or "area" in fields,
        need=Need(need) if need in set(Need) else None,
        area=area if area in places else None,
        spoken=spoken if spoken in TONGUES else None,
        form=Form(form) if form in set(Form) else Form.PAGE,
    )
