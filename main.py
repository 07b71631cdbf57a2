"""Wires everything: the settings, the roles of a process, and the command line."""

import asyncio
import json
import secrets
import signal
import tempfile
import webbrowser
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import httpx
import structlog
import typer
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from sqlmodel import Session

from api.app import create_app
from api.house import House
from api.refusals import Refusal
from api.routes.blocs import moment
from api.security import sha256
from api.services import backup as backups
from api.services import blocfile, demo, holding, invitations, ledger, loading, samples, status, tokens
from api.store import Store
from bot.channels.base import Channel, Trouble
from bot.channels.web import WebChannel
from bot.client import Client
from bot.dialogue.phrases import bloc as words
from bot.dialogue.phrases import terminal
from bot.ears import Ears
from bot.mouth import Mouth
from models import clock, logs
from models.clock import Clock
from models.database import Database
from models.rules import calendar
from models.settings import Settings
from schedules import housekeeping, planner
from schedules.clock import Ticker
from schedules.demo import JumpingClock

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel

T = TypeVar("T")
log = structlog.get_logger()

# --- a process ----------------------------------------------------------------------------------------------------


class Server(uvicorn.Server):
    """Tells the house that it closes before it waits for open requests, so that long polls and streams end."""

    def __init__(self, config: uvicorn.Config, home: House) -> None:
        super().__init__(config)
        self.home = home

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.home.closing = True
        self.home.bell.ring_all()
        super().handle_exit(sig, frame)


@dataclass
class Process:
    """What one process runs: any of `api`, `bot`, `clock`."""

    settings: Settings
    roles: frozenset[str] = frozenset({"api", "bot", "clock"})
    own_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    async def live(self, furnish: Callable[[House], Coroutine[Any, Any, None]] | None = None) -> None:
        """Run until told to stop."""
        found = self.settings
        database = Database(found.database_url)
        database.migrate()
        hands = Clock(await database.write(lambda s: _agree(s, found)))
        home = House(
            database=database,
            store=Store.of(found.store_url, endpoint=found.s3_endpoint),
            clock=hands,
            upload_limit=found.upload_limit,
            public_url=found.url,
            clamd_url=found.clamd_url,
            own_token_sha256=sha256(self.own_token),
        )
        if furnish:
            await furnish(home)
        try:
            await self._run(home)
        finally:
            database.close()

    async def _run(self, home: House) -> None:
        app = create_app(home)
        channels = self._channels(home, app) if "bot" in self.roles else []
        tasks = [asyncio.create_task(_speak(channel, client)) for channel, client in channels]
        ticker = _ticker(home) if "clock" in self.roles else None
        if ticker:
            ticker.start()
        try:
            if "api" in self.roles:
                await self._serve(home, app)
            else:
                await _until_told()
        finally:
            home.closing = True
            home.bell.ring_all()
            if ticker:
                ticker.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for channel, client in channels:
                await channel.close()
                await client.close()

    async def _serve(self, home: House, app: FastAPI) -> None:
        config = uvicorn.Config(
            app, self.settings.host, self.settings.port, log_config=None, access_log=False, timeout_graceful_shutdown=5
        )
        await Server(config, home).serve()

    def _channels(self, home: House, app: FastAPI) -> list[tuple[Channel, Client]]:
        found = self.settings

        def client() -> Client:
            if found.api_url and found.api_token:
                return Client(found.api_url, found.api_token.get_secret_value())
            inside = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            return Client("http://inside", self.own_token, transport=inside)

        own = client()
        channels: list[tuple[Channel, Client]] = [(WebChannel(own), own)]
        if telegram := _telegram(found):
            home.telegram_name = lambda: telegram.username
            channels.append((telegram, client()))
        return channels


def _telegram(found: Settings) -> "TelegramChannel | None":
    if not found.telegram_token:
        return None
    from bot.channels.telegram import TelegramChannel  # 20 MB that only its users pay for

    return TelegramChannel(found.telegram_token.get_secret_value(), found.telegram_api_url, commands=COMMANDS)


COMMANDS = (("viec", "Nhiệm vụ của đơn vị"), ("status", "Tình hình của khối"), ("giup", "Hướng dẫn"))


async def _speak(channel: Channel, client: Client) -> None:
    mouth = Mouth(channel, client)
    await asyncio.gather(Ears(channel, client, mouth).run(), mouth.run())


async def _until_told() -> None:
    told = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, told.set)
    await told.wait()


def _ticker(home: House) -> Ticker:
    async def plan() -> dict[str, int]:
        now, wire_now = home.clock.covenant(), home.clock.wire()
        planned = await home.database.write(lambda s: planner.plan(s, now, wire_now))
        if planned.messages:
            home.bell.ring_all()
        return planned.numbers()

    async def sweep() -> dict[str, int]:
        return await housekeeping.sweep(home.database, home.store, home.clock.covenant(), home.clock.wire())

    ticker = Ticker()
    ticker.every(timedelta(seconds=1 if home.demo else 5), plan, name="plan")
    ticker.every(timedelta(minutes=10), sweep, name="housekeeping")
    if isinstance(home.demo_clock, JumpingClock):
        ticker.every(timedelta(seconds=1), home.demo_clock.step, name="demo_clock")
    return ticker


def _agree(session: Session, found: Settings) -> clock.Anchor | None:
    return clock.agree(session, found.clock, found.clock_speed, found.timezone, datetime.now(UTC))


# --- the command line ---------------------------------------------------------------------------------------------

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Giao Ước keeps an emulation covenant alive between its signing and its review. "
    "Start with `giaouoc demo`; settings stand in `.env.example`.",
)

BlocName = Annotated[str, typer.Argument(metavar="BLOC", help="The slug of the bloc file, such as noi-chinh-bac-kan.")]
Year = Annotated[int | None, typer.Option("--season", help="The covenant year; default the newest open one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _fail(message: str, code: int = 1) -> typer.Exit:
    typer.secho(message, err=True, fg="red")
    return typer.Exit(code)


def _settings(**changes: Any) -> Settings:
    """The settings, or a clear sentence about the one that cannot be read."""
    try:
        return Settings(**{name: value for name, value in changes.items() if value is not None})
    except ValidationError as error:
        lines = [f"GIAOUOC_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise _fail("\n".join(lines)) from None


def _work(unit: Callable[[Session, Clock], T]) -> T:
    """Run one unit of work on the configured database; a refusal ends the command with its sentence."""
    found = _settings()
    database = Database(found.database_url)
    try:
        database.migrate()
        hands = Clock(database.write_now(lambda s: _agree(s, found)))
        return database.write_now(lambda s: unit(s, hands))
    except Refusal as refusal:
        raise _fail(refusal.detail or refusal.title) from None
    finally:
        database.close()


def _run(process: Process, furnish: Callable[[House], Coroutine[Any, Any, None]] | None = None) -> None:
    logs.configure(process.settings.log)
    with suppress(KeyboardInterrupt):
        asyncio.run(process.live(furnish))


@cli.command()
def up() -> None:
    """Run API, clock and channels in one process; the first start creates the database."""
    _run(Process(_settings()))


@cli.command()
def api() -> None:
    """Run the API alone."""
    _run(Process(_settings(), frozenset({"api"})))


@cli.command()
def bot() -> None:
    """Run the channels alone; GIAOUOC_API_URL and GIAOUOC_API_TOKEN say where the API is."""
    found = _settings()
    if not (found.api_url and found.api_token):
        raise _fail("set GIAOUOC_API_URL and GIAOUOC_API_TOKEN (giaouoc token bot --role bot)")
    _run(Process(found, frozenset({"bot"})))


@cli.command("clock")
def clock_role() -> None:
    """Run the clock alone: it plans reminders. Any number may run."""
    _run(Process(_settings(), frozenset({"clock"})))


@cli.command("demo")
def demo_command(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Run a throw-away copy with a sample bloc, three fictitious people and a clock that jumps. Ctrl-C ends it."""
    with tempfile.TemporaryDirectory(prefix="giaouoc-demo-") as folder:
        found = Settings(data=Path(folder), port=port, clock=DEMO_START, clock_speed=0, database_url="", store_url="")

        async def furnish(home: House) -> None:
            await _furnish(home)
            typer.echo(f"Giao Ước, bản trình diễn: {found.url}  (Ctrl-C để kết thúc)")
            if browser:
                webbrowser.open(found.url)

        _run(Process(found), furnish)


DEMO_START = "2024-06-11T17:30:00"
DEMO_SAMPLE = "noi-chinh-bac-kan-2024"


async def _furnish(home: House) -> None:
    now, wire_now = home.clock.covenant(), home.clock.wire()
    file = blocfile.read(samples.text(DEMO_SAMPLE), DEMO_SAMPLE)

    def write(session: Session) -> dict[str, str]:
        loading.load(session, file, now - timedelta(days=70))
        return demo.furnish(session, file.slug, now, wire_now)

    home.demo_chats = await home.database.write(write)
    home.demo, home.demo_clock = True, JumpingClock(home.clock, home.database, calendar.of({}))


@cli.command("samples")
def samples_command() -> None:
    """List the bloc files that ship."""
    for name in samples.names():
        typer.echo(name)


@cli.command()
def load(
    file: Annotated[str, typer.Argument(help="A bloc file, or the name of one that ships (giaouoc samples).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load a bloc file: created or updated, whole or not at all. A second load changes nothing."""
    path = Path(file)
    try:
        text = samples.text(file) if file in samples.names() else path.read_bytes()
        read = blocfile.read(text, path.name)
    except OSError as error:
        raise _fail(f"{file}: {error.strerror}") from None
    except blocfile.BlocFileRefused as refused:
        raise _fail("\n".join(map(str, refused.problems))) from None
    found = _settings()
    database = Database(found.database_url)
    try:
        database.migrate()
        hands = Clock(database.write_now(lambda s: _agree(s, found)))
        loaded = asyncio.run(loading.load_file(database, read, hands.covenant(), dry_run=dry_run))
    except Refusal as refusal:
        raise _fail(refusal.detail or refusal.title) from None
    finally:
        database.close()
    typer.echo(
        loaded.model_dump_json(indent=2)
        if as_json
        else terminal.loaded(loaded.model_dump(), loaded.agencies, loaded.obligations, dry_run=dry_run)
    )


@cli.command()
def invite(bloc: BlocName, as_json: AsJson = False) -> None:
    """One link code for each place that is still to be filled."""
    found = _settings()
    telegram_name = asyncio.run(_telegram_name(found))

    def unit(session: Session, hands: Clock) -> list[dict[str, Any]]:
        bloc_id, _, _ = status.season_of(session, bloc)
        lines = invitations.invite(session, bloc_id, hands.covenant(), hands.wire(), found.url, telegram_name)
        return [line.model_dump(mode="json") for line in lines]

    lines = _work(unit)
    typer.echo(json.dumps(lines, ensure_ascii=False, indent=2) if as_json else terminal.invitations(lines))


async def _telegram_name(found: Settings) -> str | None:
    """The bot's user name, for deep links; None when the channel is off or cannot be reached."""
    telegram = _telegram(found)
    if telegram is None:
        return None
    try:
        return (await telegram.open()).username
    except Trouble as trouble:
        typer.secho(f"Telegram: {trouble}; no deep links", err=True, fg="yellow")
        return None
    finally:
        await telegram.close()


@cli.command("status")
def status_command(
    bloc: BlocName,
    season: Year = None,
    as_of: Annotated[str | None, typer.Option(help="A date or an instant (2024-06-17T14:05:00+07:00).")] = None,
    as_json: AsJson = False,
) -> None:
    """Where the bloc stands."""

    def unit(session: Session, hands: Clock) -> str:
        _, season_id, _ = status.season_of(session, bloc, season)
        reading = status.read(session, season_id, moment(as_of, hands.covenant()))
        return status.shape(reading).model_dump_json(indent=2) if as_json else words.status(status.view(reading)).text

    typer.echo(_work(unit))


@cli.command()
def why(
    bloc: BlocName,
    code: Annotated[str, typer.Argument(metavar="K7-STP")],
    season: Year = None,
    as_json: AsJson = False,
) -> None:
    """The whole story of one obligation, and why nothing was sent when nothing was."""

    def unit(session: Session, hands: Clock) -> str:
        _, season_id, _ = status.season_of(session, bloc, season)
        story = ledger.story(session, season_id, code, hands.covenant())
        return story.model_dump_json(indent=2) if as_json else terminal.story(story.model_dump())

    typer.echo(_work(unit))


@cli.command()
def hold(bloc: BlocName) -> None:
    """Stop all unasked messages of a bloc."""
    withdrawn = _work(lambda session, hands: holding.hold(session, bloc, hands.covenant()))
    typer.echo(terminal.held(withdrawn))


@cli.command()
def release(bloc: BlocName) -> None:
    """Resume the unasked messages of a bloc; nothing floods."""
    _work(lambda session, hands: holding.release(session, bloc, hands.covenant()))
    typer.echo(terminal.released())


@cli.command()
def token(
    name: Annotated[str, typer.Argument(help="Whose token it is, for the audit.")],
    role: Annotated[str, typer.Option(help="admin, head, desk, auditor or bot.")],
    bloc: Annotated[str | None, typer.Option(help="Limit it to one bloc.")] = None,
) -> None:
    """Print a new API token, once."""
    if role not in ("admin", "head", "desk", "auditor", "bot"):
        raise _fail("--role is admin, head, desk, auditor or bot", 2)

    def unit(session: Session, hands: Clock) -> str:
        bloc_id = status.season_of(session, bloc)[0] if bloc else None
        return tokens.make(session, name, role, bloc_id, hands.wire())

    typer.echo(_work(unit))


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="The .tar to write.")]) -> None:
    """Write database and evidence into one file, and read it back."""
    found = _settings()
    database = Database(found.database_url)
    try:
        kept = asyncio.run(backups.backup(database, Store.of(found.store_url, endpoint=found.s3_endpoint), file))
    except Refusal as refusal:
        raise _fail(refusal.detail or refusal.title) from None
    finally:
        database.close()
    typer.echo(f"{file}: {kept.rows} rows, {kept.files} files, {kept.size} bytes, verified")


@cli.command()
def restore(file: Annotated[Path, typer.Argument(help="A .tar that `backup` wrote.")]) -> None:
    """Put a backup where no database is yet."""
    found = _settings()
    try:
        store = Store.of(found.store_url, endpoint=found.s3_endpoint)
        kept = asyncio.run(backups.restore(file, found.database_url, store))
    except Refusal as refusal:
        raise _fail(refusal.detail or refusal.title) from None
    typer.echo(f"restored {kept.rows} rows and {kept.files} files")


@cli.command()
def migrate() -> None:
    """Bring the database to the newest revision; `up` does it too."""
    _work(lambda session, hands: None)
    typer.echo("the database is at the newest revision")


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo("0.1.0")
