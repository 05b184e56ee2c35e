"""The weekly brief as PDF: the same HTML through WeasyPrint, on one page of A4, with fonts of this machine."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from fanal.model.error import UserError

SCALES = (1.12, 1.06, 1.0, 0.94, 0.88, 0.82, 0.76)
"""Sizes of the letters that are tried until the brief stands on one page; the last one is 7.3 px, about 5.5 pt."""


def to_pdf(render: Callable[[float], str]) -> bytes:
    """Return a brief as PDF of one page.

    Args:
        render: gives the brief's HTML with letters of a scale.

    Raises:
        UserError: WeasyPrint or a library of the system that it needs is missing; or the brief does not fit.
    """
    weasyprint = _weasyprint()
    nothing = weasyprint.urls.URLFetcher(
        allowed_protocols=()
    )  # a brief is whole: whatever it named is left out
    for scale in SCALES:
        document = weasyprint.HTML(string=render(scale), url_fetcher=nothing).render()
        if len(document.pages) == 1:
            pdf: bytes = document.write_pdf()
            return pdf
    raise UserError(
        "The brief does not fit on one page of A4, even in the smallest letters.",
        hint="Write it as HTML and print that.",
    )


def _weasyprint() -> Any:
    """Return WeasyPrint. It is optional and loads libraries of the system, so that it is imported here alone."""
    try:
        return import_module("weasyprint")
    except (ImportError, OSError) as error:
        raise UserError(
            "A PDF needs WeasyPrint and Pango, and one of them is not installed.",
            hint="Install the extra `pdf` (weasyprint) and Pango (Debian: libpango-1.0-0, libpangoft2-1.0-0, "
            "libharfbuzz-subset0), or leave --pdf out and print the HTML.",
        ) from error
