"""`fanal explain`: show what a post shows and why, with the words that say so in colour. Nothing is kept."""

from dataclasses import asdict

from rich.text import Text

from fanal.cli.console import OUT, Json, answer, say
from fanal.cli.detector import Model, detector
from fanal.cli.post import Post, text_of
from fanal.signals import explain as why

COLOURS = {
    "need": "blue",
    "plea": "cyan",
    "flight": "magenta",
    "attack": "red",
    "lure": "yellow",
    "control": "green",
    "offer": "bright_red",
    "arms": "bright_black",
}


def explain(
    post: Post,
    model: Model = None,
    json: Json = False,
) -> None:
    """Show what a post shows: language, stance, categories, and the words, indicators and grams behind each.

    Nothing is kept. Give - and type the text, so that it does not stay in the history of the shell. A signal is a
    reason to look, never a proof.

    Example: [cyan]fanal explain "We need water in the camp"[/cyan]
    """
    text = text_of(post)
    found = why.explain(text, detector(model))
    if json:
        answer(asdict(found))
        return
    OUT.print(_marked(text.rstrip("\n"), found), soft_wrap=True)
    say(f"language {found.language} ({found.language_probability:.2f}), stance {found.stance}")
    if found.stance_weighing:
        _tell("first-hand ", found.stance_weighing)
    for shown in found.shown:
        OUT.print(Text(f"{shown.category} {shown.score:.2f}", style=f"bold {COLOURS[shown.category]}"))
        for reason in shown.reasons:
            words = ", ".join(f"“{text[start:end]}”" for start, end in reason.spans)
            say(f"  {reason.indicator} ({reason.weight:g}): {words}; {reason.source}")
        if shown.weighing:
            _tell("", shown.weighing)
    if not found.shown:
        say("This text shows no category. That does not mean that nothing is wrong.")


def _marked(text: str, found: why.Explanation) -> Text:
    """Return the text with the words of indicators in bold, and the classifier's strongest grams underlined."""
    marked = Text(text)
    for shown in found.shown:
        colour = COLOURS[shown.category]
        grams = shown.weighing.grams if shown.weighing else ()
        spans = [("underline", span) for gram in grams if gram.logit > 0 for span in gram.spans]
        spans += [("bold", span) for reason in shown.reasons for span in reason.spans]
        for style, (start, end) in spans:
            marked.stylize(f"{style} {colour}", start, end)
    return marked


def _tell(what: str, weighing: why.Weighing) -> None:
    """Say what the classifier says, and which grams weighed most."""
    grams = ", ".join(f"{one.gram} {one.logit:+.2f}" for one in weighing.grams)
    known = "" if weighing.covered else "; no labels in this language, not calibrated for it"
    say(
        f"  {weighing.model}: {what}{weighing.probability:.2f} "
        f"(from {weighing.threshold:.2f}{known}): {grams}"
    )
