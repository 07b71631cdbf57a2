"""The operator's look into the coming days."""

from datetime import date
from time import monotonic
from typing import Annotated

import typer

from api.command_line import AsJson, BlocName, as_json, hands_for, opened, sentences
from api.command_line import settings as read_settings
from api.commands import READ, season_of
from api.shapes import Rehearsal
from bot.dialogue.phrases import terminal
from schedules.rehearsal import LONGEST, rehearse

planning = typer.Typer()
QUIET = 1.0
"""Seconds before a word of progress is said."""


@planning.command("rehearse", rich_help_panel=READ)
def rehearse_command(
    bloc: BlocName,
    days: Annotated[int, typer.Option(min=1, max=LONGEST, help="How many days, from now.")] = 30,
    json: AsJson = False,
) -> None:
    """Every message of the next days: when, to whom, on which channel, its words. Nothing is sent.

    For example: giaouoc rehearse noi-chinh-bac-kan --days 14
    """
    with sentences():
        found = _rehearse(bloc, days)
        typer.echo(as_json(found) if json else terminal.rehearsal(found.model_dump()))


def _rehearse(bloc: str, days: int) -> Rehearsal:
    found = read_settings()
    began = monotonic()

    def told(day: date, number: int, of: int) -> None:
        if monotonic() - began > QUIET:
            typer.echo(f"\r{terminal.rehearsing(day, number, of)}", err=True, nl=number == of)

    with opened(found) as database:
        hands = database.write_now(lambda session: hands_for(session, found))
        return database.read_now(
            lambda session: rehearse(
                session, season_of(session, bloc)[0], hands.covenant(), days, wire_now=hands.wire(), told=told
            )
        )
