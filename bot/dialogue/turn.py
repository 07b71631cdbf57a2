"""One turn at thinking time: the meaning, the facts, and who is speaking; and the small replies everybody uses."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.dialogue.intents import Understood
from bot.dialogue.phrases import tasks
from bot.dialogue.values import Deed, Facts, Item, Place, Question, Replied, Reply, Talk
from models.wire import Say


@dataclass(frozen=True, slots=True)
class Turn:
    understood: Understood
    facts: Facts
    talk: Talk
    places: tuple[Place, ...]
    question: Question | None
    """The open question, if it still lives."""
    answering: frozenset[int]
    """The agencies that this chat may answer for."""
    mine: tuple[Item, ...]
    """The tasks that this chat may answer for."""
    replied: tuple[Item, ...] = ()
    """Those of them that the answered message was about."""

    @property
    def led(self) -> frozenset[int]:
        """The blocs that this chat leads."""
        return frozenset(place.bloc_id for place in self.places if place.leads)

    def follows(self, item: Item) -> bool:
        """This chat leads the bloc in the season of the task."""
        mine = (place for place in self.places if place.leads and place.bloc_id == item.bloc_id)
        return any(place.role == "admin" or place.seat_in(item.year) for place in mine)

    def label(self, item: Item) -> str:
        """`K5`, or `K5-STP` where the agency does not go without saying."""
        return tasks.label(item, with_agency=len(self.answering) > 1 or item.agency_id not in self.answering)

    def head_of(self, item: Item) -> str:
        """What the head of the task's bloc is called."""
        return next((place.head_title for place in self.places if place.bloc_id == item.bloc_id), "Trưởng khối")

    def deputy_of(self, item: Item) -> str:
        """The same of its deputy."""
        return next((place.deputy_title for place in self.places if place.bloc_id == item.bloc_id), "Phó Trưởng khối")

    def persons_of(self, agency_id: int) -> frozenset[int]:
        """Who of an agency speaks in this chat."""
        return frozenset(place.person_id for place in self.places if place.agency_id == agency_id)


def turn_of(understood: Understood, facts: Facts, talk: Talk, places: tuple[Place, ...]) -> Turn:
    question = understood.question
    if question and question.until and question.until < facts.now:
        question = None
    answering = frozenset(place.agency_id for place in places if place.answers and place.agency_id)
    mine = tuple(item for item in facts.items if item.agency_id in answering)
    return Turn(understood, facts, talk, places, question, answering, mine, _replied(facts.replied, mine))


def _replied(replied: Replied | None, mine: Iterable[Item]) -> tuple[Item, ...]:
    if replied is None:
        return ()
    return tuple(
        item
        for item in mine
        if item.obligation_id in replied.obligations
        or item.code in replied.codes
        or f"{item.code}-{item.short}" in replied.codes
    )


def said(turn: Turn, *says: Say, deeds: Iterable[Deed] = ()) -> Reply:
    """An answer that leaves the talk as it is, but for a question that is over."""
    return Reply(says=says, deeds=tuple(deeds), talk=replace(turn.talk, question=turn.question))


def asked(turn: Turn, say: Say, question: Question | None, deeds: Iterable[Deed] = ()) -> Reply:
    """An answer that ends in a question; None closes the one that was open."""
    return Reply(says=(say,), deeds=tuple(deeds), talk=replace(turn.talk, question=question))


def about(turn: Turn, item: Item) -> Question:
    return Question("item", (item.obligation_id,), turn.facts.question_until)


def is_settled(item: Item) -> bool:
    """The head has ruled: what was said of it stands, however it was said."""
    return item.standing.state in ("confirmed", "waived")


def is_open(item: Item) -> bool:
    return item.standing.is_open


def urgent_first(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.deadline, item.milestone_id))


def due_now(items: Iterable[Item]) -> list[Item]:
    """What is open and in its time: overdue, due within the notice days, or already spoken of."""
    return urgent_first(item for item in items if is_open(item) and (item.is_near or item.standing.facts))
