"""Words and decisions: understand what was heard, look up what is needed, respond. Pure; no clock, no data, no wire."""

from bot.dialogue.look import look
from bot.dialogue.respond import opened_by, respond
from bot.dialogue.understand import understand

__all__ = ["look", "opened_by", "respond", "understand"]
