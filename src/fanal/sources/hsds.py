"""A directory of services from a file: HSDS 3 as JSON or tables, a list of who does what where, Ohana's tables."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from fanal.model.directory import Row
from fanal.model.error import InputError
from fanal.model.problem import Problem
from fanal.sources import hsds_list, hsds_nested, hsds_ohana, hsds_tables
from fanal.sources.opening import head


class DirectoryForm(StrEnum):
    """Name how a directory is written.

    >>> DirectoryForm("json").value
    'json'
    """

    JSON = "json"  # HSDS 3: services, organizations or places as nested documents, or tables of rows
    TABLES = "tables"  # HSDS 3: a folder or a zip of CSV files, with or without datapackage.json
    LIST = "list"  # one CSV or HXL 3W list, a row a service
    OHANA = "ohana"  # a folder or a zip of CSV files as the Ohana API takes them


@dataclass(slots=True, kw_only=True)
class Draft:
    """Hold what was read of a directory, before anything is taken."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def form_of(path: Path) -> DirectoryForm:
    """Tell the form of a file or folder.

    Raises:
        InputError: it is none of them.
    """
    if path.is_dir() or hsds_tables.is_zip(path):
        names = hsds_tables.names_of(path)
        if hsds_ohana.MARKS & names:
            return DirectoryForm.OHANA
        return DirectoryForm.TABLES
    first = head(path).lstrip()[:1]
    return DirectoryForm.JSON if first in (b"{", b"[") else DirectoryForm.LIST


def read(path: Path, *, source: str, mapping: Mapping[str, str], form: DirectoryForm | None = None) -> Draft:
    """Read a directory into rows of HSDS tables; what is wrong with a row is said, and nothing is mended.

    Args:
        path: a file, or a folder of tables.
        source: the directory's name; ids that a list has not are made of it and the row, so that the same list
            read again gives the same ids.
        mapping: column of a list by part: see `fanal.sources.hsds_list.PARTS`.
        form: None: told from the file.

    Raises:
        InputError: it cannot be read at all.
    """
    form = form or form_of(path)
    if mapping and form is not DirectoryForm.LIST:
        raise InputError(f"{path} has columns of its own.", hint="--map is for a list in one CSV file.")
    draft = Draft()
    if form is DirectoryForm.JSON:
        hsds_nested.read(path, draft.rows, draft.problems)
    elif form is DirectoryForm.TABLES:
        hsds_tables.read(path, draft.rows, draft.problems)
    elif form is DirectoryForm.OHANA:
        hsds_ohana.read(path, draft.rows, draft.problems, made_id(source))
    else:
        hsds_list.read(path, draft.rows, draft.problems, mapping, made_id(source))
    if not draft.rows and not draft.problems:
        raise InputError(f"{path} holds no entry of a directory.", hint="docs/services.md shows each form.")
    return draft


def made_id(source: str) -> "hsds_list.MakeId":
    """Return what makes an id (UUID version 5, RFC 9562) of a table and what is the entry's own.

    >>> make = made_id("A list")
    >>> make("service", "7") == make("service", "7"), make("service", "7") == make("phone", "7")
    (True, False)
    """
    space = uuid.uuid5(uuid.NAMESPACE_URL, f"fanal:directory:{source}")
    return lambda table, *own: str(uuid.uuid5(space, "\x1f".join((table, *own))))
