"""Turn labelled public data sets into the neutral form that `fanal evaluate` reads; they stay out of the repository."""

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import near_duplicates

Line = dict[str, Any]

NEEDS = ("water", "food", "shelter", "medical_help", "medical_products", "clothing")
FIRST_HAND, REPORT = ("Eyewitness",), ("Media", "NGOs", "Government")

csv.field_size_limit(1 << 24)


def main() -> None:
    """Write one file for each set and form into a folder, and tell how many lines each has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("out", type=Path, help="the folder to write to")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    made = {name: list(make(given.data)) for name, make in SETS.items()}
    for names in FAMILIES:
        before, after = join([made[name] for name in names])
        sys.stdout.write(f"{', '.join(names)}: {before:,} groups, {after:,} after near-copies were joined\n")
    for name, lines in made.items():
        path = given.out / f"{name}.jsonl"
        path.write_text(
            "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
        )
        sys.stdout.write(f"{path}: {len(lines):,}\n")


def join(sets: Sequence[Sequence[Line]]) -> tuple[int, int]:
    """Give lines of some sets that are near-copies one `event`; return how many there were, and are."""
    lines = [line for lines in sets for line in lines]
    groups = [line["event"] for line in lines]
    found = near_duplicates.joined([line["text"] for line in lines], groups)
    for line, group in zip(lines, found, strict=True):
        line["event"] = group
    return len(set(groups)), len(set(found))


def _table(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    """Yield the rows of a table, plain or gzipped; one with tabs has no quotes."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(
            file, delimiter=delimiter, quoting=csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        )


def messages(file: str, column: str) -> Callable[[Path], Iterator[Line]]:
    """Return what reads the disaster response messages, in English or as they were sent."""

    def make(data: Path) -> Iterator[Line]:
        for row in _table(data / "disaster_response_messages" / file):
            if not (text := (row[column] or "").strip()):
                continue
            labels = []
            if row.get("request") == "1":
                labels.append("plea")
            if any(row.get(need) == "1" for need in NEEDS):
                labels.append("need")
            if row.get("refugees") == "1":
                labels.append("flight")
            if row.get("military") == "1":
                labels.append("attack")
            yield {
                "id": row["id"],
                "text": text,
                "lang": "en" if column == "message" else None,
                "labels": labels,
                "judged": ["plea", "need", "flight", "attack"],
                # `refugees` is also said of news about refugees: it counts less than the tweets' label.
                "emphasis": {"flight": 0.05},
                # A message and its translation are one group; `join` adds near-copies under another id.
                "event": f"{file[0]}{row['id']}",
            }

    return make


def tweets(language: str) -> Callable[[Path], Iterator[Line]]:
    """Return what reads the IDRISI tweets of a language."""

    def make(data: Path) -> Iterator[Line]:
        path = data / "idrisi_crisis_tweets" / f"dev_{language}.jsonl"
        for text in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(text)
            classes = set(row["info_class"].split(","))
            labels = [
                *(["flight"] if "displaced_people_and_evacuations" in classes else []),
                *(["plea"] if "requests_or_urgent_needs" in classes else []),
            ]
            yield {
                "id": row["id"],
                "text": row["text"],
                "lang": language,
                "labels": labels,
                "judged": ["plea", "flight"] if language == "en" else [],
                "event": row["event"],
            }

    return make


def witnesses(data: Path) -> Iterator[Line]:
    """Yield the CrisisLexT26 tweets with a source that tells their stance."""
    for row in _table(data / "crisislex_t26" / "dev.csv"):
        source = row["source"]
        stance = "first_hand" if source in FIRST_HAND else "report" if source.startswith(REPORT) else None
        if stance:
            yield {
                "id": row["id"],
                "text": row["text"],
                "lang": None,
                "stance": stance,
                "event": row["event"],
            }


def unrelated(data: Path) -> Iterator[Line]:
    """Yield the CrisisLexT26 tweets that have nothing to do with a disaster."""
    for row in _table(data / "crisislex_t26" / "dev.csv"):
        if row["informativeness"] in ("Not related", "Not applicable"):
            yield {
                "id": row["id"],
                "text": row["text"],
                "lang": None,
                "labels": [],
                "judged": ["plea", "need", "flight", "attack"],
                "event": row["event"],
            }


def chat(data: Path) -> Iterator[Line]:
    """Yield the short messages; who wants to sell something is not judged as a lure."""
    for number, row in enumerate(_table(data / "sms_spam_uci" / "sms_spam_filtered.csv")):
        yield {
            "id": f"sms-{number}",
            "text": row["text"],
            "lang": "en",
            "labels": [],
            "judged": ["plea", "need", "flight", "attack", *(["lure"] if row["label"] == "ham" else [])],
            "event": f"sms-{number}",
        }


def fraudulent(data: Path) -> Iterator[Line]:
    """Yield the EMSCAD adverts, fraudulent and sound; near-duplicates are one group."""
    for row in _table(data / "emscad_subset" / "dev.csv"):
        yield {
            "id": f"emscad-{row['job_id']}",
            "text": f"{row['title']}\n{row['description']}\n{row['requirements']}",
            "lang": "en",
            "labels": ["lure"] if row["fraudulent"] == "1" else [],
            "judged": ["lure"],
            "event": f"emscad-{row.get('dup_cluster') or row['job_id']}",
        }


def ordinary(data: Path) -> Iterator[Line]:
    """Yield Locanto's adverts, which are taken for ordinary."""
    for row in _table(data / "locanto_job_ads_ireland" / "dev.csv.gz"):
        yield {
            "id": f"locanto-{row['ad_id']}",
            "text": f"{row['title']}\n{row['desc']}",
            "lang": "en",
            "labels": [],
            "judged": ["plea", "need", "flight", "attack", "lure"],
            "event": f"locanto-{row['dup_cluster']}",
        }


def adverts(data: Path) -> Iterator[Line]:
    """Yield both collections of adverts."""
    yield from fraudulent(data)
    yield from ordinary(data)


def sentences(data: Path) -> Iterator[Line]:
    """Yield sentences of the web in 14 languages, which are taken for ordinary."""
    for number, row in enumerate(_table(data / "language_id" / "eld_bigtest_dev.tsv", delimiter="\t")):
        yield {
            "id": f"sentence-{number}",
            "text": row["text"],
            "lang": row["lang"],
            "labels": [],
            "judged": ["plea", "need", "flight", "attack"],
            "event": f"sentence-{number}",
        }


SETS: dict[str, Callable[[Path], Iterator[Line]]] = {
    "messages_train_en": messages("train_reconstructed.csv", "message"),
    "messages_train_original": messages("train_reconstructed.csv", "original"),
    "messages_validation_en": messages("validation.csv", "message"),
    "messages_validation_original": messages("validation.csv", "original"),
    "tweets_en": tweets("en"),
    "tweets_ar": tweets("ar"),
    "stance": witnesses,
    "adverts": adverts,
    "adverts_fraudulent": fraudulent,
    "adverts_ordinary": ordinary,
    "unrelated": unrelated,
    "chat": chat,
    "sentences": sentences,
}

FAMILIES = (tuple(name for name in SETS if name.startswith("messages_")), ("chat",), ("sentences",))
"""Sets whose near-copies are looked for together; tweets and adverts have groups of their own."""

if __name__ == "__main__":
    main()
