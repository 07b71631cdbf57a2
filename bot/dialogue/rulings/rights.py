"""Who rules on what: the seats of the task's own season, nobody on the own agency's tasks, and on no submission who
has sent or recorded it. The head's own tasks are a deputy's; where no deputy sits, the administrator's."""

from bot.dialogue.phrases import bloc
from bot.dialogue.phrases import rulings as phrases
from bot.dialogue.rulings.values import HeadSeat, RulingFacts
from bot.dialogue.turn import Turn
from bot.dialogue.values import Item, Place
from models.rules.progress import senders


def known(turn: Turn) -> RulingFacts:
    return turn.facts.rulings or RulingFacts()


def may_rule(turn: Turn, place: Place, item: Item) -> bool:
    if place.bloc_id != item.bloc_id:
        return False
    if place.role == "admin":
        head = _head_seat(turn, item)
        return head is not None and not head.has_deputy
    seated = place.role in ("leader", "desk") and place.seat_in(item.year) is not None
    return seated and place.agency_id != item.agency_id


def rules(turn: Turn, item: Item) -> bool:
    return any(may_rule(turn, place, item) for place in turn.places)


def judge(turn: Turn, item: Item) -> Place | None:
    """Who of this chat may say whether what was sent is enough."""
    sent = senders(item.ask, item.standing)
    return next((one for one in turn.places if may_rule(turn, one, item) and one.person_id not in sent), None)


def heads(turn: Turn, item: Item) -> bool:
    """Speaks as the bloc's head, not as the desk: of the head's own tasks that is whoever else may rule on them."""
    rules_on = [place for place in turn.places if place.role != "desk" and may_rule(turn, place, item)]
    return any(place.seat_in(item.year) == "head" for place in rules_on) or bool(rules_on and _head_seat(turn, item))


def title(turn: Turn, item: Item) -> str:
    """Who speaks: the head, or a deputy."""
    place = next(place for place in turn.places if may_rule(turn, place, item))
    if place.role == "admin":
        return phrases.ADMINISTRATOR
    return place.head_title if place.seat_in(item.year) == "head" else place.deputy_title


def writer(turn: Turn, item: Item) -> str | None:
    """What whoever answers the agency is called: whoever follows the bloc in that season, of the own agency too, as an
    answer rules on nothing. None: nobody of this chat."""
    for place in turn.places:
        seat = place.seat_in(item.year) if place.bloc_id == item.bloc_id else None
        if place.leads and seat:
            title = place.head_title if seat == "head" else place.deputy_title
            return f"Bộ phận giúp việc {title}" if place.role == "desk" else title
    return phrases.ADMINISTRATOR if rules(turn, item) else None


def not_mine(turn: Turn, item: Item, deed: str = "cho ý kiến") -> str | None:
    """The sentence that says whose it is to rule on this task (`deed`, in their words); None: this chat's."""
    if rules(turn, item):
        return None
    deputy, head = turn.deputy_of(item), _head_seat(turn, item)
    if any(place.agency_id == item.agency_id for place in turn.places):
        lonely = head is not None and not head.has_deputy
        instead = deputy if head else turn.head_of(item)
        return phrases.no_deputy(item, deputy, deed) if lonely else phrases.own_agency(item, instead, deed)
    if turn.led and not any(place.seat_in(item.year) for place in turn.places if place.bloc_id == item.bloc_id):
        return bloc.of_another_season(item.code, item.year, turn.head_of(item)).text
    return phrases.for_the_head(turn.head_of(item))


def not_judged(turn: Turn, item: Item) -> str | None:
    """The same of a verdict, which nobody gives on what they have sent or recorded."""
    if refused := not_mine(turn, item, "xác nhận"):
        return refused
    return None if judge(turn, item) else phrases.own_record(item, turn.head_of(item))


def _head_seat(turn: Turn, item: Item) -> HeadSeat | None:
    """The head's seat of its season, when it is a task of the head's own agency."""
    seats = (seat for seat in known(turn).heads if (seat.agency_id, seat.year) == (item.agency_id, item.year))
    return next(seats, None)
