"""What every command shares: the settings, the database behind them, and one sentence instead of a traceback."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import pysqlite3
import typer
from pydantic import BaseModel, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlmodel import Session

from api.refusals import Refusal
from api.store import Store
from models import clock
from models.clock import Clock
from models.database import Database
from models.migrations import NewerDatabase
from models.settings import PREFIX, Settings

T = TypeVar("T")

BlocName = Annotated[str, typer.Argument(metavar="BLOC", help="The slug of the bloc file, such as noi-chinh-bac-kan.")]
Year = Annotated[int | None, typer.Option("--season", help="The covenant year; default the newest open one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Failure(Exception):
    """A command cannot do what it was asked; the sentence says why."""


@contextmanager
def sentences() -> Iterator[None]:
    """Whatever a command may meet in the world ends it with one sentence and exit code 1."""
    try:
        yield
    except (Failure, NewerDatabase) as failure:
        raise _end(str(failure)) from None
    except Refusal as refusal:
        raise _end(refusal.detail or refusal.title) from None
    except (DBAPIError, pysqlite3.Error) as error:
        raise _end(f"the database does not do as told: {reason(error)}") from None
    except OSError as error:
        raise _end(f"{error.filename or 'the system'}: {error.strerror or error}") from None


def _end(sentence: str) -> typer.Exit:
    typer.secho(sentence, err=True, fg="red")
    return typer.Exit(1)


def reason(error: Exception) -> str:
    """The first line of what a driver says: no statement, no value."""
    told = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return told.splitlines()[0]


def settings() -> Settings:
    """What the environment and `.env` say. Raises Failure with a sentence for each setting that cannot be read."""
    try:
        return Settings()
    except ValidationError as error:
        raise Failure("\n".join(_complaint(found["loc"], found["msg"]) for found in error.errors())) from None
    except UnicodeDecodeError:
        raise Failure(".env is not a text in UTF-8") from None


def _complaint(where: tuple[int | str, ...], what: str) -> str:
    told = what.removeprefix("Value error, ")
    return f"{PREFIX}{str(where[0]).upper()}: {told}" if where else told


@contextmanager
def opened(found: Settings) -> Iterator[Database]:
    """The configured database at its newest revision, closed afterwards. Raises Failure when it cannot be had."""
    database = open_database(found)
    try:
        yield database
    finally:
        database.close()


def open_database(found: Settings) -> Database:
    """Raises Failure when there is no such database, or it cannot be brought to our revision."""
    try:
        database = Database(found.database_url)
        try:
            database.migrate()
        except BaseException:
            database.close()
            raise
        return database
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise Failure(f"{PREFIX}DATABASE_URL: {reason(error)}") from None
    except ModuleNotFoundError as error:
        raise Failure(f"{PREFIX}DATABASE_URL needs the package {error.name} (pip install 'giaouoc[scale]')") from None
    except OSError as error:
        raise Failure(f"{PREFIX}DATA: {error.filename}: {error.strerror}") from None
    except (DBAPIError, pysqlite3.Error) as error:
        raise Failure(f"the database {place(found.database_url)} cannot be opened: {reason(error)}") from None


def place(database_url: str) -> str:
    """Where the database is, without its password."""
    url = make_url(database_url)
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def open_store(found: Settings) -> Store:
    """Raises Failure when its folder cannot be made."""
    try:
        return Store.of(found.store_url, endpoint=found.s3_endpoint)
    except OSError as error:
        raise Failure(f"{PREFIX}STORE_URL: {error.filename}: {error.strerror}") from None


def hands_for(session: Session, found: Settings) -> Clock:
    """The clock that all processes and commands share; with no GIAOUOC_CLOCK of its own a command goes by theirs."""
    if found.clock:
        return Clock(clock.agree(session, found.clock, found.clock_speed, found.timezone, datetime.now(UTC)))
    return Clock(clock.stored(session))


def work(unit: Callable[[Session, Clock], T]) -> T:
    """Run one unit of work on the configured database."""
    found = settings()
    with opened(found) as database:
        hands = database.write_now(lambda session: hands_for(session, found))
        return database.write_now(lambda session: unit(session, hands))


def as_json(shape: BaseModel | list[Any]) -> str:
    """JSON as people and scripts read it."""
    if isinstance(shape, BaseModel):
        return shape.model_dump_json(indent=2)
    return json.dumps(shape, ensure_ascii=False, indent=2)
