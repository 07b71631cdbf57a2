"""Every sentence that the bot speaks, in the register of `domain.md` 7."""

from bot.dialogue.phrases.bloc import agency, silent_ones, status
from bot.dialogue.phrases.reminders import reminder
from bot.dialogue.phrases.tasks import card

__all__ = ["agency", "card", "reminder", "silent_ones", "status"]
