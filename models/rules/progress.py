"""Where an obligation stands, and what a bloc's numbers are: folds over facts, never stored.

The four buckets are the Government Office's own words (hoàn thành đúng hạn, hoàn thành quá hạn, chưa hoàn thành
trong hạn, chưa hoàn thành quá hạn) and count by the time of submission.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

CLAIMS = frozenset({"done", "letter", "nothing", "outside"})
EXEMPT = frozenset({"nothing", "outside"})
"""Answers that need no evidence: there is none, or it must not come here."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a milestone asks of whoever owes it."""

    evidence: str = "any"
    """`none`: a word is enough; `any`: a file or a letter's number; `file`: the file itself."""
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One update, as the rules see it."""

    id: int
    kind: str
    at: datetime
    percent: int | None = None
    value: float | None = None
    note: str | None = None
    letter: str | None = None
    letter_on: date | None = None
    promise_on: date | None = None
    undoes_id: int | None = None
    person_id: int | None = None
    channel: str = ""
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An obligation's state at one moment."""

    state: Literal["open", "submitted", "past"]
    submitted_at: datetime | None
    round: int
    """Grows when the obligation reopens, so that its rungs may be planned again."""
    facts: tuple[Fact, ...]
    """What counts: everything that was not taken back, oldest first."""
    claimed: bool
    """Somebody said it is done, whether or not the evidence rule is met."""
    missing: Literal["evidence", "file"] | None
    """What the evidence rule still asks of somebody who said it is done."""
    percent: int | None
    value: float | None
    promise_on: date | None

    @property
    def last(self) -> Fact | None:
        return self.facts[-1] if self.facts else None

    @property
    def blocked(self) -> bool:
        """The last word is a difficulty."""
        return self.last is not None and self.last.kind == "difficulty"


def stand(ask: Ask, facts: Sequence[Fact], *, followed: bool = True) -> Standing:
    """Fold an obligation's updates (in the order they were stored) into its standing.

    A submission needs both a claim (done, a letter, nothing to report, outside the system, 100 %, the target
    reached) and what the evidence rule asks; its time is when the later of the two came. A later, lower figure
    takes the claim back.
    """
    counted: list[Fact] = []
    submitted_at: datetime | None = None
    rounds = 1
    for fact in facts:
        if fact.kind == "undo":
            counted = [earlier for earlier in counted if earlier.id != fact.undoes_id]
        else:
            counted.append(fact)
        before, submitted_at = submitted_at, _submission(ask, counted)
        if before is not None and submitted_at is None:
            rounds += 1
    claimed = _claim(ask, counted) is not None
    last = counted[-1] if counted else None
    figures = [fact for fact in counted if fact.percent is not None or fact.value is not None]
    return Standing(
        state="submitted" if submitted_at else ("open" if followed or counted else "past"),
        submitted_at=submitted_at,
        round=rounds,
        facts=tuple(counted),
        claimed=claimed,
        missing=_missing(ask, counted) if claimed and submitted_at is None else None,
        percent=figures[-1].percent if figures else None,
        value=figures[-1].value if figures else None,
        promise_on=last.promise_on if last and last.kind == "promise" else None,
    )


def _claim(ask: Ask, counted: Iterable[Fact]) -> datetime | None:
    at: datetime | None = None
    for fact in counted:
        if fact.kind in CLAIMS or _full(ask, fact):
            at = at or fact.at
        elif fact.percent is not None or fact.value is not None:
            at = None
    return at


def _full(ask: Ask, fact: Fact) -> bool:
    reached = ask.target is not None and fact.value is not None and fact.value >= ask.target
    return reached or (fact.percent is not None and fact.percent >= 100)


def _proof(ask: Ask, counted: Iterable[Fact]) -> datetime | None:
    for fact in counted:
        letter = ask.evidence == "any" and fact.letter is not None
        if ask.evidence == "none" or letter or fact.kind == "evidence" or fact.kind in EXEMPT:
            return fact.at
    return None


def _submission(ask: Ask, counted: Sequence[Fact]) -> datetime | None:
    claim, proof = _claim(ask, counted), _proof(ask, counted)
    return max(claim, proof) if claim and proof else None


def _missing(ask: Ask, counted: Sequence[Fact]) -> Literal["evidence", "file"] | None:
    if _proof(ask, counted):
        return None
    return "file" if ask.evidence == "file" else "evidence"


Bucket = Literal["done_on_time", "done_late", "open_in_time", "open_overdue"]
BUCKETS: tuple[Bucket, ...] = ("done_on_time", "done_late", "open_in_time", "open_overdue")

Silence = Literal[
    "waiting_for_head", "returned", "blocked", "promised", "acknowledged",
    "not_linked", "off_channel", "not_delivered", "no_answer",
]  # fmt: skip
SILENCES: tuple[Silence, ...] = (
    "waiting_for_head", "returned", "blocked", "promised", "acknowledged",
    "not_linked", "off_channel", "not_delivered", "no_answer",
)  # fmt: skip


def bucket(standing: Standing, deadline: datetime, as_of: datetime) -> Bucket | None:
    """The bucket of a standing; `deadline` is the last instant that is still on time. None: not followed."""
    if standing.state == "past":
        return None
    if standing.submitted_at is not None:
        return "done_on_time" if standing.submitted_at <= deadline else "done_late"
    return "open_in_time" if as_of <= deadline else "open_overdue"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the ledger knows of an agency and one of its obligations, to explain a silence."""

    linked: bool
    off_channel: bool
    delivered: bool | None
    """Whether the last message about the obligation was accepted by a platform; None: none was planned."""


def silence(standing: Standing, reach: Reach, today: date) -> Silence:
    """Why an open overdue obligation is silent: the first reason that fits, in the contract's order."""
    if standing.blocked:
        return "blocked"
    if standing.promise_on is not None and standing.promise_on >= today:
        return "promised"
    if standing.facts:
        return "acknowledged"
    if not reach.linked:
        return "off_channel" if reach.off_channel else "not_linked"
    if reach.off_channel:
        return "off_channel"
    return "not_delivered" if reach.delivered is False else "no_answer"
