"""What Telegram's refusals and a broken wire are called in our tree of troubles."""

from collections.abc import Iterator
from contextlib import contextmanager

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)

from bot.channels.base import (
    Deaf,
    Gone,
    Limited,
    Moved,
    Passing,
    Refused,
    TooLarge,
    Trouble,
    Uncertain,
    Unreachable,
)
from bot.channels.telegram_request import Resting, Unanswered

GONE = ("chat not found", "user not found", "peer_id_invalid", "chat was deactivated", "chat was deleted")
SHUT = ("chat_write_forbidden", "not enough rights", "have no rights")
"""400s that speak of the chat and not of the message."""


@contextmanager
def troubles(*, sending: bool = False) -> Iterator[None]:
    try:
        yield
    except TelegramError as error:
        raise trouble_of(error, sending=sending) from None


def trouble_of(error: TelegramError, *, sending: bool = False) -> Trouble:
    """PTB's error in our tree. While `sending`, a request without an answer may have arrived; any other call is
    simply made again. The order matters: in PTB a BadRequest and a TimedOut are NetworkErrors too."""
    why = error.message[:200]
    match error:
        case Resting():
            return Limited(why, error.seconds, whole_bot=error.whole_bot)
        case ChatMigrated():
            return Moved("the group has another id now", str(error.new_chat_id))
        case Forbidden():
            return Gone(why) if "deactivated" in why.lower() else Unreachable(why)
        case BadRequest():
            return _bad_request(why)
        case TimedOut() | Unanswered():
            return Uncertain(why) if sending else Passing(why)
        case NetworkError():
            return Passing(why)
        case InvalidToken() | EndPointNotFound():
            return Deaf(f"the token is not accepted ({why})")
        case Conflict():
            return Passing(f"somebody else takes this bot's updates: stop the other program ({why})")
    return Uncertain(why) if sending else Passing(why)


def _bad_request(why: str) -> Trouble:
    words = why.lower()
    if any(sign in words for sign in GONE):
        return Gone(why)
    if any(sign in words for sign in SHUT):
        return Unreachable(why)
    if "file is too big" in words:
        return TooLarge(why)
    return Passing(why) if "temporarily unavailable" in words else Refused(why)
