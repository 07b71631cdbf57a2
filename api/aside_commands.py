"""The operators' way to what was set aside."""

from collections.abc import Callable
from typing import Annotated

import typer
from sqlmodel import Session

from api.command_line import AsJson, as_json, sentences, work
from api.services.queues import aside
from api.shapes import AsideLine, Retried
from models.clock import Clock

upkeep = typer.Typer()
MOST = 500
_NOW = {
    "waiting": "the bot takes it up within seconds, if it runs",
    "queued": "it is sent within seconds, if the bot runs",
    "expired": "its hours are over: what is still open goes into the next working day's message",
}


@upkeep.command(rich_help_panel="Keep")
def retry(
    id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Such as in-17 or out-23; none lists them.")] = None,
    json: AsJson = False,
) -> None:
    """Play once more an update or a message that was set aside; without an ID list what is.

    For example: giaouoc retry in-17
    """
    with sentences():
        typer.echo(work(_listing(json) if id is None else _retrying(id, json)))


def _listing(json: bool) -> Callable[[Session, Clock], str]:
    def unit(session: Session, hands: Clock) -> str:
        found = aside.listed(session, None, MOST, None)
        if json:
            return as_json(found)
        return "\n".join(map(_line, found.items)) or "nothing is set aside"

    return unit


def _line(line: AsideLine) -> str:
    return f"{line.id}  {line.at:%Y-%m-%d %H:%M}  {line.channel}:{line.bot}  {line.kind}  {line.why or 'no reason'}"


def _retrying(written: str, json: bool) -> Callable[[Session, Clock], str]:
    def unit(session: Session, hands: Clock) -> str:
        which = aside.ident(written)
        state = aside.retry(session, which, "operator", hands.covenant(), hands.wire())
        return as_json(Retried(id=str(which), state=state)) if json else f"{which}: {_NOW[state]}"

    return unit
