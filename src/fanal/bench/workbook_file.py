"""A workbook of Excel for the bench and for tests: one sheet, texts shared between cells as Excel writes them."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_FORM = "application/vnd.openxmlformats-officedocument.spreadsheetml"

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_FORM}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_FORM}.worksheet+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_FORM}.sharedStrings+xml"/></Types>'
)
RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Posts" sheetId="1" r:id="r1"/></sheets>'
    "</workbook>"
)
BOOK_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)


def workbook(rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return a workbook with one sheet; a text is a shared text, a number a number.

    >>> workbook([["id", "text"], [1, "Roads."]])[:2]
    b'PK'
    """
    numbers: dict[str, int] = {}
    lines = []
    for at, row in enumerate(rows, start=1):
        cells = (
            f'<c r="{chr(65 + place)}{at}"><v>{cell}</v></c>'
            if isinstance(cell, int)
            else f'<c r="{chr(65 + place)}{at}" t="s"><v>{numbers.setdefault(cell, len(numbers))}</v></c>'
            for place, cell in enumerate(row)
        )
        lines.append(f'<row r="{at}">{"".join(cells)}</row>')
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in numbers)
    return parts(sheet=f"<sheetData>{''.join(lines)}</sheetData>", shared=shared)


def parts(*, sheet: str, shared: str = "", more: Mapping[str, bytes] | None = None) -> bytes:
    """Return a workbook whose sheet and shared texts hold this XML, with more parts beside them.

    >>> parts(sheet="<sheetData/>", more={"xl/media/a.png": b""})[:2]
    b'PK'
    """
    held: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": BOOK_RELATIONS,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}">{sheet}</worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
        **(more or {}),
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return out.getvalue()
