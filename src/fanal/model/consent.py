"""Consent: on what ground posts may be read; a stream without one is not started."""

from enum import StrEnum


class Consent(StrEnum):
    """Name the ground on which posts are read. There is none for a private conversation.

    >>> Consent("public").value
    'public'
    """

    PUBLIC = "public"  # anybody can read it without logging in, and its terms allow reading by a program
    PLATFORM = "platform"  # the platform's own stream, read by the platform or on its behalf
    EXPORT = "export"  # handed over by someone entitled to it
    INVITED = "invited"  # a bot that the owners of a group or channel added, and of whom its members are told
