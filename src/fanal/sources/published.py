"""Published: the file of a layer that stands at an address, or that a CKAN site has, fetched only where it changed.

CKAN: docs.ckan.org, API guide (resource_show, package_show); the Humanitarian Data Exchange is one such site.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import httpx

from fanal.model.error import InputError, UserError
from fanal.model.layer import LayerKind
from fanal.sources.answer import Answer, ask, client, refuse
from fanal.sources.catalogue import layer_source
from fanal.sources.parts import json_of
from fanal.text.host import is_local

MOST_BYTES = 256 << 20
"""Of one file."""

MOST_SECONDS = 540.0
"""For one file."""

MOST_SAID = 4 << 20
"""Bytes of what CKAN says of a data set."""

_HINT = "Look at the address, and ask its publisher."
_FORMS = {
    "csv": ".csv",
    "tsv": ".tsv",
    "geojson": ".geojson",
    "json": ".json",
    "geopackage": ".gpkg",
    "gpkg": ".gpkg",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Say where a layer stands: a file's address, or a resource of a CKAN site."""

    name: str  # of the layer, for sentences
    kind: LayerKind
    url: str = ""
    ckan: str = ""
    package: str = ""
    resource: str = ""
    hosts: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Return the address as it is kept: of its query, which may hold a key, stays a digest.

        >>> Address(name="a", kind=LayerKind.EVENTS, url="https://a.example/b.csv?key=1").shown
        'https://a.example/b.csv#fc21dbb5'
        """
        if self.url:
            bare = self.url.split("?", 1)[0].split("#", 1)[0]
            return bare if bare == self.url else f"{bare}#{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"
        return f"{self.ckan.rstrip('/')} {self.package or '-'} {self.resource or '-'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Hold what is known of the version that is here already; empty: nothing."""

    etag: str = ""
    modified: str = ""
    marker: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Hold what stands at an address."""

    body: bytes | None  # None: the same as what is known
    known: Known  # of this version
    suffix: str = ""  # of the file's name
    address: str = ""  # as it is kept
    published: str = ""  # when it was changed, as the publisher says
    source: str = ""  # as CKAN says; empty: nothing
    licence: str = ""


async def fetch(address: Address, known: Known, *, now: datetime, contact: str = "") -> Published:
    """Return the file at an address, or that it is the one that is known.

    An address is asked with the ETag and date of what is known. A CKAN site is asked what it has first; a file
    that it keeps itself is fetched only where its date or hash changed. The last word has the SHA-256.

    Args:
        address: where.
        known: of the version that is here.
        now: the time.
        contact: of whoever runs this, told to the server.

    Raises:
        LostError: a later try is worth it.
        UserError: it is refused for good, leads elsewhere, or is no file of a layer.
    """
    async with client(contact=contact) as requests:
        if not address.ckan:
            return await _file(requests, address, address.url, known, now=now)
        said, package = await _resource(requests, address, now=now)
        marker = f"{said.get('last_modified') or ''} {said.get('hash') or ''}".strip()
        about: dict[str, Any] = {
            "published": str(said.get("last_modified") or "")[:64],
            "source": _source(package, said),
            "licence": str(package.get("license_title") or package.get("license_id") or "")[:300],
        }
        if known.sha256 and marker and marker == known.marker and said.get("url_type") == "upload":
            return Published(body=None, known=known, address=address.shown, **about)
        where = str(said.get("download_url") or said.get("url") or "")
        got = await _file(requests, address, where, known, now=now, form=str(said.get("format") or ""))
        return replace(got, known=replace(got.known, marker=marker[:300]), address=address.shown, **about)


async def _file(
    requests: httpx.AsyncClient, address: Address, url: str, known: Known, *, now: datetime, form: str = ""
) -> Published:
    """Fetch a file, if it is another than the one that is known."""
    what = f"The layer {address.name}"
    _check_host(url, address, what)
    tags = {"if-none-match": known.etag, "if-modified-since": known.modified} if known.sha256 else {}
    answer = await ask(
        requests,
        url,
        what=what,
        most=MOST_BYTES,
        seconds=MOST_SECONDS,
        headers={name: value for name, value in tags.items() if value},
        hosts=(*address.hosts, *_host_of(address.ckan)),
    )
    refuse(answer, what=what, now=now, hint=_HINT)
    if answer.status == httpx.codes.NOT_MODIFIED:
        return Published(body=None, known=known, address=address.shown)
    digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
    etag, modified = answer.validators()
    now_known = Known(etag=etag, modified=modified, sha256=digest)
    return Published(
        body=None if digest == known.sha256 else answer.body,
        known=now_known,
        suffix=_suffix(answer, url, form, address.kind),
        address=address.shown,
        published=modified,
    )


async def _resource(
    requests: httpx.AsyncClient, address: Address, *, now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a CKAN site says of a resource and of its data set."""
    package: dict[str, Any] = {}
    if address.package:
        package = await _said(requests, address, "package_show", address.package, now=now)
    if not package:
        alone = await _said(requests, address, "resource_show", address.resource, now=now)
        if (of := alone.get("package_id")) and isinstance(of, str):
            package = await _said(requests, address, "package_show", of, now=now)
        return alone, package
    resources = [one for one in package.get("resources") or () if isinstance(one, dict)]
    if address.resource:
        wanted = [one for one in resources if address.resource in (one.get("id"), one.get("name"))]
    else:
        suffixes = layer_source(address.kind).suffixes
        wanted = [one for one in resources if _FORMS.get(str(one.get("format")).lower()) in suffixes]
    if len(wanted) != 1:
        names = ", ".join(str(one.get("name"))[:60] for one in resources[:10])
        raise UserError(
            f"The layer {address.name}: the data set has {len(wanted)} resources that fit; it has {names or 'none'}.",
            hint=f"Name one as resource in [layer_sources.{address.name}].",
        )
    return wanted[0], package


async def _said(
    requests: httpx.AsyncClient, address: Address, action: str, wanted: str, *, now: datetime
) -> dict[str, Any]:
    """Return the result of an action of CKAN."""
    what = f"The layer {address.name}, CKAN's {action}"
    answer = await ask(
        requests,
        f"{address.ckan.rstrip('/')}/api/3/action/{action}",
        what=what,
        most=MOST_SAID,
        seconds=120.0,
        params={"id": wanted},
        hosts=address.hosts,
    )
    refuse(answer, what=what, now=now, hint="Look at ckan, package and resource.")
    said = json_of(answer.body)
    result = said.get("result") if isinstance(said, dict) and said.get("success") is True else None
    if not isinstance(result, dict):
        raise UserError(
            f"{what} gives no answer of CKAN.", hint="Look at ckan: it is the address of the site."
        )
    return result


def _check_host(url: str, address: Address, what: str) -> None:
    """Refuse a file that stands elsewhere than was allowed."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    allowed = {*_host_of(address.url), *_host_of(address.ckan), *address.hosts}
    local = parts.scheme == "http" and is_local(host)
    if not host or host not in allowed or not (parts.scheme == "https" or local):
        raise UserError(
            f"{what} stands at {str(host)[:100]} by {parts.scheme[:10] or 'nothing'}, which is not allowed.",
            hint=f"If it is right, add the host to hosts of [layer_sources.{address.name}].",
        )


def _host_of(url: str) -> Collection[str]:
    """Return the host of an address, if it has one."""
    host = urlsplit(url).hostname
    return (host,) if host else ()


def _suffix(answer: Answer, url: str, form: str, kind: LayerKind) -> str:
    """Return the suffix under which a file is read: as its name has it, as CKAN says, else as its kind usually has."""
    suffixes = layer_source(kind).suffixes
    for path in (urlsplit(url).path, urlsplit(answer.address).path):
        if (suffix := PurePosixPath(path).suffix.lower()) in suffixes:
            return suffix
    said = _FORMS.get(form.lower(), "")
    return said if said in suffixes else suffixes[0]


def _source(package: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    """Return publisher and data set as a CKAN site names them."""
    organization = package.get("organization")
    publisher = organization.get("title") if isinstance(organization, dict) else None
    parts = (package.get("dataset_source") or publisher, package.get("title"), resource.get("name"))
    return ": ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())[:300]


def unreadable(error: InputError, *, path: str, name: str) -> InputError:
    """Return the error of a file with the layer's name in place of where it lay for a moment."""
    return InputError(error.sentence.replace(path, f"The file of the layer {name}"), hint=error.hint)
