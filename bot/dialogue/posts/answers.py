"""Words about links and posts are answered, each by its kind; numbers and yes or no by what was asked."""

from collections.abc import Callable
from typing import Any

from bot.dialogue.intents import YesNo
from bot.dialogue.phrases import links as phrases
from bot.dialogue.phrases import trouble
from bot.dialogue.posts import linked, linking, own_data, succession
from bot.dialogue.posts.values import (
    Away,
    CallOff,
    HandOver,
    Links,
    MyData,
    Option,
    PostIntent,
    Prefer,
    SecondChannel,
    Unlink,
    WhoIsAway,
)
from bot.dialogue.turn import Turn, asked, said
from bot.dialogue.values import Question, Reply

_ANSWERS: dict[type, Callable[[Turn, Any], Reply]] = {
    Links: linked.show,
    Unlink: linked.unlink,
    Prefer: linked.prefer,
    SecondChannel: linked.second_channel,
    MyData: own_data.my_data,
    HandOver: succession.hand_over,
    CallOff: succession.call_off,
    Away: succession.away,
    WhoIsAway: succession.who_is_away,
}
_CHOSEN: dict[str, Callable[[Turn, Option, Question], Reply]] = {
    "confirm_link": linking.same_person,
    "add_link": linking.add,
    "who_links": linking.who,
    "my_data": own_data.chosen,
    "whose_data": own_data.whose,
    "which_link": linked.which,
    "which_post": succession.of_post,
    "which_cover": succession.cover_chosen,
}
CONFIRMED: dict[str, Callable[[Turn, YesNo, Question], Reply]] = {
    "confirm_unlink": linked.unlink_confirmed,
    "confirm_erase": own_data.erase_confirmed,
    "confirm_handover": succession.handover_confirmed,
}


def answer(turn: Turn, intent: PostIntent) -> Reply:
    if isinstance(intent, Option):
        question = turn.question
        if turn.facts.stale:
            return said(turn, trouble.unread("old_button", None))
        return (
            _CHOSEN[question.kind](turn, intent, question) if question else asked(turn, phrases.nothing_changed(), None)
        )
    return _ANSWERS[type(intent)](turn, intent)
