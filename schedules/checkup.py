"""The tick of the self-check: once a working morning, whichever process comes first."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlmodel import Session

from api.services.desk import checkup, quotas
from bot.dialogue.phrases.checkup import Surroundings
from models.clock import Clock
from models.database import Database
from schedules.clock import Ticker
from schedules.ping import Ping

FRESH = timedelta(days=2)
"""How old the newest backup may be."""


class CheckUp:
    """What the process knows beside the ledger, and when it told it last."""

    def __init__(self, database: Database, clock: Clock, ticker: Ticker, ping: Ping, backup: Path | None) -> None:
        self._database, self._clock, self._ticker = database, clock, ticker
        self._ping, self._backup = ping, backup
        self._failures = 0
        """Failed ticks that were told already."""

    async def tick(self) -> dict[str, int]:
        now = self._clock.covenant()
        if not checkup.due(now):
            return {"checked": 0}
        failures = sum(self._ticker.failures.values())
        backup, told = backup_of(self._backup, self._clock.wire()), failures - self._failures

        def run(session: Session) -> bool:
            around = Surroundings(told, backup, quotas.left(session, self._clock.wire()))
            return checkup.run(session, now, around) is not None

        made = await self._database.write(run)
        if made:
            self._failures = failures
            self._ping.good(always=True)
        return {"checked": int(made)}


def backup_of(folder: Path | None, wire_now: datetime) -> Literal["unset", "missing", "old"] | None:
    """What is wrong with the backups; None: there is a fresh one."""
    if folder is None:
        return "unset"
    newest = max((file.stat().st_mtime for file in folder.glob("giaouoc-*.tar")), default=None)
    if newest is None:
        return "missing"
    return "old" if wire_now - datetime.fromtimestamp(newest, UTC) > FRESH else None
