"""Who may read which text, for which purpose: every role, purpose and kind of post against a plain table."""

from itertools import product

import pytest

from fanal.model.category import Category
from fanal.model.error import RefusedError
from fanal.model.person import Person, Purpose, Role
from fanal.review.texts import require

OPENS = {
    ("reviewer", "review", "plea"),
    ("reviewer", "review", "lure"),
    ("reviewer", "review", "nothing"),
    ("reviewer", "quality", "plea"),
    ("reviewer", "quality", "lure"),
    ("reviewer", "quality", "nothing"),
    ("reviewer", "erasure", "plea"),
    ("reviewer", "erasure", "lure"),
    ("reviewer", "erasure", "nothing"),
    ("reviewer", "outreach", "plea"),
    ("outreach", "outreach", "plea"),
    ("investigator", "evidence", "lure"),
}
SHOWS = {"plea": {Category.PLEA, Category.LURE}, "lure": {Category.LURE}, "nothing": set()}


@pytest.mark.parametrize(("role", "purpose", "kind"), list(product(Role, Purpose, SHOWS)))
def test_a_text_opens_for_these_and_for_nobody_else(role: Role, purpose: Purpose, kind: str) -> None:
    who = Person(name="amal", roles=frozenset({role}))
    if (role, purpose, kind) in OPENS:
        require(who, purpose, SHOWS[kind], post=7)
        return
    with pytest.raises(RefusedError):
        require(who, purpose, SHOWS[kind], post=7)


def test_a_plea_is_never_evidence_whatever_the_roles() -> None:
    owner = Person(name="owner", roles=frozenset(Role))
    with pytest.raises(RefusedError, match="may be read for evidence"):
        require(owner, Purpose.EVIDENCE, {Category.PLEA, Category.OFFER}, post=7)


def test_a_post_that_must_stay_closed_and_one_that_nobody_knows_have_one_answer() -> None:
    said = []
    for purpose, shows in [
        (Purpose.OUTREACH, {Category.NEED}),
        (Purpose.OUTREACH, set()),
        (Purpose.EVIDENCE, {Category.PLEA}),
        (Purpose.EVIDENCE, set()),
    ]:
        with pytest.raises(RefusedError) as refused:
            require(Person(name="owner", roles=frozenset(Role)), purpose, shows, post=7)
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert said[2] == said[3]
