"""The Note: what an activity of ActivityStreams 2.0 says as a post; what is not for everybody is left alone.

Used wherever activities come in: archives, streams, webhooks. References: w3.org/TR/activitystreams-vocabulary,
w3.org/TR/activitypub (sections 5.6, 6).
"""

from collections.abc import Iterator
from typing import Any

from fanal.model.version import version_of
from fanal.sources.markup import plain
from fanal.sources.parts import SKIP, Parts, degree
from fanal.sources.reason import Reason

PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
"""The collection that stands for everybody (ActivityPub, 5.6: all three spellings are met)."""

WRITTEN = frozenset({"Note", "Article", "Question", "Page", "Event", "Image", "Audio", "Video", "Document"})
"""Objects that somebody wrote something in or beside; media themselves are never opened."""

GIVEN = frozenset({"Create", "Update"})
"""Activities that hand over an object of their actor's own."""

EDIT = "Update"
"""The activity that hands over an object with other words than it had; `updated` tells it from other versions."""

PASSED_ON = "Announce"
"""The activity that hands on an object of another's, called a boost or a repost."""

_AUDIENCE = ("to", "cc", "audience")
_HTML = ("", "text/html", "application/xhtml+xml")


def note(activity: dict[str, Any]) -> tuple[Parts, Reason | None]:
    """Return the parts of an activity, or of an object by itself, and what is wrong with it.

    The parts are `id`, `author`, `time`, `text`, `language`, `lon`, `lat` as `fanal.sources.parts.Parts` has them. No
    parts and no reason: it is no post, or not addressed to everybody. Who may see it is asked of the activity and
    of its object, and the stricter answer holds; what is addressed to nobody is private. An update that says when it
    was made is a post of its own, by `fanal.model.version`; any other has the id and time of what it changes.

    >>> note({"type": "Note", "id": "https://a.example/1", "attributedTo": "https://a.example/b", "to": "as:Public",
    ...       "published": "2014-08-03T05:00:00Z", "content": "<p>The road is <b>closed</b>.</p>"})[0]["text"]
    'The road is closed.'
    >>> note({"type": "Note", "to": ["https://a.example/b/followers"], "content": "For friends."})
    ({}, None)
    """
    handed = _handed(activity)
    if handed is None:
        return SKIP
    inner, giver = handed
    text, language = _said(inner)
    if text is None:
        return {}, Reason.TEXT_NOT_TEXT
    passed_on = giver is not inner
    time = giver.get("published")
    if time is None and not passed_on:
        time = activity.get("published")
    parts: Parts = {
        "id": _address(giver.get("id")),
        "author": (None if passed_on else _address(inner.get("attributedTo")))
        or _address(activity.get("actor")),
        "time": time if time is None or isinstance(time, str) else "?",
        "text": text,
        "language": language or _language_of(inner) or _language_of(activity),
    }
    place = _place(inner)
    if place is not None:
        parts["lon"], parts["lat"] = degree(place.get("longitude")), degree(place.get("latitude"))
    if not passed_on and EDIT in _kinds(activity):
        parts |= _edited(parts["id"], inner.get("updated"))
    return parts, None


def _edited(first: Any, updated: Any) -> Parts:
    """Return the id and the time of a version; nothing where it is not told when it was made."""
    version = None if first is None else version_of(first, updated)
    return {} if version is None else {"id": version, "time": updated}


def _handed(activity: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the object with the words and the one whose id and time the post has, or None: it is nobody's to read."""
    kinds = _kinds(activity)
    if kinds & WRITTEN:
        return (activity, activity) if _addressed(activity) and _may_be_read(activity) else None
    if not kinds & (GIVEN | {PASSED_ON}):
        return None
    inner = next(_every(activity.get("object")), None)
    # An object by its address alone is not fetched: nobody's words are in it.
    if not isinstance(inner, dict) or not _kinds(inner) & WRITTEN:
        return None
    if not (_may_be_read(activity) and _may_be_read(inner) and (_addressed(activity) or _addressed(inner))):
        return None
    return inner, activity if PASSED_ON in kinds else inner


def _kinds(said: dict[str, Any]) -> set[str]:
    """Return the types of an object; prefixes of its vocabulary are left out."""
    kinds = said.get("type", said.get("@type"))
    if isinstance(kinds, str):
        return {kinds.removeprefix("as:")}
    return {kind.removeprefix("as:") for kind in _every(kinds) if isinstance(kind, str)}


def _every(value: Any) -> Iterator[Any]:
    """Yield the members of a list, or the one value that stands for a list of one."""
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _address(value: Any) -> str | None:
    """Return the first address of what is an address, an object with an id, or a list of these."""
    for one in _every(value):
        address = one.get("id") if isinstance(one, dict) else one
        if isinstance(address, str) and address:
            return address
    return None


def _addressed(said: dict[str, Any]) -> bool:
    """Tell whether an object says whom it is for."""
    return any(name in said for name in _AUDIENCE)


def _may_be_read(said: dict[str, Any]) -> bool:
    """Tell whether an object is for everybody, or leaves it to what is around it to say so."""
    if not (_addressed(said) or "bto" in said or "bcc" in said):
        return True
    return any(_address(one) in PUBLIC for name in _AUDIENCE for one in _every(said.get(name)))


def _said(inner: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return what an object says, part below part, and the language that its content is told to be in.

    The parts are its title, its warning or summary, its content, and the answers that a question offers. The
    text is None where one of them is there and is no text.
    """
    content, language = _in_some_language(inner, "content")
    summary, _ = _in_some_language(inner, "summary")
    name, _ = _in_some_language(inner, "name")
    answers = [
        answer.get("name") if isinstance(answer, dict) else answer
        for kind in ("oneOf", "anyOf")
        for answer in _every(inner.get(kind))
    ]
    written = [part for part in (name, summary, content, *answers) if part is not None]
    if not all(isinstance(part, str) for part in written):
        return None, None
    media = inner.get("mediaType")
    marked = not isinstance(media, str) or media.split(";")[0].strip().lower() in _HTML
    shown = [name, summary and plain(summary), content and plain(content) if marked else content, *answers]
    return "\n".join(part for part in shown if part), language


def _in_some_language(inner: dict[str, Any], name: str) -> tuple[Any, str | None]:
    """Return a property that may stand by itself, or in a map by language; the first language where it does not.

    The language is that under which the same words stand, else the only one.
    """
    value, by_language = inner.get(name), inner.get(f"{name}Map")
    if not isinstance(by_language, dict) or not by_language:
        return value, None
    if value is None:
        language, value = next(iter(by_language.items()))
    elif len(by_language) == 1:
        language = next(iter(by_language))
    else:
        language = next((tag for tag, words in by_language.items() if words == value), None)
    return value, None if language == "und" else language


def _language_of(said: dict[str, Any]) -> str | None:
    """Return the language that an object's context sets for all its words (JSON-LD 1.1, 4.2.4)."""
    for context in _every(said.get("@context")):
        if isinstance(context, dict) and isinstance(language := context.get("@language"), str):
            return None if language == "und" else language
    return None


def _place(inner: dict[str, Any]) -> dict[str, Any] | None:
    """Return the first place of an object that has coordinates."""
    for place in _every(inner.get("location")):
        if isinstance(place, dict) and ("longitude" in place or "latitude" in place):
            return place
    return None
