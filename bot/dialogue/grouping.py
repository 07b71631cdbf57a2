"""What is said in a group: where to write to us alone, and nothing of anybody's tasks."""

from bot.dialogue.intents import InGroup
from bot.dialogue.phrases import groups as phrases
from bot.dialogue.turn import Turn, said
from bot.dialogue.values import Reply


def in_group(turn: Turn, intent: InGroup) -> Reply:
    where = turn.understood.heard.write_at
    return said(turn, phrases.code_in_group(where) if intent.code else phrases.write_alone(where))
