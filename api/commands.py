"""The operators' commands that need the database and no running process."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from api import aside_commands, moments
from api.command_line import AsJson, BlocName, Failure, Year, as_json, hands_for, open_store, opened, sentences, work
from api.command_line import settings as read_settings
from api.refusals import NotFound
from api.services import backup as backups
from api.services import holding, ledger, seasons, status, tokens
from api.services.loading import blocfile, loading, plan, plan_template, samples, workbook
from api.services.loading.blocfile import BlocFile
from api.services.loading.loading import Loaded
from api.services.talks import book
from bot.dialogue.phrases import bloc as words
from bot.dialogue.phrases import terminal
from models.clock import Clock
from models.tables import Bloc, Season

operators = typer.Typer()
operators.add_typer(aside_commands.upkeep)

READ, SET_UP, KEEP = "Look", "Set up a bloc", "Keep"


class Role(StrEnum):
    """Whose rights a token has."""

    admin = "admin"
    head = "head"
    desk = "desk"
    auditor = "auditor"
    bot = "bot"


def season_of(session: Session, slug: str, year: int | None = None) -> tuple[int, int]:
    """(bloc id, season id). Raises NotFound with the blocs that there are."""
    try:
        return status.season_of(session, slug, year)[:2]
    except NotFound as missing:
        known = ", ".join(session.exec(select(Bloc.slug).order_by(col(Bloc.slug)))) or "none yet (giaouoc load)"
        raise NotFound(f"{missing.detail}; loaded: {known}") from None


# --- set up -------------------------------------------------------------------------------------------------------


@operators.command("samples", rich_help_panel=SET_UP)
def samples_command() -> None:
    """List the bloc files that ship."""
    for name in samples.names():
        typer.echo(name)


@operators.command(rich_help_panel=SET_UP)
def load(
    file: Annotated[
        str, typer.Argument(help="A bloc file, the name of one that ships (giaouoc samples), or a plan (.xlsx).")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    bloc: Annotated[str | None, typer.Option(metavar="BLOC", help="With a plan: whose it is.")] = None,
    season: Year = None,
    json: AsJson = False,
) -> None:
    """Load a bloc file, or a plan (.xlsx): created or updated, whole or not at all. A second load changes nothing.

    For example: giaouoc load noi-chinh-bac-kan-2024 --dry-run
    """
    with sentences():
        found = read_settings()
        if file.lower().endswith(".xlsx"):
            typer.echo(_plan(Path(file), bloc, season, dry_run=dry_run, json=json))
            return
        if bloc or season:
            raise Failure("a bloc file names its bloc and season itself; --bloc and --season go with a plan (.xlsx)")
        read = _bloc_file(file)
        with opened(found) as database:
            hands = database.write_now(lambda session: hands_for(session, found))
            loaded = asyncio.run(loading.load_file(database, read, hands.covenant(), dry_run=dry_run))
        numbers = loaded.model_dump()
        told = terminal.loaded(numbers, loaded.agencies, loaded.obligations, dry_run=dry_run)
        typer.echo(as_json(loaded) if json else told)


def _plan(file: Path, bloc: str | None, year: int | None, *, dry_run: bool, json: bool) -> str:
    """Load a workbook's plan into a season that is there; what to say of it. Raises Failure, NotFound."""
    if bloc is None:
        raise Failure("name the bloc that the plan is for: --bloc BLOC")

    def unit(session: Session, hands: Clock) -> Loaded:
        bloc_id, season_id = season_of(session, bloc, year)
        words = book.book_of(session, book.revisions_of(session, [bloc_id]))
        lines = workbook.read(file, session.get_one(Season, season_id).year, words)
        return plan.load(session, bloc_id, season_id, lines, hands.covenant(), dry_run=dry_run)

    try:
        loaded = work(unit)
    except plan.Rehearsed as rehearsed:
        loaded = rehearsed.loaded
    except FileNotFoundError:
        raise Failure(f"{file}: no such file") from None
    numbers = loaded.model_dump()
    told = terminal.loaded(numbers, loaded.agencies, loaded.obligations, dry_run=dry_run)
    return as_json(loaded) if json else told


@operators.command("plan-template", rich_help_panel=SET_UP)
def plan_template_command(
    file: Annotated[Path, typer.Argument(help="The .xlsx to write.")],
    bloc: Annotated[str | None, typer.Option(metavar="BLOC", help="List this bloc's agencies in it.")] = None,
) -> None:
    """Write an empty plan: a workbook of five columns, to be filled in and loaded."""

    def agencies(session: Session, hands: Clock) -> list[tuple[str, str]]:
        return [(one.short, one.name) for one in seasons.members(session, season_of(session, bloc or "")[0])]

    with sentences():
        if file.exists():
            raise Failure(f"{file} exists; nothing was changed")
        plan_template.write(file, work(agencies) if bloc else ())
        typer.echo(f"{file}: fill it in, then giaouoc load {file.name} --bloc {bloc or 'BLOC'}")


def _bloc_file(name: str) -> BlocFile:
    """Raises Failure with every problem of the file."""
    path = Path(name)
    try:
        text = samples.text(name) if name in samples.names() else path.read_bytes()
        return blocfile.read(text, path.name)
    except FileNotFoundError:
        raise Failure(f"{name}: no such file, and no bloc file of this name ships (giaouoc samples)") from None
    except OSError as error:
        raise Failure(f"{name}: {error.strerror}") from None
    except blocfile.BlocFileRefused as refused:
        raise Failure("\n".join(map(str, refused.problems))) from None


@operators.command(rich_help_panel=SET_UP)
def hold(
    bloc: BlocName,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day of the pause (2024-06-20); default until release.")
    ] = None,
) -> None:
    """Stop all unasked messages of a bloc; answers go on."""
    with sentences():
        typer.echo(terminal.held(work(lambda session, hands: _hold(session, bloc, until, hands.covenant()))))


def _hold(session: Session, bloc: str, until: str | None, now: datetime) -> int:
    season_of(session, bloc)
    over = moments.as_of(until, now, read_settings().timezone) if until else None
    if over and over <= now:
        raise Failure(f"{until} is over already")
    return holding.hold(session, bloc, now, over)


@operators.command(rich_help_panel=SET_UP)
def release(bloc: BlocName) -> None:
    """Resume the unasked messages of a bloc; nothing floods."""
    with sentences():
        typer.echo(terminal.released(work(lambda session, hands: _release(session, bloc, hands.covenant()))))


def _release(session: Session, bloc: str, now: datetime) -> bool:
    season_of(session, bloc)
    return holding.release(session, bloc, now)


@operators.command(rich_help_panel=SET_UP)
def token(
    name: Annotated[str, typer.Argument(help="Whose token it is, for the audit.")],
    role: Annotated[Role | None, typer.Option(help="Whose rights it has.")] = None,
    bloc: Annotated[str | None, typer.Option(metavar="BLOC", help="Limit it to one bloc.")] = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Let nobody in any more with the tokens of this name.")
    ] = False,
) -> None:
    """Print a new API token, once: only its hash is kept.

    For example: giaouoc token "Văn phòng" --role desk --bloc noi-chinh-bac-kan
    """
    if revoke == (role is not None):
        raise typer.BadParameter("give one of --role and --revoke", param_hint="--role")
    with sentences():
        typer.echo(work(_revoking(name) if role is None else _making(name, role, bloc)))


def _making(name: str, role: Role, bloc: str | None) -> Callable[[Session, Clock], str]:
    def unit(session: Session, hands: Clock) -> str:
        bloc_id = season_of(session, bloc)[0] if bloc else None
        return tokens.make(session, name, role, bloc_id, hands.covenant(), hands.wire())

    return unit


def _revoking(name: str) -> Callable[[Session, Clock], str]:
    return lambda session, hands: f"revoked: {tokens.revoke(session, name, hands.covenant(), hands.wire())}"


# --- look ---------------------------------------------------------------------------------------------------------


@operators.command("status", rich_help_panel=READ)
def status_command(
    bloc: BlocName,
    season: Year = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="A date (2024-06-17) or an instant (2024-06-17T14:05:00+07:00).")
    ] = None,
    json: AsJson = False,
) -> None:
    """Where the bloc stands, now or as it was known then."""

    def unit(session: Session, hands: Clock) -> str:
        at = moments.as_of(as_of, hands.covenant(), zone)
        reading = status.read(session, season_of(session, bloc, season)[1], at)
        return as_json(status.shape(reading)) if json else words.status(status.view(reading)).text

    with sentences():
        zone = read_settings().timezone
        typer.echo(work(unit))


@operators.command(rich_help_panel=READ)
def why(
    bloc: BlocName,
    code: Annotated[str, typer.Argument(metavar="K7-STP", help="The milestone's code and the agency's short code.")],
    season: Year = None,
    json: AsJson = False,
) -> None:
    """The whole story of one obligation, and why nothing was sent when nothing was."""

    def unit(session: Session, hands: Clock) -> str:
        bloc_id, season_id = season_of(session, bloc, season)
        found = season_id if season else ledger.season_with(session, bloc_id, code) or season_id
        story = ledger.story(session, bloc_id, found, code, hands.covenant())
        return as_json(story) if json else terminal.story(story.model_dump())

    with sentences():
        typer.echo(work(unit))


# --- keep ---------------------------------------------------------------------------------------------------------


@operators.command(rich_help_panel=KEEP)
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="The .tar to write; default a dated one in GIAOUOC_BACKUP.")
    ] = None,
) -> None:
    """Write database and evidence into one file, and read it back."""
    with sentences():
        found = read_settings()
        with opened(found) as database:
            store = open_store(found)
            hands = database.write_now(lambda session: hands_for(session, found))
            target = file or _dated(found.backup, hands.wire())
            kept = asyncio.run(backups.backup(database, store, target))
        typer.echo(f"{target}: {kept.rows} rows, {kept.files} files, {kept.size} bytes, verified")


def _dated(folder: Path | None, wire_now: datetime) -> Path:
    if folder is None:
        raise Failure("name the file to write, or set GIAOUOC_BACKUP to a folder")
    return folder / f"giaouoc-{moments.local(wire_now):%Y%m%d-%H%M%S}.tar"


@operators.command(rich_help_panel=KEEP)
def restore(file: Annotated[Path, typer.Argument(help="A .tar that `backup` wrote.")]) -> None:
    """Put a backup where no database is yet. It is verified first."""
    with sentences():
        found = read_settings()
        kept = asyncio.run(backups.restore(file, found.database_url, open_store(found)))
        typer.echo(f"restored {kept.rows} rows and {kept.files} files from {file}")


@operators.command(rich_help_panel=KEEP)
def migrate() -> None:
    """Bring the database to the newest revision; `up` does it too."""
    with sentences():
        work(lambda session, hands: None)
        typer.echo("the database is at the newest revision")
