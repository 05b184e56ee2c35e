"""Copies: one plain HTML file for each place and language, for a memory stick or a phone without a network."""

from datetime import datetime
from pathlib import Path

from fanal.model.error import UserError
from fanal.web.help.drawn import draw
from fanal.web.help.question import Form, Question
from fanal.web.help.site import Site
from fanal.web.help.tongue import TONGUES


def write(site: Site, folder: Path, moment: datetime) -> int:
    """Write the files of a site to a new or empty folder and return their number.

    A file is named by a number and a language, in the order of the list of places; 0 is help by phone from anywhere.

    Raises:
        UserError: the site is refused; the folder holds something, or cannot be written.
    """
    site.check(moment)
    known = site.known(moment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UserError(f"{folder} is not empty.", hint="Name a new folder.")
        areas = [None, *(place.code for place in site.places)]
        for number, area in enumerate(areas):
            for code in TONGUES:
                text = draw(site, Question(code, True, area=area, form=Form.COPY), known, moment)
                (folder / f"{number}.{code}.html").write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written: {error.strerror}.", hint="Name another folder."
        ) from error
    return len(areas) * len(TONGUES)
