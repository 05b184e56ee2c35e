"""The fields of posts in JSON Lines and CSV, their zone and their dates, as the settings name them."""

from fanal.settings import Posts
from fanal.sources.date_order import DateOrder
from fanal.sources.mapping import FieldMapping


def fields(posts: Posts) -> FieldMapping:
    """Return the settings' fields as a source takes them.

    >>> fields(Posts()).author
    'author'
    """
    return FieldMapping(
        id=posts.id,
        author=posts.author,
        time=posts.time,
        text=posts.text,
        language=posts.language,
        lon=posts.lon,
        lat=posts.lat,
        timezone=posts.timezone or None,
        sheet=posts.sheet,
        date_order=DateOrder(posts.date_order) if posts.date_order else None,
    )
