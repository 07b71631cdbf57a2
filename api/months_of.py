"""How much of their month the bots with a quota have used, and how many people they have. For `giaouoc check`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from api.checks import Finding
from api.services import bots as people_of
from api.services.queues import pacing
from api.services.queues import quota as meter
from models.database import Database
from models.rules import quota
from models.rules.quota import Terms
from models.settings import Settings


async def bots(names: Sequence[str], found: Settings) -> list[Finding]:
    """One line a bot (`channel:bot id`) that has a quota; nothing while there is no database."""
    metered = [name for name in names if quota.is_metered(name) and ":" in name and "?" not in name]
    if not metered:
        return []
    try:
        database = Database(found.database_url)
    except (SQLAlchemyError, OSError, ValueError, ModuleNotFoundError):
        return []
    try:
        return database.read_now(
            lambda session: [_finding(session, name, found.terms[name.partition(":")[0]]) for name in metered]
        )
    except SQLAlchemyError:
        return []
    finally:
        database.close()


def _finding(session: Session, name: str, terms: Terms) -> Finding:
    """Red when the month is nearly used up, or more people write to the bot than its plan lets in."""
    wire_now = datetime.now(UTC)
    channel, _, bot = name.partition(":")
    used, people = meter.used(session, name, wire_now), people_of.people(session, channel).get(bot, 0)
    told = (
        f"{used:,} of {_most(terms.messages)} messages used in {meter.month(wire_now)}; "
        f"{people} of {_most(terms.people)} people"
    )
    if name in pacing.at_rest(session, wire_now):
        return Finding(f"quota {name}", False, f"{told}; the platform takes no more (Quota exceeded), asked every hour")
    if terms.is_reserved(used):
        return Finding(f"quota {name}", False, f"{told}; only replies and what is overdue leave until the month ends")
    return Finding(f"quota {name}", terms.people is None or people <= terms.people, told)


def _most(limit: int | None) -> str:
    return "any number of" if limit is None else f"{limit:,}"
