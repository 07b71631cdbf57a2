"""From a meaning and the facts to what is said, what is done, and what the chat remembers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, get_args

from bot.dialogue import grouping
from bot.dialogue.intents import (
    Answers,
    Code,
    Courtesy,
    Files,
    HowIs,
    InGroup,
    NewCode,
    Note,
    Nothing,
    Notice,
    OnBehalf,
    Page,
    Pick,
    Secret,
    ShowFile,
    Stranger,
    TakeBack,
    Understood,
    Unread,
    UploadWanted,
    WhoIsSilent,
    YesNo,
)
from bot.dialogue.orders import obeying, other_season
from bot.dialogue.phrases import tasks, trouble
from bot.dialogue.posts import answers as post_answers
from bot.dialogue.posts import linked, linking
from bot.dialogue.posts.values import POST_INTENTS
from bot.dialogue.rulings import answers as ruling
from bot.dialogue.rulings.values import AT_LENGTH, BULK, Ruling
from bot.dialogue.steering import answers as steered
from bot.dialogue.steering.values import Steering
from bot.dialogue.tasks import answering, correcting, filing, handing_out, showing, undoing, uploading
from bot.dialogue.tasks.resolving import in_question
from bot.dialogue.turn import Turn, about, asked, due_now, said, turn_of
from bot.dialogue.values import Facts, Item, Place, Question, Reply, Talk


def respond(understood: Understood, facts: Facts, talk: Talk, places: tuple[Place, ...]) -> Reply:
    """What is said to a meaning, what is done, and what the chat remembers."""
    turn = turn_of(understood, facts, talk, places)
    if refused := other_season.not_led(turn, understood.intent):
        return refused
    return linked.attributed(turn, _FAMILIES[type(understood.intent)](turn, understood.intent))


def opened_by(items: Sequence[Item], until: datetime) -> Question | None:
    """The question that an unasked message about these leaves behind: one of a single task; none of several."""
    return Question("item", (items[0].obligation_id,), until) if len(items) == 1 else None


def _nothing(turn: Turn, intent: Nothing) -> Reply:
    return Reply(talk=turn.talk)


def _answers(turn: Turn, intent: Answers) -> Reply:
    return correcting.corrected(turn, intent) if intent.confirm == "edited" else answering.answers(turn, intent)


def _yes_or_no(turn: Turn, intent: YesNo) -> Reply:
    question = turn.question
    if turn.facts.stale:
        return said(turn, trouble.unread("old_button", _example(turn)))
    if question and question.kind == "confirm_link":
        return linking.confirmed(turn, intent, question)
    if question and question.kind == "not_secret":
        return filing.about_secrecy(turn, intent.yes)
    if question and question.kind == "notice":
        return asked(turn, trouble.a_result(_example(turn)) if intent.yes else trouble.no_result(), None)
    if question and question.kind == "confirm_policy":
        return steered.confirmed(turn, intent, question)
    if question and question.kind == BULK:
        return ruling.confirmed(turn, intent, question)
    if question and question.kind == AT_LENGTH:
        return ruling.said_at_length(turn, intent, question)
    if question and question.kind == "confirm_order":
        return obeying.confirmed(turn, intent, question)
    if question and question.kind in post_answers.CONFIRMED:
        return post_answers.CONFIRMED[question.kind](turn, intent, question)
    return answering.yes_or_no(turn, intent)


def _notice(turn: Turn, intent: Notice) -> Reply:
    if not turn.answering:
        return said(turn, trouble.notice_untold(_example(turn)))
    return asked(turn, trouble.notice(), Question("notice", until=turn.facts.question_until))


def _unread(turn: Turn, intent: Unread) -> Reply:
    """What cannot be read: the open question is put again, if there is one."""
    question, item = turn.question, in_question(turn)
    if intent.why == "words" and question and (again := _asked_again(turn, question, item)):
        return again
    if intent.why == "unsupported" and uploading.perhaps_a_file(turn, turn.understood.heard):
        return uploading.instead(turn)
    return said(turn, trouble.unread(intent.why, _example(turn)))


def _example(turn: Turn) -> str | None:
    """A code of this chat, for the sentences that show how to answer."""
    item = in_question(turn) or next(iter(due_now(turn.mine)), None)
    return turn.label(item) if item else None


def _asked_again(turn: Turn, question: Question, item: Item | None) -> Reply | None:
    if question.kind == "which":
        return answering.which_again(turn)
    if question.kind == "who_speaks":
        return linked.who_speaks_again(turn)
    if question.kind == "confirm_value":
        return said(turn, trouble.confirm_again())
    if item and question.kind == "item":
        return asked(turn, trouble.unread_about(tasks.card(item, turn.label(item))), about(turn, item))
    return None


_FAMILIES: dict[type, Callable[[Turn, Any], Reply]] = {
    Nothing: _nothing,
    Stranger: linking.stranger,
    InGroup: grouping.in_group,
    Code: linking.code,
    YesNo: _yes_or_no,
    Answers: _answers,
    Pick: answering.pick,
    Files: filing.files,
    Note: answering.note,
    TakeBack: undoing.take_back,
    Courtesy: answering.courtesy,
    Page: showing.page,
    WhoIsSilent: showing.who_is_silent,
    HowIs: showing.how_is,
    OnBehalf: answering.on_behalf,
    NewCode: showing.new_code,
    Notice: _notice,
    Secret: filing.secret,
    Unread: _unread,
    UploadWanted: uploading.wanted,
    ShowFile: handing_out.show,
    **dict.fromkeys(get_args(Steering), steered.answer),
    **dict.fromkeys(get_args(Ruling), ruling.answer),
    **dict.fromkeys(obeying.ORDERS, obeying.obey),
    **dict.fromkeys(POST_INTENTS, post_answers.answer),
}
