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
KEEPS_A_PROMISE = frozenset({"progress", "same", "signing", "acknowledged", "evidence", "objected"})
"""What may be said until the promised day without ending the promise; all else does."""
RULINGS = frozenset({"confirmed", "returned", "extended", "not_extended", "waived"})
"""What the head of the bloc said, not the agency."""
DECISIONS = ("extended", "not_extended")
"""Those of them that answer the wish for an extension."""
OPEN = ("open", "returned")
"""States in which something is still to be done."""


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
    due_on: date | None = None
    """The date that an extension asks for, or grants."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An obligation's state at one moment."""

    state: Literal["open", "submitted", "returned", "confirmed", "waived", "past"]
    submitted_at: datetime | None
    round: int
    """Grows when the obligation reopens, so that its rungs may be planned again."""
    facts: tuple[Fact, ...]
    """The agency's word: everything of it that was not taken back, oldest first."""
    claimed: bool
    """Somebody said it is done, whether or not the evidence rule is met."""
    missing: Literal["evidence", "file"] | None
    """What the evidence rule still asks of somebody who said it is done."""
    percent: int | None
    value: float | None
    promise_on: date | None
    rulings: tuple[Fact, ...] = ()
    """The head's word, likewise."""

    @property
    def last(self) -> Fact | None:
        """The agency's last word about the task; that it was reminded needlessly is none."""
        return _last_word(self.facts)

    @property
    def objected_at(self) -> datetime | None:
        """When the agency last said that it had sent this already."""
        return next((fact.at for fact in reversed(self.facts) if fact.kind == "objected"), None)

    @property
    def log(self) -> tuple[Fact, ...]:
        """Both, in the order in which they were said."""
        return tuple(sorted((*self.facts, *self.rulings), key=lambda fact: fact.id)) if self.rulings else self.facts

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def blocked(self) -> bool:
        """The last word is a difficulty."""
        return self.last is not None and self.last.kind == "difficulty"

    @property
    def extensions(self) -> int:
        """How often the due date was moved for this agency."""
        return sum(ruling.kind == "extended" for ruling in self.rulings)

    def due_without(self, ruling_id: int) -> date | None:
        """The date of the last extension but this one; None: the milestone's own date is in force without it."""
        granted = [one for one in self.rulings if one.kind == "extended" and one.id != ruling_id]
        return granted[-1].due_on if granted else None

    @property
    def extension_asked(self) -> Fact | None:
        """The extension that waits for the head's decision."""
        asked = next((fact for fact in reversed(self.facts) if fact.kind == "extension"), None)
        if asked is None or not self.is_open:
            return None
        return None if any(ruling.id > asked.id and ruling.kind in DECISIONS for ruling in self.rulings) else asked

    @property
    def decision(self) -> Fact | None:
        """The head's last word about an extension."""
        return next((one for one in reversed(self.rulings) if one.kind in DECISIONS), None)

    @property
    def ruling(self) -> Fact | None:
        """The head's last word about what was sent."""
        return next((one for one in reversed(self.rulings) if one.kind in ("confirmed", "returned")), None)


def stand(ask: Ask, facts: Sequence[Fact], *, followed: bool = True) -> Standing:
    """Fold an obligation's updates (in the order they were stored) into its standing.

    A submission needs both a claim (done, a letter, nothing to report, outside the system, 100 %, the target
    reached) and what the evidence rule asks; its time is when the later of the two came. A later, lower figure
    takes the claim back. What was returned is open until new evidence comes, or a new claim where none is asked for.
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
    said = tuple(fact for fact in counted if fact.kind not in RULINGS)
    rulings = tuple(fact for fact in counted if fact.kind in RULINGS) if len(said) < len(counted) else ()
    claimed = _claim(ask, _since_return(counted)[1] if ask.evidence == "none" else said) is not None
    figures = [fact for fact in said if fact.percent is not None or fact.value is not None]
    return Standing(
        state=_state(submitted_at, rulings, followed=followed or bool(counted)),
        submitted_at=submitted_at,
        round=rounds,
        facts=said,
        claimed=claimed,
        missing=_missing(ask, counted) if claimed and submitted_at is None else None,
        percent=figures[-1].percent if figures else None,
        value=figures[-1].value if figures else None,
        promise_on=_promise(ask, said, rulings),
        rulings=rulings,
    )


def senders(ask: Ask, standing: Standing) -> frozenset[int]:
    """Who said that it is done, or recorded what proves it: they do not confirm it."""
    sent = (fact for fact in standing.facts if fact.kind in CLAIMS or fact.kind == "evidence" or _full(ask, fact))
    return frozenset(fact.person_id for fact in sent if fact.person_id is not None)


def _last_word(said: Sequence[Fact]) -> Fact | None:
    return next((fact for fact in reversed(said) if fact.kind != "objected"), None)


def _promise(ask: Ask, said: Sequence[Fact], rulings: Sequence[Fact]) -> date | None:
    """The day that the agency named and has not ended since, or that until which an extension lets it be; the later
    one."""
    last = next((fact for fact in reversed(said) if fact.kind not in KEEPS_A_PROMISE or _full(ask, fact)), None)
    promised = last.promise_on if last and last.kind == "promise" else None
    if last and any(ruling.kind == "returned" and ruling.id > last.id for ruling in rulings):
        promised = None
    granted = (ruling.promise_on for ruling in rulings if ruling.kind == "extended")
    return max((on for on in (promised, *granted) if on), default=None)


def _state(
    submitted_at: datetime | None, rulings: Sequence[Fact], *, followed: bool
) -> Literal["open", "submitted", "returned", "confirmed", "waived", "past"]:
    if any(ruling.kind == "waived" for ruling in rulings):
        return "waived"
    ruling = next((one.kind for one in reversed(rulings) if one.kind in ("confirmed", "returned")), None)
    if submitted_at is not None:
        return "confirmed" if ruling == "confirmed" else "submitted"
    if ruling == "returned":
        return "returned"
    return "open" if followed else "past"


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
    said, since = _since_return(counted)
    claim = _claim(ask, since if ask.evidence == "none" else said)
    proof = _proof(ask, since)
    return max(claim, proof) if claim and proof else None


def _since_return(counted: Sequence[Fact]) -> tuple[Sequence[Fact], Sequence[Fact]]:
    """The agency's word, and the part of it that came after the head last returned it."""
    returned = max((place for place, fact in enumerate(counted, 1) if fact.kind == "returned"), default=0)
    if not returned and all(fact.kind not in RULINGS for fact in counted):
        return counted, counted
    said = [fact for fact in counted if fact.kind not in RULINGS]
    return said, [fact for fact in counted[returned:] if fact.kind not in RULINGS]


def _missing(ask: Ask, counted: Sequence[Fact]) -> Literal["evidence", "file"] | None:
    if _proof(ask, _since_return(counted)[1]):
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
    """The bucket of a standing; `deadline` is the last instant that is still on time. None: not followed, or waived."""
    if standing.state in ("past", "waived"):
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
    if standing.extension_asked:
        return "waiting_for_head"
    if standing.state == "returned":
        return "returned"
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
