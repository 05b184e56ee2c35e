"""HXL: tables as CSV with a row of hashtags under the header, as humanitarian data is exchanged."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

HASHTAGS: dict[str, str] = {
    "area": "#loc+code",
    "areas": "#loc+code+list",
    "week": "#date+week+start",
    "signal": "#indicator+signal+name",
    "author_weeks": "#indicator+author_weeks+num",
    "shown": "#meta+shown",
    "low": "#indicator+num+min",
    "high": "#indicator+num+max",
    "whole": "#meta+whole",
    "family": "#indicator+family+name",
    "as_of": "#date+known",
    "start": "#date+start",
    "end": "#date+end",
    "rank": "#indicator+rank+num",
    "observed": "#indicator+observed+num",
    "expected": "#indicator+expected+num",
    "relative_risk": "#indicator+relative_risk+num",
    "llr": "#indicator+llr+num",
    "p_value": "#indicator+p_value+num",
    "recurrence_weeks": "#indicator+recurrence+weeks",
    "replicates": "#meta+replicates+num",
    "new_share": "#indicator+new_share",
    "flood": "#meta+flood",
    "group": "#population+group+name",
    "index": "#severity+index+num",
    "hazard": "#severity+hazard+num",
    "vulnerability": "#severity+vulnerability+num",
    "coping": "#severity+coping+num",
    "missing": "#meta+missing+list",
    "rank_low": "#indicator+rank+num+min",
    "rank_high": "#indicator+rank+num+max",
    "top_ten": "#indicator+top_ten+share",
    "silent": "#meta+silent+list",
    "sector": "#sector+name",
    "agencies": "#org+num",
    "date": "#date+reported",
    "people": "#population+num",
    "families": "#population+families+num",
    "name": "#loc+name",
    "need": "#need+name",
    "unit": "#capacity+unit+name",
    "share": "#meta+share+num",
    "in_need": "#inneed+num",
    "units": "#capacity+num",
    "services": "#service+capacity+num",
    "counted_free": "#service+capacity+free+num",
    "unsaid": "#service+unsaid+num",
    "shortage": "#status+shortage+name",
    "ratio": "#indicator+ratio+num",
    "release": "#meta+release+id",
}
"""Hashtag of each column (HXL 1.1, core hashtags with attributes of ours)."""

SEPARATOR = " | "
"""Stands between the members of a list in one cell; no code holds it."""

_FORMULA = r"^([=+\-@\t\r\x00])"
"""First characters that make a formula of a cell (OWASP ASVS 5.0, 1.2.10; OWASP, CSV Injection)."""


def to_csv(table: pa.Table) -> bytes:
    r"""Return a table as CSV: UTF-8, a header, a row of hashtags, then the rows (RFC 4180; HXL 1.1).

    A missing value is an empty cell. Lists are joined; nested records are left out. Text that a spreadsheet would
    take for a formula gets an apostrophe in front; numbers stay numbers.

    Raises:
        KeyError: a column that HASHTAGS does not know.

    >>> to_csv(pa.table({"area": ["pcode:A", "=1+1"], "agencies": [2, None]})).decode().splitlines()
    ['area,agencies', '#loc+code,#org+num', '"pcode:A",2', '"\'=1+1",']
    """
    flat = {
        name: _cells(table[name])
        for name in table.column_names
        if not is_nested(table.schema.field(name).type)
    }
    head = ",".join(flat) + "\r\n" + ",".join(HASHTAGS[name] for name in flat) + "\r\n"
    sink = pa.BufferOutputStream()
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed", eol="\r\n")
    pa_csv.write_csv(pa.table(flat), sink, options)
    rows: bytes = sink.getvalue().to_pybytes()
    return head.encode() + rows


def is_nested(kind: pa.DataType) -> bool:
    """Say whether a cell would have to hold records."""
    inner = kind.value_type if pa.types.is_list(kind) else kind
    return bool(pa.types.is_struct(inner))


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column whose cells are plain values."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_list(column.type):
        column = pc.binary_join(column, SEPARATOR)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.replace_substring_regex(column, _FORMULA, r"'\1")
    return column
