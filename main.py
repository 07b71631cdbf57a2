"""Wires everything: what a process runs, and the commands that start one."""

import asyncio
import secrets
import signal
import socket
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
import uvicorn
import uvloop
from fastapi import FastAPI
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from api import checks, months_of, watch
from api.app import VERSION, create_app
from api.checks import Finding
from api.command_line import (
    AsJson,
    BlocName,
    Failure,
    as_json,
    hands_for,
    open_database,
    open_store,
    sentences,
    settings,
    work,
)
from api.commands import KEEP, SET_UP, operators, season_of
from api.house import Gauge, House
from api.printing import invitation
from api.security import sha256
from api.services import demo, invitations
from api.services.bots import Crowd, crowded
from api.services.desk import administrators
from api.services.loading import blocfile, loading, samples
from api.services.queues import quota
from api.shapes import InvitationLine
from bot import examined, hooks
from bot.client import Client
from bot.dialogue.phrases import terminal
from bot.inside import Inside
from bot.lines import Line, names_in_links, open_lines
from bot.mouth import utc_now
from models import clock, logs
from models.clock import Clock
from models.rules import calendar
from models.settings import OwnSettings, Settings
from schedules import rounds
from schedules.commands import planning
from schedules.demo import JumpingClock
from schedules.rehearsal import rehearse

log = structlog.get_logger()

# --- a process ----------------------------------------------------------------------------------------------------


class Server(uvicorn.Server):
    """Ends with its process: the house closes first, so that long polls and streams end."""

    def __init__(self, app: ASGIApp, told: asyncio.Event, close: Callable[[], None] = lambda: None) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
        self.told, self.close = told, close

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the process listens itself: it has more to close than the server

    async def serve_until_told(self, listening: socket.socket) -> None:
        serving = asyncio.create_task(self.serve(sockets=[listening]))
        stopping = asyncio.create_task(self.told.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        self.close()
        self.should_exit = True
        stopping.cancel()
        await serving


@dataclass
class Process:
    """What one process runs: any of `api`, `bot`, `clock`."""

    settings: Settings
    roles: frozenset[str] = frozenset({"api", "bot", "clock"})
    own_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """To stop."""
    broken: BaseException | None = None
    """What ended a part that should never end."""

    async def live(self, furnish: Callable[[House], Coroutine[Any, Any, None]] | None = None) -> None:
        """Run until told to stop. Raises Failure when it cannot begin, or a part of it broke."""
        self._listen_to_signals()
        if self.roles == {"bot"}:
            await self._run_apart()
        else:
            with self._listening() as listening, self._house() as home:
                if furnish:
                    await furnish(home)
                await self._run(home, listening)
        if self.broken:
            raise Failure(f"a part of the program broke: {self.broken!r}")

    async def _run(self, home: House, listening: socket.socket | None) -> None:
        app = create_app(home)
        lines = self._lines(home, app) if "bot" in self.roles else []
        app.router.routes.insert(0, Mount("/hooks", hooks.app(line.hook for line in lines if line.hook)))
        async with rounds.ticking(home, plans="clock" in self.roles), self._speaking(lines):
            try:
                if listening:
                    await Server(app, self.told, lambda: _close(home)).serve_until_told(listening)
                else:
                    await self.told.wait()
            finally:
                _close(home)

    async def _run_apart(self) -> None:
        """The channels alone. They listen when a platform calls them."""
        lines = self._lines(None, None)
        doors = [line.hook for line in lines if line.hook]
        async with self._speaking(lines):
            if not doors:
                await self.told.wait()
                return
            with self._bound("GIAOUOC_BOT_PORT", self.settings.bot_port) as listening:
                app = Starlette(routes=[Mount("/hooks", hooks.app(doors))])
                await Server(app, self.told).serve_until_told(listening)

    @contextmanager
    def _house(self) -> Iterator[House]:
        found = self.settings
        database = open_database(found)
        try:
            yield House(
                database=database,
                store=open_store(found),
                clock=database.write_now(lambda session: _own_hands(session, found)),
                upload_limit=found.upload_limit,
                public_url=found.url,
                clamd_url=found.clamd_url,
                backup=found.backup,
                ping_url=found.ping_url,
                rehearse=rehearse,
                own_token_sha256=sha256(self.own_token),
            )
        finally:
            database.close()

    @contextmanager
    def _listening(self) -> Iterator[socket.socket | None]:
        """The API's socket, before anything else is done: a port in use is known at once."""
        if "api" not in self.roles:
            yield None
            return
        with self._bound("GIAOUOC_PORT", self.settings.port) as listening:
            yield listening

    def _bound(self, name: str, port: int) -> socket.socket:
        host = self.settings.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            return socket.create_server((host, port), family=family, backlog=2048)
        except OSError as error:
            raise Failure(f"cannot listen on {host}:{port}: {error.strerror} (GIAOUOC_HOST, {name})") from None

    def _listen_to_signals(self) -> None:
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, self.told.set)

    # --- the bot's half ---

    def _lines(self, home: House | None, app: FastAPI | None) -> list[Line]:
        found = self.settings
        apart = f"http://{found.host}:{found.bot_port}" if home is None else found.url
        made = open_lines(
            found, home.clock.wire if home else utc_now, lambda: self._client(app), f"{found.public_url or apart}/hooks"
        )
        if home:
            home.gauges.append(lambda: _heard(made))
            home.bots = lambda: names_in_links(made)
        return made

    def _client(self, app: FastAPI | None) -> Client:
        found = self.settings
        if app and not found.api_url:
            return Client("http://inside", self.own_token, transport=Inside(app))
        if found.api_url and found.api_token:
            return Client(found.api_url, found.api_token.get_secret_value())
        raise Failure("set both GIAOUOC_API_URL and GIAOUOC_API_TOKEN (giaouoc token bot --role bot)")

    @asynccontextmanager
    async def _speaking(self, lines: Sequence[Line]) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(line.live()) for line in lines]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for line in lines:
                await line.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A channel that broke would be silence: the process ends instead, and whoever watches it starts it anew."""
        if not task.cancelled() and (error := task.exception()):
            log.error("a channel broke", exc_info=error)
            self.broken = self.broken or error
            self.told.set()


def _close(home: House) -> None:
    home.closing = True
    home.bell.ring_all()


# --- the house's hands and terms ----------------------------------------------------------------------------------


def _own_hands(session: Session, found: Settings) -> Clock:
    """A process that starts without GIAOUOC_CLOCK brings the real clock back."""
    _keep_terms(session, found)
    if not found.clock:
        clock.forget(session)
    return hands_for(session, found)


def _keep_terms(session: Session, found: Settings) -> None:
    for channel, terms in found.terms.items():
        quota.keep_terms(session, channel, terms)


# --- what a watchdog sees -----------------------------------------------------------------------------------------


def _heard(spoken: Sequence[Line]) -> Iterator[Gauge]:
    for line in spoken:
        of = {"channel": line.channel.name}
        if polled := line.polled():
            yield Gauge("giaouoc_last_good_poll_timestamp_seconds", polled.timestamp(), of)
        yield Gauge("giaouoc_channel_deaf", int(line.deaf is not None), of)


# --- the command line ---------------------------------------------------------------------------------------------

RUN = "Run"
cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Giao Ước keeps an emulation covenant alive between its signing and its review.\n\n"
    "To see it: giaouoc demo. To begin: giaouoc check, giaouoc load FILE, giaouoc invite BLOC, giaouoc up. "
    "Every setting stands in .env.example.",
)


def _run(process: Process, furnish: Callable[[House], Coroutine[Any, Any, None]] | None = None) -> None:
    logs.configure(process.settings.log)
    uvloop.run(process.live(furnish))


@cli.command(rich_help_panel=RUN)
def up() -> None:
    """Run API, clock and channels in one process; the first start creates the database."""
    with sentences():
        _run(Process(settings()))


@cli.command(rich_help_panel=RUN)
def api() -> None:
    """Run the API alone."""
    with sentences():
        _run(Process(settings(), frozenset({"api"})))


@cli.command(rich_help_panel=RUN)
def bot() -> None:
    """Run the channels alone; GIAOUOC_API_URL and GIAOUOC_API_TOKEN say where the API is."""
    with sentences():
        _run(Process(settings(), frozenset({"bot"})))


@cli.command("clock", rich_help_panel=RUN)
def clock_role() -> None:
    """Run the clock alone: it plans reminders. Any number may run."""
    with sentences():
        _run(Process(settings(), frozenset({"clock"})))


@cli.command("demo", rich_help_panel=RUN)
def demo_command(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port to listen on; default 8000.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Run a throw-away copy with a sample bloc, three fictitious people and a clock that jumps. Ctrl-C ends it."""
    with sentences(), tempfile.TemporaryDirectory(prefix="giaouoc-demo-") as folder:
        given = settings()
        found = OwnSettings(
            data=Path(folder),
            host=given.host,
            port=given.port if port is None else port,
            log=given.log,
            clock=DEMO_START,
            clock_speed=0,
        )

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


@cli.command(rich_help_panel=SET_UP)
def invite(
    bloc: BlocName,
    json: AsJson = False,
    pdf: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write slips with QR codes, a guide and a draft letter, to print."),
    ] = None,
    admin: Annotated[
        bool, typer.Option("--admin", help="Instead: one code for the administrator, who gets the self-check.")
    ] = False,
) -> None:
    """One link code for each place that is still to be filled. Codes that live are given again.

    For example: giaouoc invite noi-chinh-bac-kan --pdf phieu.pdf
    """

    def unit(session: Session, hands: Clock) -> tuple[invitation.Issuer, list[InvitationLine], list[Crowd]]:
        bloc_id, _ = season_of(session, bloc)
        now, wire_now = hands.covenant(), hands.wire()
        _keep_terms(session, found)
        made = invitations.invite(session, bloc_id, now, wire_now, found.url, names)
        return invitation.issuer(session, bloc_id), made, crowded(session, names, wire_now)

    with sentences():
        if admin:
            code = work(lambda session, hands: administrators.code(session, season_of(session, bloc)[0], hands.wire()))
            typer.echo(terminal.administrator(code))
            return
        found = settings()
        names = asyncio.run(examined.names_in_links(found, _warn))
        issuer, made, crowds = work(unit)
        if pdf is not None:
            pdf.write_bytes(invitation.pdf(invitation.data(issuer, made)))
        lines = [line.model_dump(mode="json") for line in made]
        typer.echo(as_json(lines) if json else terminal.invitations(lines))
        for crowd in crowds:
            _warn(terminal.crowded(crowd.channel, crowd.bot, crowd.people, crowd.room))


def _warn(sentence: str) -> None:
    typer.secho(sentence, err=True, fg="yellow")


@cli.command(rich_help_panel=KEEP)
def check(json: AsJson = False) -> None:
    """Look at everything that can be wrong with this installation; exit code 1 when something is red."""
    findings = asyncio.run(_findings())
    if json:
        typer.echo(as_json([finding.as_dict() for finding in findings]))
    for finding in findings if not json else ():
        mark, colour = ("ok ", "green") if finding.good else ("BAD", "red")
        typer.secho(f"{mark}  {finding.what}: {finding.told}", fg=colour)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


async def _findings() -> list[Finding]:
    try:
        found = settings()
    except Failure as failure:
        return [Finding("settings", False, str(failure))]
    asked = await examined.everything(found)
    channels = [Finding(*answer) for answer in asked]
    months = await months_of.bots([name for name, *_ in asked], found)
    return [*await checks.of_installation(found), *channels, *months, *await watch.heard_of_late(found)]


@cli.command(rich_help_panel=KEEP)
def version() -> None:
    """Print the version."""
    typer.echo(VERSION)


cli.add_typer(operators)
cli.add_typer(planning)
