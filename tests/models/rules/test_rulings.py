"""The head's word in the fold: any sequence of what agency and head may say, and the histories that matter."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendar import STANDARD
from models.rules.extension import Extension, extension, refused
from models.rules.progress import RULINGS, Ask, Fact, Reach, Standing, bucket, silence, stand
from models.rules.reminders import rests

START = datetime(2024, 6, 3, 2, tzinfo=UTC)
DUE = date(2024, 6, 14)
KINDS = (
    "done", "progress", "difficulty", "acknowledged", "promise", "letter", "nothing", "evidence", "extension",
    "objected", "confirmed", "returned", "extended", "not_extended", "waived", "undo",
)  # fmt: skip
REACHED = Reach(linked=True, off_channel=False, delivered=True)


def facts(*said: tuple[str, int]) -> list[Fact]:
    """(kind, number): the number is a percentage, a day of June, or what is taken back."""
    return [
        Fact(
            id=place,
            kind=kind,
            at=START + timedelta(hours=place),
            percent=number * 5 if kind == "progress" else None,
            letter="145/BC" if kind == "letter" else None,
            promise_on=DUE + timedelta(days=number) if kind == "promise" else None,
            due_on=DUE + timedelta(days=number) if kind in ("extension", "extended") else None,
            undoes_id=number if kind == "undo" else None,
        )
        for place, (kind, number) in enumerate(said, 1)
    ]


def told(*kinds: str, evidence: str = "any") -> Standing:
    return stand(Ask(evidence), facts(*((kind, place) for place, kind in enumerate(kinds))))


histories = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 20)), max_size=14)


@given(histories, st.sampled_from(["none", "any", "file"]))
def test_whatever_is_said_the_standing_is_one_and_whole(said: list[tuple[str, int]], evidence: str) -> None:
    found = stand(Ask(evidence), facts(*said))
    assert (found.submitted_at is not None) == (found.state in ("submitted", "confirmed")) or found.state == "waived"
    assert found.is_open == (found.state in ("open", "returned"))
    assert {fact.kind for fact in found.facts}.isdisjoint(RULINGS | {"undo"})
    assert {fact.kind for fact in found.rulings} <= RULINGS
    assert found.log == tuple(sorted(found.log, key=lambda fact: fact.id))
    assert found.last is None or found.last.kind not in (*RULINGS, "objected")
    assert (bucket(found, START, START) is None) == (found.state == "waived")
    assert found.extension_asked is None or found.is_open
    assert stand(Ask(evidence), found.log).state == found.state, "what was taken back leaves no trace"


@given(histories, st.sampled_from(["confirmed", "not_extended"]))
def test_waiting_at_the_desk_is_never_lateness(said: list[tuple[str, int]], ruling: str) -> None:
    before = facts(*said)
    late = Fact(id=99, kind=ruling, at=START + timedelta(days=400))
    assert stand(Ask(), [*before, late]).submitted_at == stand(Ask(), before).submitted_at


@given(histories, st.sampled_from(sorted(RULINGS)))
def test_a_ruling_that_is_taken_back_was_never_there(said: list[tuple[str, int]], ruling: str) -> None:
    before = facts(*said)
    ruled = Fact(id=98, kind=ruling, at=START + timedelta(days=40), due_on=date(2024, 7, 1))
    back = Fact(id=99, kind="undo", at=START + timedelta(days=40, minutes=1), undoes_id=98)
    was, found = stand(Ask(), before), stand(Ask(), [*before, ruled, back])
    assert (found.state, found.log, found.submitted_at) == (was.state, was.log, was.submitted_at)
    assert found.round >= was.round


def test_what_was_returned_is_open_until_it_is_sent_again_and_counts_from_then() -> None:
    returned = told("done", "evidence", "returned")
    assert (returned.state, returned.claimed, returned.missing, returned.round) == ("returned", True, "evidence", 2)
    assert silence(returned, REACHED, DUE) == "returned"
    again = told("done", "evidence", "returned", "evidence")
    assert (again.state, again.submitted_at) == ("submitted", START + timedelta(hours=4))
    assert len([fact for fact in again.facts if fact.kind == "evidence"]) == 2, "versions are kept"
    assert told("done", "evidence", "returned", "evidence", "confirmed").state == "confirmed"


def test_where_a_word_is_enough_a_new_word_is_asked() -> None:
    assert told("done", "returned", evidence="none").state == "returned"
    assert told("done", "returned", "done", evidence="none").state == "submitted"


def test_waived_is_in_no_bucket() -> None:
    assert bucket(told("progress", "waived"), START, START + timedelta(days=300)) is None


def test_who_waits_for_the_head_rests_and_is_counted_so() -> None:
    asked = told("acknowledged", "extension")
    assert asked.extension_asked
    assert rests(asked, DUE)
    assert silence(asked, REACHED, DUE) == "waiting_for_head"
    refused_ = told("acknowledged", "extension", "not_extended")
    assert not rests(refused_, DUE)
    assert (refused_.extension_asked, refused_.extensions) == (None, 0)
    assert told("extension", "extended", "extension", "extended").extensions == 2


def test_an_objection_rests_for_its_day_and_ends_neither_promise_nor_difficulty() -> None:
    objected = told("difficulty", "objected")
    assert objected.blocked
    day = STANDARD.today(START)
    assert rests(objected, day)
    assert not rests(objected, day + timedelta(days=1))


def test_an_extension_that_only_rests_the_reminders_is_a_promise() -> None:
    until = DUE + timedelta(days=5)
    granted = Fact(id=2, kind="extended", at=START, promise_on=until)
    found = stand(Ask(), [*facts(("extension", 5)), granted])
    assert (found.promise_on, found.extensions) == (until, 1)
    assert rests(found, until)


def test_what_an_extension_may_be() -> None:
    rule = extension({"extension": {"days": 5, "times": 1}})
    latest = rule.latest(DUE, date(2024, 6, 11), STANDARD)
    assert latest == date(2024, 6, 21)

    def why(standing: Standing, on: date | None) -> str | None:
        return refused(rule, standing, DUE, latest, on, date(2024, 6, 11))

    assert why(told(), latest) is None
    assert why(told(), None) == "no_date"
    assert why(told(), DUE) == "not_later"
    assert why(told(), date(2024, 6, 3)) == "past"
    assert why(told(), date(2024, 6, 24)) == "too_long"
    assert why(told("extension"), latest) == "waiting"
    assert why(told("extension", "extended"), latest) == "too_often"
    assert why(told("nothing"), latest) == "submitted"
    assert why(told("waived"), latest) == "closed"
    assert extension({}) == Extension()
