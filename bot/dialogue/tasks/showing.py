"""Lists and views: help, the agency's tasks, the bloc's status, one agency."""

from collections.abc import Sequence

from bot.dialogue.intents import HowIs, NewCode, Page, Target, WhoIsSilent
from bot.dialogue.phrases import answers as phrases
from bot.dialogue.phrases import bloc, people, succession, tasks
from bot.dialogue.phrases.form import enumerated
from bot.dialogue.tasks.answering import agency_names
from bot.dialogue.turn import Turn, about, asked, due_now, is_open, said
from bot.dialogue.values import BlocView, Item, MakeCode, Reply
from models.wire import Say


def page(turn: Turn, intent: Page) -> Reply:
    match intent.name:
        case "help":
            return said(turn, people.help_for(turn.places))
        case "status":
            return _status(turn)
        case _:
            return _tasks(turn, intent.name)


def _status(turn: Turn) -> Reply:
    if not turn.led:
        return said(turn, people.for_the_head_only(_head(turn))) if not turn.facts.items else _tasks(turn, "work")
    return said(turn, *(bloc.status(view) for view in turn.facts.blocs))


def _tasks(turn: Turn, name: str) -> Reply:
    """The tasks of the sender's agency; the desk, which owes none, sees who has not sent."""
    if not turn.facts.items:
        if turn.facts.blocs:
            show = bloc.status if name == "start" else bloc.silent_ones
            return said(turn, *(show(view) for view in turn.facts.blocs))
        return said(turn, people.help_for(turn.places))
    names = {item.obligation_id: turn.label(item) for item in turn.facts.items}
    agencies = list(dict.fromkeys(item.agency for item in turn.facts.items))
    shown = due_now(turn.facts.items)
    later = sum(map(is_open, turn.facts.items)) - len(shown)
    ask = shown[0] if _asks(turn, shown, name) else None
    opening = people.hello() if name == "start" else None
    may_answer = any(item.agency_id in turn.answering for item in shown)
    say = tasks.work(enumerated(agencies), shown, later, names, ask, opening=opening, may_answer=may_answer)
    return asked(turn, say, about(turn, ask)) if ask else said(turn, say)


def _asks(turn: Turn, shown: Sequence[Item], name: str) -> bool:
    """Only a list of one ends in its question; a greeting asks about the most urgent."""
    mine = bool(shown) and shown[0].agency_id in turn.answering
    return mine and name != "mine" and (len(shown) == 1 or name == "start")


def _head(turn: Turn) -> str:
    return turn.places[0].head_title


def who_is_silent(turn: Turn, intent: WhoIsSilent) -> Reply:
    if not turn.led:
        return said(turn, people.for_the_head_only(_head(turn))) if not turn.facts.items else _tasks(turn, "work")
    target = intent.target
    if target is None:
        seasons = turn.facts.blocs
        several = len({view.bloc_id for view in seasons}) < len(seasons)
        return said(turn, *(bloc.silent_ones(view, away=_away(turn), names_year=several) for view in seasons))
    if not target.entries:
        nearest = f"{target.nearest.code} {target.nearest.title}" if target.nearest else None
        return said(turn, Say(text=phrases.unknown_code(target.code, nearest)))
    wanted = {(entry.bloc_id, entry.year) for entry in target.entries}
    views = [view for view in turn.facts.blocs if (view.bloc_id, view.year) in wanted]
    return said(turn, *(bloc.silent_ones(view, _codes(target, view), _away(turn)) for view in views))


def _away(turn: Turn) -> dict[int, str]:
    """By agency, who is away just now and who gets the reminders meanwhile."""
    today = turn.facts.today
    found: dict[int, str] = {}
    for view in turn.facts.posts.away:
        if view.first <= today:
            found[view.agency_id] = "; ".join(filter(None, (found.get(view.agency_id), succession.away_now(view))))
    return found


def _codes(target: Target, view: BlocView) -> tuple[str, ...]:
    return tuple(entry.code for entry in target.entries if (entry.bloc_id, entry.year) == (view.bloc_id, view.year))


def how_is(turn: Turn, intent: HowIs) -> Reply:
    members = [member for member in intent.members if member.bloc_id in turn.led]
    if not members:
        return said(turn, people.for_the_head_only(_head(turn)))
    says = []
    for member in members:
        items = [item for item in turn.facts.items if item.agency_id == member.agency_id]
        says.append(bloc.agency(items, member.name))
    return said(turn, *says)


def new_code(turn: Turn, intent: NewCode) -> Reply:
    if not turn.led:
        return said(turn, people.for_the_head_only(_head(turn)))
    members = [member for member in intent.members if member.bloc_id in turn.led]
    if len(members) != 1:
        return said(turn, people.which_agency(agency_names(turn), "mã mới STP"))
    member = members[0]
    deed = MakeCode(member.bloc_id, member.agency_id, intent.role)
    return said(turn, people.new_code(member.name, intent.role), deeds=(deed,))
