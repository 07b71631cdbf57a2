"""What can be wrong with an installation, looked at one by one and nothing changed. For `giaouoc check`."""

import errno
import os
import shutil
import socket
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pysqlite3
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from api import moments
from api.command_line import Failure, open_store, place, reason
from api.refusals import Refusal
from api.services import backup
from api.services.queues import aside
from models import clock, migrations
from models.clock import Clock
from models.database import Database
from models.settings import PREFIX, Settings

RECENT = timedelta(days=7)
BACKUP_AGE = timedelta(days=2)
GB = 1024**3
LEAST_SPACE = GB // 2
AHEAD = timedelta(minutes=2)
"""How far the newest stored moment may lie before the clock: another machine's may differ a little."""
LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list; `good` is green."""

    what: str
    good: bool
    told: str

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


async def of_installation(found: Settings) -> list[Finding]:
    """Everything but the channels."""
    return [
        _settings(),
        *_database(found),
        await _store(found),
        _backups(found),
        space(found.data),
        port(found),
        _address(found),
    ]


def _settings() -> Finding:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    more = f"; not known to this version: {', '.join(unknown)}" if unknown else ""
    return Finding("settings", True, f"readable{more}")


# --- database -----------------------------------------------------------------------------------------------------


def _database(found: Settings) -> list[Finding]:
    where = place(found.database_url)
    if _is_yet_to_be_made(found.database_url):
        return [_folder(Path(where)), _clock(found, None)]
    try:
        with closing(Database(found.database_url)) as database:
            database.write_now(lambda session: session.execute(text("SELECT 1")))
            if told := _damage(database):
                return [Finding("database", False, f"{where}: {told}")]
            revision = _revision(database)
            lines = [Finding("database", True, where), revision, _clock(found, database)]
            return [*lines, _aside(database)] if revision.good else lines
    except (SQLAlchemyError, pysqlite3.Error, OSError, ValueError, ModuleNotFoundError) as error:
        return [Finding("database", False, f"{where}: {reason(error)}")]


def _is_yet_to_be_made(database_url: str) -> bool:
    url = make_url(database_url)
    return url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists()


def _folder(database: Path) -> Finding:
    """Whether a first start can make the database there."""
    folder = database.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding("database", True, f"{database} is made at the first start")
    return Finding("database", False, f"{database} cannot be made: {folder} takes no files")


def _damage(database: Database) -> str | None:
    if database.dialect != "sqlite":
        return None
    told: str = database.read_now(lambda session: session.execute(text("PRAGMA quick_check(1)")).scalar_one())
    return None if told == "ok" else told


def _revision(database: Database) -> Finding:
    ours = migrations.newest()
    found = database.read_now(lambda session: migrations.current(session.connection()))
    if found == ours:
        return Finding("migrations", True, f"at revision {ours}")
    if found is not None and ours is not None and found > ours:
        return Finding(
            "migrations", False, f"the database is at {found}, this program knows {ours}: install the newer one"
        )
    return Finding(
        "migrations", False, f"the database is at {found or 'nothing'}, this program at {ours}: giaouoc migrate"
    )


def _aside(database: Database) -> Finding:
    """Red while something of the last days waits for somebody to look at it."""
    wire_now = datetime.now(UTC)
    now = Clock(database.read_now(clock.stored)).covenant()
    counts = database.read_now(lambda session: aside.counts(session, now - RECENT, wire_now - RECENT))
    fresh = [f"{count.fresh} of the last week, newest {count.newest}: {count.why}" for count in counts if count.fresh]
    heard, unsaid = (count.rows for count in counts)
    told = f"{heard} heard and {unsaid} unsent messages are set aside"
    if not fresh:
        return Finding("set aside", True, told if heard or unsaid else "nothing")
    return Finding("set aside", False, f"{told}; {'; '.join(fresh)} (giaouoc retry)")


# --- clock --------------------------------------------------------------------------------------------------------


def _clock(found: Settings, database: Database | None) -> Finding:
    """Covenant time as the running processes have it, and whether it lies behind what is stored."""
    wire_now = datetime.now(UTC)
    try:
        anchor = database.read_now(clock.stored) if database else None
        newest = database.read_now(clock.newest_instant) if database else None
    except SQLAlchemyError:
        return Finding("clock", False, "cannot be told before the database is at its revision")
    now = Clock(anchor).covenant()
    told = f"{moments.local(now).isoformat()} ({found.timezone})"
    if anchor:
        told = f"covenant time {told}, {anchor.speed:g} s a second; real time {moments.local(wire_now).isoformat()}"
    if newest and newest > now + AHEAD:
        return Finding("clock", False, f"{told} lies behind what is stored ({moments.local(newest).isoformat()})")
    return Finding("clock", True, told)


# --- the rest -----------------------------------------------------------------------------------------------------


async def _store(found: Settings) -> Finding:
    try:
        await open_store(found).check()
    except (Failure, Refusal) as error:
        return Finding("store", False, f"{found.store_url}: {error}")
    return Finding("store", True, f"{found.store_url}: written, read and deleted a probe")


def _backups(found: Settings) -> Finding:
    folder = found.backup
    if folder is None:
        return Finding("backup", True, f"no folder set ({PREFIX}BACKUP)")
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return Finding("backup", False, f"{folder} is no folder that can be written")
    if make_url(found.database_url).get_backend_name() != "sqlite":
        return Finding("backup", True, f"{folder}: PostgreSQL and its store are backed up with their own tools")
    newest = max(folder.glob("giaouoc-*.tar"), default=None, key=lambda path: path.stat().st_mtime)
    if newest is None:
        nothing_to_keep = _is_yet_to_be_made(found.database_url)
        return Finding("backup", nothing_to_keep, f"{folder}: nothing there yet (giaouoc backup)")
    age = datetime.now(UTC) - datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    if age > BACKUP_AGE:
        return Finding("backup", False, f"{newest} is {age.days} days old (giaouoc backup, once a day)")
    try:
        kept = backup.verify(newest)
    except Refusal as refusal:
        return Finding("backup", False, str(refusal))
    return Finding("backup", True, f"{newest}: verified, {kept.rows} rows, {kept.files} files")


def space(folder: Path, least: int = LEAST_SPACE) -> Finding:
    """Whether what comes in the next days still fits; bytes."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    told = f"{free / GB:.1f} GB free at {there}"
    return Finding("disk", free >= least, told if free >= least else f"{told}: less than {least / GB:.1f} GB")


def port(found: Settings) -> Finding:
    """Whether the API can listen, or does already."""
    where = f"{found.host}:{found.port}"
    family = socket.AF_INET6 if ":" in found.host else socket.AF_INET
    try:
        socket.create_server((found.host, found.port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE and _is_ours(found):
            return Finding("port", True, f"{where}: giaouoc answers there")
        return Finding("port", False, f"{where}: {error.strerror} ({PREFIX}HOST, {PREFIX}PORT)")
    return Finding("port", True, f"{where} is free")


def _is_ours(found: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(found.host, found.host)
    try:
        written = f"[{host}]" if ":" in host else host
        answer = httpx.get(f"http://{written}:{found.port}/livez", timeout=3, trust_env=False)
        return bool(answer.json() == {"status": "alive"})
    except (httpx.HTTPError, ValueError):
        return False


def _address(found: Settings) -> Finding:
    host = urlsplit(found.url).hostname
    if found.public_url is None or host in LOCAL:
        return Finding("address", True, f"links say {found.url}: only this machine can open them ({PREFIX}PUBLIC_URL)")
    if not found.public_url.startswith("https://"):
        return Finding("address", True, f"links say {found.url}: without https others can read along")
    return Finding("address", True, f"links say {found.url}")
