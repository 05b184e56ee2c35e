"""The Question: what somebody chose on the page, out of closed lists; nothing that was typed is ever read."""

from collections.abc import Container
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl

from fanal.help.doors import AFAR
from fanal.help.question import Question as Asked
from fanal.model.service import Need, Reach, Sex, Status
from fanal.web.help.tongue import TONGUES

MOST_BYTES = 2048  # of a form; the page's own takes about 150
_MOST_FIELDS = 16

STANDINGS = tuple(one for one in Status if one is not Status.SURVIVOR)
"""What can be chosen of somebody's standing: nobody is ever asked to say that they were harmed."""


class Form(StrEnum):
    """Name what the answer is made as."""

    PAGE = "page"
    MESSAGES = "messages"  # text in the length of short messages
    CARD = "card"  # to print
    COPY = "copy"  # one plain HTML file of all help in a place


class Age(StrEnum):
    """Name how old somebody is, as far as it is asked."""

    CHILD = "child"  # less than 18 years
    GROWN = "grown"


class Far(StrEnum):
    """Name how far somebody can go."""

    HERE = "here"  # in the place alone
    NEAR = "10"  # km
    WIDE = "50"  # km


@dataclass(frozen=True, slots=True)
class Question:
    """Hold a choice; it is a key of the cache and is written nowhere."""

    language: str
    asked: bool = False  # the form was sent: there are results to show
    need: Need | None = None
    area: str | None = None
    spoken: str | None = None  # a language that somebody there should speak
    sex: Sex | None = None
    age: Age | None = None
    status: Status | None = None
    way: Reach | None = None  # how help can be had; None: in any way
    far: Far | None = None
    free: bool = False  # only what costs nothing
    open_now: bool = False  # only what is open at this moment
    form: Form = Form.PAGE

    def chosen(self) -> dict[str, str]:
        """Return the fields of the form as they were chosen, so that another form can carry them on.

        >>> Question("en", True, need=Need.LEGAL, free=True).chosen()
        {'need': 'legal', 'area': '', 'free': '1'}
        """
        fields = {
            "need": self.need or "",
            "area": self.area or "",
            "spoken": self.spoken or "",
            "sex": self.sex or "",
            "age": self.age or "",
            "status": self.status or "",
            "way": self.way or "",
            "far": self.far or "",
            "free": "1" if self.free else "",
            "open": "1" if self.open_now else "",
        }
        return {name: str(value) for name, value in fields.items() if value or name in {"need", "area"}}

    def folded(self) -> bool:
        """Say whether one of the choices that lie folded was made."""
        return bool(self.chosen().keys() - {"need", "area", "spoken"})

    def meant(self) -> Asked:
        """Return what matching is asked. Who names no place is told of phones and pages, unless they say otherwise."""
        anywhere = AFAR if self.area is None else frozenset[Reach]()
        return Asked(
            needs=frozenset({self.need} if self.need else ()),
            languages=frozenset({self.spoken} if self.spoken else ()),
            grown=None if self.age is None else self.age is Age.GROWN,
            sex=self.sex,
            statuses=frozenset({self.status} if self.status else ()),
            open_now=self.open_now,
            free=self.free,
            reach=frozenset({self.way}) if self.way else anywhere,
            area=self.area,
            within_km=None if self.far in {None, Far.HERE} else float(str(self.far)),
            same_area=self.far is Far.HERE,
        )


_Of = TypeVar("_Of", bound=Enum)


def question(
    body: bytes, *, places: Container[str], language: str, far: Container[Far] = (), timed: bool = False
) -> Question:
    """Read a form; what is not on the lists counts as not chosen.

    Args:
        body: application/x-www-form-urlencoded, of at most `MOST_BYTES`.
        places: codes that can be chosen.
        language: of the page, where the form names none.
        far: how far somebody may choose to go.
        timed: whether it is known what time it is there, so that somebody may ask what is open.

    >>> one = question(b"need=shelter&area=pcode%3AT1&as=card", places={"pcode:T1"}, language="fr")
    >>> one.need.value, one.area, one.form.value
    ('shelter', 'pcode:T1', 'card')
    >>> question(b"need=%3Cscript%3E&area=x&status=survivor", places=set(), language="en").chosen()
    {'need': '', 'area': ''}
    """
    try:
        text = body.decode("ascii")
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:  # no form of this page: other bytes, or more fields
        fields = {}
    page = fields["lang"] if fields.get("lang") in TONGUES else language
    area = _one(fields, "area", places)
    form = _member(Form, fields.get("as")) or Form.PAGE
    if form is Form.COPY:  # a file is for tomorrow: it holds what is in the place, whatever is needed today
        return Question(page, True, area=area, form=form)
    status = _member(Status, fields.get("status"))
    distance = _member(Far, fields.get("far"))
    return Question(
        language=page,
        asked="need" in fields or "area" in fields,
        need=_member(Need, fields.get("need")),
        area=area,
        spoken=_one(fields, "spoken", TONGUES),
        sex=_member(Sex, fields.get("sex")),
        age=_member(Age, fields.get("age")),
        status=status if status in STANDINGS else None,
        way=_member(Reach, fields.get("way")),
        far=distance if area is not None and distance in far else None,
        free=fields.get("free") == "1",
        open_now=timed and fields.get("open") == "1",
        form=form,
    )


def _one(fields: dict[str, str], name: str, among: Container[str]) -> str | None:
    """Return a field that is on a list; None: it is not."""
    value = fields.get(name)
    return value if value is not None and value in among else None


def _member(of: type[_Of], value: str | None) -> _Of | None:
    """Return a member of a closed set by its value; None: it is none."""
    return of(value) if value in of._value2member_map_ else None
