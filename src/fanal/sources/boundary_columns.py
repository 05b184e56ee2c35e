"""The columns of boundaries: which one holds the code and the name of which level, told by their names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanal.model.error import InputError

LEVELS = range(5)
"""0 country to 4; COD-AB and GADM go no deeper in practice."""

_CODE = ("adm{n}_pcode", "admin{n}pcode", "admin{n}pcod", "admin{n}_pcode", "adm{n}pcode", "a{n}code")
_NAME = (
    "adm{n}_en",
    "admin{n}name_en",
    "admin{n}name",
    "admin{n}na",
    "adm{n}_name",
    "a{n}nameen",
    "name_{n}",
    "adm{n}_fr",
    "admin{n}name_fr",
    "adm{n}_ar",
    "admin{n}name_ar",
)
_ARABIC = ("adm{n}_ar", "admin{n}name_ar", "a{n}namear")
_FRENCH = ("adm{n}_fr", "admin{n}name_fr")
_ALIASES = re.compile(
    r"(?:adm{n}_ref|adm{n}alt\d\w\w|a{n}na(?:me|ar)alt\d?|varname_{n})".replace("{n}", r"(\d)")
)
_PLAIN_NAME = ("shapename", "name_en", "name", "admin_name", "area", "district", "province", "governorate")
_PLAIN_CODE = ("pcode", "p_code", "hrpcode")
_COUNTRY = ("adm0_pcode", "admin0pcode", "iso_a2", "iso2", "country_code")
_TYPE = re.compile(r"ADM([0-4])", re.IGNORECASE)
DEFAULT_LEVEL = 1
"""Areas that do not say their level are taken as first-level ones."""

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelColumns:
    """Name the columns of one level; empty: there is none."""

    code: str = ""
    name: str = ""
    name_ar: str = ""
    name_fr: str = ""
    aliases: tuple[str, ...] = ()

    @staticmethod
    def text(properties: Mapping[str, Any], column: str) -> str:
        """Return a property as text, without blanks around it; empty when there is none."""
        value = properties.get(column) if column else None
        return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hold what the columns of a file are."""

    columns: dict[int, LevelColumns]
    level: int  # of areas that do not say theirs
    level_column: str
    country: str  # a column
    country_code: str  # or the code itself
    parent: str  # a column

    def level_of(self, properties: Mapping[str, Any]) -> int:
        """Return the level of one area."""
        said = str(properties.get(self.level_column, "")) if self.level_column else ""
        found = _TYPE.search(said) or re.fullmatch(r"\s*([0-4])\s*", said)
        return int(found[1]) if found else self.level

    def country_of(self, properties: Mapping[str, Any]) -> str:
        """Return the country of one area as ISO 3166-1 alpha-2, or nothing."""
        said = self.country_code or LevelColumns.text(properties, self.country)
        return said.upper() if re.fullmatch(r"[A-Za-z]{2}", said) else ""


def find_columns(path: Path, rows: Sequence[Mapping[str, Any]], mapping: Mapping[str, str]) -> Found:
    """Tell what the columns of a file are, from their names and from what the user named.

    Raises:
        InputError: a column that was named is not there, or none holds names.
    """
    keys = list({key: None for row in rows for key in row})
    by_fold = {key.casefold(): key for key in reversed(keys)}
    _check(path, keys, mapping)
    columns: dict[int, LevelColumns] = {}
    for level in LEVELS:
        found = _level(level, by_fold)
        if _filled(rows, found.name) or _filled(rows, found.code):
            columns[level] = found
    level_column = mapping.get("level", by_fold.get("shapetype", ""))
    fixed = int(level_column) if level_column in map(str, LEVELS) else None
    level = fixed if fixed is not None else max(columns, default=DEFAULT_LEVEL)
    if level == 0 and fixed is None and len(rows) > 1 and "name" in mapping:
        level = DEFAULT_LEVEL
    own = columns.get(level) or _plain(by_fold)
    chosen = {part: mapping[part] for part in ("code", "name", "name_ar", "name_fr") if part in mapping}
    columns[level] = LevelColumns(
        code=chosen.get("code", own.code),
        name=chosen.get("name", own.name),
        name_ar=chosen.get("name_ar", own.name_ar),
        name_fr=chosen.get("name_fr", own.name_fr),
        aliases=own.aliases,
    )
    if rows and not (columns[level].name or columns[level].code):
        raise InputError(
            f"{path} has no column that can be recognised as the name of an area; it has {_shown(keys)}.",
            hint="Name one with --map name=COLUMN.",
        )
    country = mapping.get("country", "")
    return Found(
        columns=columns,
        level=level,
        level_column="" if fixed is not None else level_column,
        country=country if country in keys else next((by_fold[c] for c in _COUNTRY if c in by_fold), ""),
        country_code="" if country in keys else country,
        parent=mapping.get("parent", ""),
    )


def _level(level: int, by_fold: Mapping[str, str]) -> LevelColumns:
    """Return the columns of one level by the names that COD-AB, GADM and others give them."""

    def first(patterns: Sequence[str]) -> str:
        names = (pattern.format(n=level) for pattern in patterns)
        return next((by_fold[name] for name in names if name in by_fold), "")

    aliases = [
        key for name, key in by_fold.items() if (m := _ALIASES.fullmatch(name)) and str(level) in m.groups()
    ]
    return LevelColumns(
        code=first(_CODE),
        name=first(_NAME),
        name_ar=first(_ARABIC),
        name_fr=first(_FRENCH),
        aliases=tuple(sorted(aliases)),
    )


def _plain(by_fold: Mapping[str, str]) -> LevelColumns:
    """Return the columns of a file that names no level."""
    return LevelColumns(
        code=next((by_fold[name] for name in _PLAIN_CODE if name in by_fold), ""),
        name=next((by_fold[name] for name in _PLAIN_NAME if name in by_fold), ""),
        name_ar=by_fold.get("name_ar", ""),
        name_fr=by_fold.get("name_fr", ""),
        aliases=tuple(by_fold[name] for name in ("name_alt", "alt_name") if name in by_fold),
    )


def _check(path: Path, keys: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Refuse a mapping to a column that is not there."""
    for part, column in mapping.items():
        literal = part == "table" or (part == "level" and column.isdecimal())
        literal = literal or (part == "country" and re.fullmatch(r"[A-Za-z]{2}", column) is not None)
        if not literal and column not in keys:
            raise InputError(
                f"{path} has no column {column!r} for {part}; it has {_shown(keys)}.",
                hint=f"Name one with --map {part}=COLUMN.",
            )


def _filled(rows: Sequence[Mapping[str, Any]], column: str) -> bool:
    """Tell whether at least half of the rows have something in a column."""
    if not column:
        return False
    return 2 * sum(bool(LevelColumns.text(row, column)) for row in rows) >= max(1, len(rows))


def _shown(keys: Sequence[str]) -> str:
    """Return the names of columns for a message."""
    return ", ".join(key[:40] for key in keys[:_SHOWN])
