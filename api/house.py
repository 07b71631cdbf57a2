"""What the routes share: made once by `main.py`, kept on `app.state.house`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from fastapi import Request
from sqlmodel import Session

from api.bell import Bell
from api.refusals import NotFound
from api.shapes import Rehearsal
from api.store import Store
from models.clock import Clock
from models.database import Database


class DemoClock(Protocol):
    """The demo's clock, as its page sees it."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def state(self) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number for whoever watches the process; labels hold no names of people."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class Rehearse(Protocol):
    """What would be sent in the next days (`schedules.rehearsal`)."""

    def __call__(
        self, session: Session, bloc_id: int, now: datetime, days: int, *, wire_now: datetime | None
    ) -> Rehearsal: ...


def _nobody_plans(
    session: Session, bloc_id: int, now: datetime, days: int, *, wire_now: datetime | None = None
) -> Rehearsal:
    raise NotFound("nothing is planned in this process")


@dataclass
class House:
    database: Database
    store: Store
    clock: Clock
    bell: Bell = field(default_factory=Bell)
    upload_limit: int = 200 * 1024 * 1024
    """Bytes."""
    public_url: str = "http://127.0.0.1:8000"
    bots: Callable[[], Mapping[str, Sequence[str]]] = dict
    """By channel, what stands in links for each bot that has answered."""
    gauges: list[Callable[[], Iterable[Gauge]]] = field(default_factory=list)
    """What the other parts of this process tell of themselves: the channels' polls, the clock's ticks."""
    rehearse: Rehearse = _nobody_plans
    clamd_url: str | None = None
    backup: Path | None = None
    """The folder of the backups, which the self-check looks at."""
    ping_url: str | None = None
    own_token_sha256: str | None = None
    """The bot's own token in a process that holds both halves: never stored, made at each start."""
    demo: bool = False
    demo_clock: DemoClock | None = None
    demo_chats: dict[str, str] = field(default_factory=dict)
    """phone → chat id, in the demo only."""
    closing: bool = False
    """Set when the process is told to stop: long polls and event streams end."""


def house(request: Request) -> House:
    """FastAPI dependency."""
    found: House = request.app.state.house
    return found
