"""The form of a simulated stream: JSON Lines or CSV, told by the ending of the file's name."""

from enum import StrEnum
from pathlib import Path

from fanal.model.error import UserError

FIELDS = ("id", "author", "time", "text", "lang", "lon", "lat")
"""The fields of a post, as `fanal.toml` names them where nothing was changed."""


class Form(StrEnum):
    """Name a form of file.

    >>> Form("csv").value
    'csv'
    """

    JSONL = "jsonl"
    CSV = "csv"


SEPARATORS: dict[Form, tuple[str, ...]] = {
    Form.JSONL: (
        '{"id":"',
        '","author":"',
        '","time":"',
        '","text":"',
        '","lang":"',
        '","lon":',
        ',"lat":',
        "}\n",
        '"}\n',
    ),
    Form.CSV: ("", ",", ",", ',"', '",', ",", ",", "\n", ",,\n"),
}
"""What stands before each field, after the last, and after the language where there is no point."""

HEADER: dict[Form, str] = {Form.JSONL: "", Form.CSV: ",".join(FIELDS) + "\n"}


def form_of(path: Path) -> Form:
    """Return the form that the ending of a file's name says.

    Raises:
        UserError: the ending is another one.

    >>> form_of(Path("stream.csv"))
    <Form.CSV: 'csv'>
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in set(Form):
        raise UserError(f"{path} ends neither in .jsonl nor in .csv.", hint="The ending says the form.")
    return Form(ending)
