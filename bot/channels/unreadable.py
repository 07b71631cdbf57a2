"""An update that our own code cannot read: it must stop nobody, and it must not be lost.

A channel reads each raw update through `reading`. What cannot be read comes out as a Heard with `unread`: the API sets
it aside as it came, tells its sender (where a private chat could be made out) that nothing was recorded, and shows it
in `giaouoc check`, `/metrics` and `GET /v1/aside`. `giaouoc retry ID` hands the raw update to the channel's `reread`.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime

from models.logs import reason
from models.wire import Heard, Unread

RAW_LIMIT = 256 * 1024
"""Characters; beyond it nothing is kept but the reason."""


def reading(translate: Callable[[], Heard | None], stand_in: Callable[[str], Heard]) -> Heard | None:
    """What `translate` makes of one update; whatever goes wrong in it, `stand_in` is given the reason, fit to be
    stored, and makes the Heard (see `unreadable`). None: nothing was said to us."""
    try:
        return translate()
    except Exception as error:  # one update must not stop the others, whatever is wrong with it
        return stand_in(reason(error))


def unreadable(
    raw: object,
    why: str,
    *,
    channel: str,
    bot: str,
    at: datetime,
    external_id: str | None = None,
    chat: str = "",
    private: bool = True,
) -> Heard:
    """A raw update (anything JSON knows, or text) that could not be read. `at` is wire time. Without an id of the
    platform's own its content is its id; `chat` is empty when not even that could be made out."""
    written = raw if isinstance(raw, str) else json.dumps(raw, default=str)
    return Heard(
        channel=channel,
        bot=bot,
        external_id=external_id or f"raw:{hashlib.sha256(written.encode('utf-8', 'replace')).hexdigest()[:32]}",
        chat=chat,
        kind="unsupported",
        text="unreadable",
        unread=Unread(raw=written if len(written) <= RAW_LIMIT else "", why=why),
        private=private,
        sent_at=at,
    )
