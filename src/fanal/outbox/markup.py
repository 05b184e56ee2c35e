"""XML that any reader can read: elements with text from which the characters that XML 1.0 forbids are taken."""

import re
from xml.etree import ElementTree as ET

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (W3C, Extensible Markup Language 1.0, fifth edition, 2.2)."""


def add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    r"""Add an element to another, and return it.

    >>> top = ET.Element("top")
    >>> _ = add(top, "name", "Sin\x00jar <1>")
    >>> written(top).decode().splitlines()[1]
    '<top><name>Sinjar &lt;1&gt;</name></top>'
    """
    child = ET.SubElement(parent, tag, attributes)
    child.text = _FORBIDDEN.sub("", text) or None
    return child


def written(top: ET.Element) -> bytes:
    """Return a document as UTF-8 with its declaration and a newline at its end."""
    document: bytes = ET.tostring(top, encoding="utf-8", xml_declaration=True)
    return document + b"\n"
