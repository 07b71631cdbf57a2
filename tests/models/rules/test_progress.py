"""Where an obligation stands, told as little histories."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.progress import Ask, Fact, Reach, Standing, bucket, silence, stand

START = datetime(2024, 6, 3, 2, tzinfo=UTC)


def history(*said: str | tuple[str, object]) -> list[Fact]:
    """`done`, `("progress", 70)`, `("letter", "145/BC")`, `("undo", 2)`: one an hour, numbered from 1."""
    facts = []
    for number, word in zip(count(1), said, strict=False):
        kind, value = word if isinstance(word, tuple) else (word, None)
        facts.append(
            Fact(
                id=number,
                kind=kind,
                at=START + timedelta(hours=number),
                percent=value if kind == "progress" else None,  # type: ignore[arg-type]
                letter=value if kind == "letter" else None,  # type: ignore[arg-type]
                undoes_id=value if kind == "undo" else None,  # type: ignore[arg-type]
                promise_on=value if kind == "promise" else None,  # type: ignore[arg-type]
            )
        )
    return facts


def standing(*said: str | tuple[str, object], evidence: str = "any", followed: bool = True) -> Standing:
    return stand(Ask(evidence), history(*said), followed=followed)


def test_nothing_said_is_open() -> None:
    assert standing().state == "open"


def test_a_word_alone_closes_only_where_a_word_is_enough() -> None:
    assert standing("done", evidence="none").state == "submitted"
    said = standing("done", evidence="any")
    assert (said.state, said.claimed, said.missing) == ("open", True, "evidence")


def test_evidence_alone_is_no_claim() -> None:
    assert standing("evidence").state == "open"


def test_a_submission_counts_from_the_later_of_claim_and_evidence() -> None:
    assert standing("done", "evidence").submitted_at == START + timedelta(hours=2)
    assert standing("evidence", "acknowledged", "done").submitted_at == START + timedelta(hours=3)


def test_a_letter_with_its_number_is_claim_and_proof_unless_the_file_is_asked_for() -> None:
    assert standing(("letter", "145/BC-CTHADS")).state == "submitted"
    asked = standing(("letter", "145/BC-CTHADS"), evidence="file")
    assert (asked.state, asked.missing) == ("open", "file")


def test_a_letter_without_a_number_is_a_claim_that_still_needs_proof() -> None:
    assert standing(("letter", None)).missing == "evidence"


def test_nothing_to_report_and_outside_the_system_need_no_evidence() -> None:
    assert standing("nothing").state == "submitted"
    assert standing("outside", evidence="file").state == "submitted"


def test_a_hundred_percent_is_a_claim_and_a_later_lower_figure_takes_it_back() -> None:
    assert standing(("progress", 100), "evidence").state == "submitted"
    reopened = standing(("progress", 100), "evidence", ("progress", 80))
    assert (reopened.state, reopened.round, reopened.percent) == ("open", 2, 80)


def test_an_undo_reopens_and_starts_a_new_round() -> None:
    undone = standing(("letter", "1/BC"), ("undo", 1))
    assert (undone.state, undone.round, undone.facts) == ("open", 2, ())


def test_an_undo_of_something_else_changes_nothing() -> None:
    assert standing(("letter", "1/BC"), "acknowledged", ("undo", 2)).state == "submitted"


def test_a_promise_holds_until_something_newer_is_said() -> None:
    day = date(2024, 6, 17)
    assert standing(("promise", day)).promise_on == day
    assert standing(("promise", day), "difficulty").promise_on is None
    assert standing(("promise", day), ("progress", 100)).promise_on is None, "it says that it is done"


@pytest.mark.parametrize("word", ["acknowledged", "evidence", "signing", "same", ("progress", 70)])
def test_a_promise_outlives_what_does_not_take_it_back(word: str | tuple[str, object]) -> None:
    day = date(2024, 6, 17)
    assert standing(("promise", day), word).promise_on == day
    later = date(2024, 6, 18)
    assert standing(("promise", day), word, ("promise", later)).promise_on == later


def test_a_past_milestone_is_in_no_bucket_until_somebody_records_it() -> None:
    past = standing(followed=False)
    assert past.state == "past"
    assert bucket(past, START, START) is None
    assert standing("acknowledged", followed=False).state == "open"


def test_lateness_counts_by_submission_and_to_the_last_instant() -> None:
    done = standing("outside")
    assert done.submitted_at is not None
    assert bucket(done, done.submitted_at, START + timedelta(days=99)) == "done_on_time"
    assert bucket(done, done.submitted_at - timedelta(seconds=1), START) == "done_late"
    assert bucket(standing(), START, START) == "open_in_time"
    assert bucket(standing(), START, START + timedelta(seconds=1)) == "open_overdue"


LINKED = Reach(linked=True, off_channel=False, delivered=True)
TODAY = date(2024, 6, 17)


def test_every_silence_has_the_first_reason_that_fits() -> None:
    assert silence(standing("difficulty"), LINKED, TODAY) == "blocked"
    assert silence(standing(("promise", TODAY)), LINKED, TODAY) == "promised"
    assert silence(standing(("promise", TODAY - timedelta(days=1))), LINKED, TODAY) == "acknowledged"
    assert silence(standing("acknowledged"), LINKED, TODAY) == "acknowledged"
    assert silence(standing(), Reach(False, False, None), TODAY) == "not_linked"
    assert silence(standing(), Reach(False, True, None), TODAY) == "off_channel"
    assert silence(standing(), Reach(True, False, False), TODAY) == "not_delivered"
    assert silence(standing(), LINKED, TODAY) == "no_answer"


words = st.sampled_from(["done", "evidence", "difficulty", "acknowledged", "nothing", ("letter", "1/BC")])
percents = st.integers(0, 130).map(lambda percent: ("progress", percent))
undos = st.integers(1, 12).map(lambda number: ("undo", number))


@given(st.lists(words | percents | undos, max_size=12), st.sampled_from(["none", "any", "file"]))
def test_a_standing_never_contradicts_itself(said: list[str | tuple[str, object]], evidence: str) -> None:
    now = standing(*said, evidence=evidence)
    assert (now.state == "submitted") == (now.submitted_at is not None)
    assert now.claimed or now.submitted_at is None
    assert (now.missing is not None) == (now.claimed and now.submitted_at is None)
    assert now.round >= 1
    if now.submitted_at is not None and evidence == "file":
        assert any(fact.kind in ("evidence", "nothing", "outside") for fact in now.facts)


@given(st.lists(words | percents, min_size=1, max_size=8))
def test_undoing_everything_leaves_nothing(said: list[str | tuple[str, object]]) -> None:
    undone = standing(*said, *(("undo", number) for number in range(1, len(said) + 1)))
    assert (undone.facts, undone.state, undone.claimed) == ((), "open", False)
