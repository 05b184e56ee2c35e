"""The post that a verb is asked about: its text, from the command line or from standard input."""

import sys
from typing import Annotated

import typer

from fanal.model.error import InputError

MOST_CHARACTERS = 1 << 20

Post = Annotated[str, typer.Argument(help="The text of a post, or - to read it from standard input.")]


def text_of(post: str) -> str:
    """Return the text of a post.

    Raises:
        InputError: it is longer than MOST_CHARACTERS, or no UTF-8.

    >>> text_of("We need water")
    'We need water'
    """
    text = sys.stdin.read() if post == "-" else post
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"The text has {len(text):,} characters.", hint=f"Give {MOST_CHARACTERS:,} at most.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("The text is not UTF-8.", hint="Save it as UTF-8.") from error
    return text
