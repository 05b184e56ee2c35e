"""Write docs/settings.md from the settings themselves."""

from pathlib import Path

from fanal import settings_file

HEAD = """# Settings

A workspace keeps its settings in `fanal.toml`; `fanal init` writes one with every setting, its meaning and
its default. A wrong setting is refused with its name, the file and the line. This page is made by
`tools/settings_manual.py`. Streams and layers that are fetched have sections of their own, under names of your own:
see [streams.md](streams.md) and [layers.md](layers.md).

| setting | default | meaning |
|---|---|---|
"""


def manual() -> str:
    """Return the text of the page."""
    rows = [
        f"| `{section}.{name}` | `{default}` | {what} |"
        for section, name, default, what in settings_file.described()
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "settings.md").write_text(manual(), encoding="utf-8")
