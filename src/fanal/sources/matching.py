"""Matching puts rows into areas: by P-code, else by name in any script; a name that fits two areas fits none."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from fanal.model.error import InputError
from fanal.sources.cells import is_empty
from fanal.sources.sheet import Sheet, Wanted

DEEPEST_LEVEL = 4
SCHEME = "pcode:"

_ARABIC = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ک": "ك",
        "ـ": "",
    }
)
_QUOTES = re.compile(r"['\u2018\u2019\u02bb\u02bc\u02be\u02bf`\u00b4]")
_ARTICLE = re.compile(r"\b(?:al|el|ad|an|ar|as|ash|at|az)[ -](?=\w)")
_ARABIC_ARTICLE = re.compile(r"\bال(?=\w{2})")
_GENERIC = re.compile(r"\b(?:district|governorate|province|qada|qadaa|محافظه|قضاء)\b")

_LEVEL_NAMES: dict[int, tuple[str, ...]] = {
    0: ("country",),
    1: ("governorate", "gov", "gov_en", "province", "state", "region"),
    2: ("district", "dis_en", "district_name"),
}


def fold(name: str) -> str:
    """Return a name as it is compared: without case, accents, vowel marks, articles, signs and blanks.

    >>> fold("Al-Ḥamdaniya District") == fold("hamdaniya"), fold("الموصل") == fold("موصل")
    (True, True)
    """
    letters = unicodedata.normalize("NFKD", name.translate(_ARABIC))
    bare = "".join(c for c in letters if not unicodedata.combining(c)).translate(_ARABIC).casefold()
    bare = _QUOTES.sub("", bare)
    bare = re.sub(r"[\u2010-\u2015]", "-", bare)
    bare = _GENERIC.sub(" ", bare).strip() or bare
    bare = _ARABIC_ARTICLE.sub("", _ARTICLE.sub("", bare))
    return re.sub(r"[\W_]+", "", bare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Hold what a row says of its place at one level; `level` None: it does not say which."""

    level: int | None
    code: str
    name: str
    parent: str


class AreaIndex:
    """Find areas by code and by name."""

    def __init__(self, areas: pa.Table) -> None:
        self.codes: list[str] = areas["area"].to_pylist()
        self.levels: list[int] = areas["level"].to_pylist()
        self._parents: list[str | None] = areas["parent"].to_pylist()
        self._row_of = {code: row for row, code in enumerate(self.codes)}
        self._by_code = {bare_code(code): row for row, code in enumerate(self.codes)}
        self._by_name: dict[str, set[int]] = {}
        self.deepest = max(self.levels, default=0)
        columns = [areas[name].to_pylist() for name in ("name", "name_ar", "name_fr")]
        for row, (*names, aliases) in enumerate(zip(*columns, areas["aliases"].to_pylist(), strict=True)):
            for name in [*names, *(aliases or [])]:
                if name and fold(name):
                    self._by_name.setdefault(fold(name), set()).add(row)

    def find(self, place: Place) -> int | None:
        """Return the row of the area that a place means, or None when none or several fit."""
        if place.code:
            row = self._by_code.get(bare_code(place.code))
            if row is not None:
                return row
        rows = self._by_name.get(fold(place.name), set()) if place.name else set()
        if place.level is not None:
            rows = {row for row in rows if self.levels[row] == place.level}
        elif rows:
            deepest = max(self.levels[row] for row in rows)
            rows = {row for row in rows if self.levels[row] == deepest}
        if len(rows) > 1 and place.parent:
            above = self._by_name.get(fold(place.parent), set())
            by_code = self._by_code.get(bare_code(place.parent))
            above = above | ({by_code} if by_code is not None else set())
            rows = {row for row in rows if above & set(self.above(row))}
        return rows.pop() if len(rows) == 1 else None

    def above(self, row: int) -> list[int]:
        """Return the rows of the areas that hold an area, nearest first."""
        held: list[int] = []
        code = self._parents[row]
        while code is not None and (parent := self._row_of.get(code)) is not None and parent not in held:
            held.append(parent)
            code = self._parents[parent]
        return held

    def at_level(self, row: int, level: int) -> int | None:
        """Return the area itself or the one above it at a level, or None when it is coarser or has none."""
        return next((r for r in (row, *self.above(row)) if self.levels[r] == level), None)


def bare_code(code: str) -> str:
    """Return a P-code without its scheme and its case.

    >>> bare_code("pcode:IQG15"), bare_code(" iqg15 ")
    ('IQG15', 'IQG15')
    """
    text = code.strip()
    return (text[len(SCHEME) :] if text.lower().startswith(SCHEME) else text).upper()


class Matcher:
    """Put the rows of a sheet into areas, and count what did not match."""

    def __init__(self, sheet: Sheet, areas: pa.Table | None, mapping: Mapping[str, str]) -> None:
        if areas is None or not len(areas):
            raise InputError(
                f"{sheet.path} cannot be put into areas: the workspace has none.",
                hint="Add the boundaries first: fanal layers add FILE --kind areas.",
            )
        self.index = AreaIndex(areas)
        self.matched = 0
        self._sheet = sheet
        self._unmatched: Counter[str] = Counter()
        self._known: dict[tuple[str, ...], tuple[int | None, str]] = {}
        self._levels: list[tuple[int | None, int | None, int | None]] = []
        self._parent = sheet.find("parent", Wanted(), mapping)
        if "code" in mapping or "name" in mapping:
            code = sheet.find("code", Wanted(), mapping)
            self._levels.append((None, code, sheet.find("name", Wanted(), mapping)))
            return
        for depth in range(min(DEEPEST_LEVEL, self.index.deepest), -1, -1):
            of_level = (sheet.find("code", _code(depth), {}), sheet.find("name", _name(depth), {}))
            if of_level != (None, None):
                self._levels.append((depth, *of_level))
        loose = sheet.find("code", Wanted(tags=("#loc+code",), names=("pcode", "p_code")), {})
        if loose is not None and all(code is None for _, code, _ in self._levels):
            if self._levels:
                finest, _, named = self._levels[0]
                self._levels[0] = (finest, loose, named)
            else:
                self._levels.append((None, loose, None))

    @property
    def knows_places(self) -> bool:
        """Tell whether the sheet has any column for a code or a name."""
        return bool(self._levels)

    def need_places(self) -> None:
        """Refuse a sheet without any column for a place.

        Raises:
            InputError: there is none.
        """
        if not self._levels:
            raise InputError(
                f"{self._sheet.path} has no column that can be recognised as a P-code or a name of an area; "
                f"it has {', '.join(self._sheet.shown())}.",
                hint="Name one with --map code=COLUMN or --map name=COLUMN.",
            )

    def area(self, row: int) -> str | None:
        """Return the code of the area of a row, and count it as matched or unmatched."""
        cells = [
            tuple(self._sheet.cell(column, row) or "" for column in (code, name))
            for _, code, name in self._levels
        ]
        parent = self._sheet.cell(self._parent, row) or ""
        key = (*(cell for pair in cells for cell in pair), parent)
        if key not in self._known:
            self._known[key] = self._match(cells, parent)
        found, written = self._known[key]
        if found is None:
            self.miss(written)
            return None
        self.matched += 1
        return self.index.codes[found]

    def miss(self, written: str) -> None:
        """Count a row that found no area."""
        self._unmatched[written] += 1

    def unmatched(self) -> tuple[tuple[str, int], ...]:
        """Return what did not match, most rows first."""
        return tuple(sorted(self._unmatched.items(), key=lambda item: (-item[1], item[0])))

    def _match(self, cells: list[tuple[str, ...]], parent: str) -> tuple[int | None, str]:
        """Return the area of a row and the place as it is written.

        The finest level that the row fills decides alone: a district that is not known is not counted
        for its governorate.
        """
        filled = [["" if is_empty(cell) else cell.strip() for cell in pair] for pair in cells]
        for depth, ((level, _, _), (code, name)) in enumerate(zip(self._levels, filled, strict=True)):
            if not (code or name):
                continue
            above = parent or next((p[1] or p[0] for p in filled[depth + 1 :] if any(p)), "")
            found = self.index.find(Place(level=level, code=code, name=name, parent=above))
            return found, name or code
        return None, "(no place)"


def _code(level: int) -> Wanted:
    """Return how the column with the P-codes of a level is recognised."""
    names = (
        f"ADM{level}_PCODE",
        f"admin{level}Pcode",
        f"admin{level}Pcod",
        f"adm{level}_code",
        f"A{level}Code",
    )
    return Wanted(tags=(f"#adm{level}+code", f"#adm{level}+pcode"), names=names)


def _name(level: int) -> Wanted:
    """Return how the column with the names of a level is recognised."""
    names = (
        f"ADM{level}_EN",
        f"admin{level}Name_en",
        f"admin{level}Name",
        f"ADM{level}_NAME",
        f"A{level}NameEn",
        f"NAME_{level}",
        f"admin{level}",
        f"adm{level}",
        f"ADM{level}_FR",
        f"ADM{level}_AR",
        *_LEVEL_NAMES.get(level, ()),
    )
    return Wanted(tags=(f"#adm{level}+name", f"#adm{level}-code-pcode"), names=names)
