"""Excel: what openpyxl writes is read as it was meant, and what is hostile is refused in one sentence."""

import csv
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.bench.workbook_file import parts
from fanal.model.error import InputError
from fanal.sources import excel, workbook
from fanal.sources.catalogue import find, guess
from fanal.sources.mapping import FieldMapping
from fanal.testing.check_source import rows_of

HEAD = ["id", "author", "time", "text"]
TIME = "2014-08-03T05:00:00Z"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


def write(path: Path, rows: Sequence[Sequence[Any]], *, sheet: str = "Sheet") -> Path:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def posts(path: Path, **mapping: str) -> list[dict[str, Any]]:
    readings = excel.read(path, mapping=FieldMapping(**mapping))
    return [post for reading in readings for post in reading.posts.to_pylist()]


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=12), most=st.integers(1, 5))
def test_cells_are_read_as_the_library_that_wrote_them_reads_them(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], most: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "random.xlsx"
    write(path, [HEAD, *([name, None, TIME, text] for name, text in rows)])
    there = openpyxl.load_workbook(path, data_only=True).active.iter_rows(min_row=2, values_only=True)
    expected = [
        (number, str(row[0]) if row[0] is not None else None, row[3])
        for number, row in enumerate(there, start=2)
        if isinstance(row[3], str) and row[3].strip() and not row[3].startswith(("=", "#"))
    ]
    found = [(one["line"], one["id"], one["text"]) for one in posts(path)]
    formulas = {
        number for number, row in enumerate(rows, start=2) if any(cell[:1] in "=#" for cell in row if cell)
    }
    assert [one for one in found if one[0] not in formulas] == [
        one for one in expected if one[0] not in formulas
    ]
    whole = rows_of(list(excel.read(path, mapping=FieldMapping())))
    assert rows_of(list(excel.read(path, mapping=FieldMapping(), rows=most))) == whole


def test_dates_in_cells_take_the_zone_of_the_settings_in_both_calendars(tmp_path: Path) -> None:
    moment = datetime(2014, 8, 3, 9, 30, 15)  # noqa: DTZ001 - a cell has none
    for since in (openpyxl.utils.datetime.WINDOWS_EPOCH, openpyxl.utils.datetime.MAC_EPOCH):
        book = openpyxl.Workbook()
        book.epoch = since
        book.active.append(HEAD)
        book.active.append(["a", "b", moment, "Roads are open."])
        book.save(tmp_path / "dates.xlsx")
        (one,) = posts(tmp_path / "dates.xlsx", timezone="Asia/Baghdad")
        assert one["time"] == datetime(2014, 8, 3, 6, 30, 15, tzinfo=UTC)


def test_the_named_sheet_is_read_and_else_the_first_that_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title, book.active.sheet_state = "hidden", "hidden"
    for name in ("first", "second"):
        sheet = book.create_sheet(name)
        sheet.append(HEAD)
        sheet.append([name, "b", TIME, f"Of the {name} sheet."])
    book.save(tmp_path / "sheets.xlsx")
    assert [one["id"] for one in posts(tmp_path / "sheets.xlsx")] == ["first"]
    assert [one["id"] for one in posts(tmp_path / "sheets.xlsx", sheet="second")] == ["second"]
    with pytest.raises(InputError, match=r"no sheet 'third'; it has first, second\."):
        posts(tmp_path / "sheets.xlsx", sheet="third")


def test_a_sheet_without_a_header_names_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its first row is when, said"):
        posts(write(tmp_path / "x.xlsx", [["when", "said"], ["1", "2"]]))
    assert posts(
        write(tmp_path / "x.xlsx", [["a title"], [], ["when", "said"], [TIME, "Two"]]),
        time="when",
        text="said",
    )


def replaced(path: Path, part: str, content: bytes) -> Path:
    """Write a workbook anew with another content of one part."""
    out = path.with_name("hostile.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out


def test_what_is_hostile_is_refused_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.xlsx", [HEAD, ["a", "b", TIME, "Roads are open."]])
    sheet = "xl/worksheets/sheet1.xml"
    xml = zipfile.ZipFile(path).read(sheet)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + xml
    for content, said in [
        (bomb, "document type"),
        (xml[:-40], "damaged"),
        (b"\x00" * 100, "damaged"),
        (xml.replace(b'<row r="2"', b'<row r="1"'), "order"),
        (b" " * (workbook.RATIO_FREE_BYTES + 1) + xml, "unpacks"),
    ]:
        with pytest.raises(InputError, match=said):
            posts(replaced(path, sheet, content))
    far = xml.replace(b'r="D2"', b'r="XFD2"').replace(b'<row r="2"', b'<row r="1048576"')
    assert posts(replaced(path, sheet, far)) == []  # nothing is held between two corners
    monkeypatch.setattr(workbook, "MAX_ROW_BYTES", 10)
    with pytest.raises(InputError, match="longer than 16 MB"):
        posts(
            write(
                tmp_path / "long.xlsx", [[*HEAD], ["a", "b", TIME, "Roads are open."], [1] * 20 + [10**9] * 9]
            )
        )


def test_old_and_locked_workbooks_are_told_and_refused(tmp_path: Path) -> None:
    old = tmp_path / "old.xls"
    old.write_bytes(workbook.OLD + bytes(600))
    assert guess(old).name == "excel"
    with pytest.raises(InputError, match="old Excel"):
        posts(old)


CELLS = st.tuples(
    st.integers(0, 10**14) | TEXTS,
    st.integers(0, 10**9) | TEXTS,
    st.sampled_from([TIME, 1407042000, "soon", None, "2014-08-03 05:00"])
    | st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
    TEXTS | st.just("Roads are open."),
    st.sampled_from([43.1, "43.1", 0, None, "east", 743.5]),
    st.sampled_from([36.3, "36.3", 0, None, 143]),
)


@settings(deadline=None, max_examples=60)
@given(table=st.lists(CELLS, min_size=1, max_size=8))
def test_a_sheet_gives_the_posts_of_the_same_table_as_csv(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[Any, ...]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    head = [*HEAD, "lon", "lat"]
    with (folder / "same.csv").open("w", encoding="utf-8", newline="") as out:
        rows = [[one.isoformat() if isinstance(one, datetime) else one for one in row] for row in table]
        csv.writer(out).writerows([head, *rows])
    book = openpyxl.Workbook()
    book.active.append(head)
    for at, row in enumerate(table, start=2):
        for place, value in enumerate(row, start=1):
            if value not in (None, ""):
                book.active.cell(at, place).value = value
                if isinstance(value, str):
                    book.active.cell(at, place).data_type = "s"  # even where it looks like a formula
    book.save(folder / "same.xlsx")

    def told(form: str, path: Path) -> list[tuple[str, Any]]:
        readings = list(find(form).read(path, mapping=FieldMapping(timezone="Asia/Baghdad")))
        return [
            (part, {**dict(made), "line": 0} if part == "post" else made)
            for _, part, made in rows_of(readings)
        ]  # type: ignore[call-overload]

    assert told("excel", folder / "same.xlsx") == told("csv", folder / "same.csv")


def test_a_text_that_many_rows_share_is_never_written_out_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = "".join(
        f'<row r="{n}"><c r="A{n}"><v>1407042000</v></c><c r="B{n}" t="s"><v>2</v></c></row>'
        for n in range(2, 52)
    )
    head = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    shared = f"<si><t>time</t></si><si><t>text</t></si><si><t>{'a' * 1000}</t></si>"
    path = tmp_path / "shared.xlsx"
    path.write_bytes(parts(sheet=f"<sheetData>{head}{many}</sheetData>", shared=shared))
    monkeypatch.setattr(excel, "MOST_TEXT", 5_000)
    readings = list(excel.read(path, mapping=FieldMapping()))
    assert [len(reading.posts) for reading in readings] == [5] * 10
    monkeypatch.setattr(workbook, "MAX_ROW_BYTES", 999)
    with pytest.raises(InputError, match="row 2 is longer than 16 MB"):
        list(excel.read(path, mapping=FieldMapping()))


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_a_workbook_with_noise_in_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = (
        '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        '<row r="2"><c r="A2"><v>1407042000</v></c><c r="B2" t="s"><v>2</v></c></row></sheetData>'
    )
    at, end = (data.draw(st.integers(0, len(whole))) for _ in range(2))
    noise = data.draw(st.text(st.sampled_from("<>/=\"' 9Arcvst:&;\x00"), max_size=6) | st.just(whole[at:end]))
    shared = "<si><t>time</t></si><si><t>text</t></si><si><t>Roads.</t></si>"
    content = bytearray(parts(sheet=whole[:at] + noise + whole[max(at, end) :], shared=shared))
    for _ in range(data.draw(st.integers(0, 2))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "noise.xlsx"
    path.write_bytes(bytes(content))
    try:
        found = rows_of(list(excel.read(path, mapping=FieldMapping())))
    except InputError as error:
        assert error.hint  # noqa: PT017 - many examples raise nothing
    else:
        assert len({line for line, _, _ in found}) == len(found)


def test_one_endless_attribute_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = b'<worksheet xmlns="%s"><sheetData><row r="1"><c a="' % space
    sample = Path(__file__).parent / "samples" / "excel.xlsx"
    with zipfile.ZipFile(sample) as whole, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for part in whole.namelist():
            body = whole.read(part)
            if part.startswith("xl/worksheets/"):
                body = sheet + b"x" * (60 << 20) + b'"/></row></sheetData></worksheet>'
            made.writestr(part, body)
    with pytest.raises(InputError, match=r"16 MB|unpacks to more"):
        list(excel.read(file, mapping=FieldMapping()))
