"""The page as a folder of files that needs no server, no other host and nothing installed."""

from importlib import resources
from pathlib import Path

from fanal.outbox.folder import whole
from fanal.web import library
from fanal.web.language import LANGUAGES, read
from fanal.web.page import Page
from fanal.web.rendered import FILES, SCRIPTS, render

ASSETS = ("style.css", "NOTICES.txt", *SCRIPTS)
DATA = "data.js"


def files(page: Page) -> dict[str, bytes]:
    """Return the files of a page by name: a page a language, style, scripts, data, MapLibre, notices.

    Raises:
        UserError: MapLibre's files are not where its package has them.
    """
    country = page.document["country"]
    assets = resources.files("fanal.web").joinpath("assets")
    return {
        **{FILES[code]: render(page, read(code, country=country)).encode() for code in LANGUAGES},
        **{name: assets.joinpath(name).read_bytes() for name in ASSETS},
        **library.files(),
        DATA: b"window.FANAL = " + page.json() + b";\n",
    }


def write(page: Page, out: Path) -> None:
    """Write a page to a folder, whole or not at all; `index.html` also opens from the disk.

    Raises:
        UserError: the folder holds something else, or cannot be written; MapLibre is missing.
    """
    made = files(page)
    with whole(out) as folder:
        for name, content in made.items():
            (folder / name).write_bytes(content)
