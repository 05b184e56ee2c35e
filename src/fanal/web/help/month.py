"""The page behind the exit where no other is named: a calendar of the month, as plain as one on a wall."""

import calendar
from datetime import date

from babel.dates import format_date, get_day_names

from fanal.web.help.drawn import STYLE, TEMPLATES
from fanal.web.language import Language


def month(language: Language, today: date) -> str:
    """Return the page of a month; it names no help, and nothing leads back from it."""
    first = language.locale.first_week_day
    weeks = calendar.Calendar(first).monthdayscalendar(today.year, today.month)
    names = get_day_names("short", locale=language.locale)
    return TEMPLATES.get_template("month.html").render(
        language=language,
        style=STYLE,
        title=format_date(today, "MMMM y", locale=language.locale),
        heads=[names[(first + day) % 7] for day in range(7)],
        weeks=[[language.number(day) if day else "" for day in week] for week in weeks],
        today=language.number(today.day),
    )
