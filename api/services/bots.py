"""Which bot of a channel the people of a bloc write to: one bot a bloc, and no more people a bot than its platform lets
in.

Derived from who is linked and who is still invited, bloc by bloc in the order in which they came, so that the answer
stays the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from api.services.queues import quota as meter
from models.rules import quota
from models.tables import Address, Binding, Invitation, Post

Names = Mapping[str, Sequence[str]]
"""Channel → what stands for each of its bots in links: its id, or its user name where there is one bot."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A bot to which more people would write than its plan lets in, if every code that waits were used there."""

    channel: str
    bot: str
    people: int
    room: int


def of_bloc(session: Session, bloc_id: int, names: Names, wire_now: datetime) -> dict[str, str]:
    """Channel → the bot to name to whoever is invited."""
    return {
        channel: _shared_out(session, channel, bots, wire_now, also=bloc_id)[0][bloc_id]
        for channel, bots in names.items()
        if bots
    }


def crowded(session: Session, names: Names, wire_now: datetime) -> list[Crowd]:
    found = []
    for channel, bots in names.items():
        if bots and (room := _room(session, channel)) is not None:
            load = _shared_out(session, channel, bots, wire_now)[1]
            found += [Crowd(channel, bot, people, room) for bot, people in load.items() if people > room]
    return found


def _room(session: Session, channel: str) -> int | None:
    """People a bot; None: any number."""
    return meter.terms(session, channel).people if quota.is_metered(channel) else None


def _shared_out(
    session: Session, channel: str, bots: Sequence[str], wire_now: datetime, *, also: int | None = None
) -> tuple[dict[int, str], dict[str, int]]:
    linked, invited = _linked(session, channel), _invited(session, wire_now)
    blocs = sorted({bloc for bloc, _ in linked} | invited.keys() | ({also} if also else set()))
    return shared_out(blocs, linked, invited, bots, _room(session, channel))


def shared_out(
    blocs: Iterable[int],
    linked: Mapping[tuple[int, str], int],
    invited: Mapping[int, int],
    bots: Sequence[str],
    room: int | None,
) -> tuple[dict[int, str], dict[str, int]]:
    """(bloc → bot, bot → people). `linked` counts chats by (bloc, bot), `invited` the codes of a bloc that wait. A bloc
    stays where most of its people are; a new one goes to the first bot with room for all of it, else to the
    emptiest."""
    load = Counter({bot: sum(count for (_, of), count in linked.items() if of == bot) for bot in bots})
    found: dict[int, str] = {}
    for bloc in blocs:
        wanted = invited.get(bloc, 0)
        mine = max(bots, key=lambda bot, bloc=bloc: linked.get((bloc, bot), 0))  # type: ignore[misc]
        if not linked.get((bloc, mine)):
            emptiest = min(bots, key=lambda bot: load[bot])
            mine = next((bot for bot in bots if room is None or load[bot] + wanted <= room), emptiest)
        found[bloc] = mine
        load[mine] += wanted
    return found, load


def people(session: Session, channel: str) -> dict[str, int]:
    """Chats of each bot of a channel, by its id."""
    rows = session.execute(
        select(col(Address.bot), func.count().label("people"))
        .where(col(Address.channel) == channel, col(Address.state) == "open")
        .group_by(col(Address.bot))
    )
    return {row.bot: row.people for row in rows}


def _linked(session: Session, channel: str) -> dict[tuple[int, str], int]:
    rows = session.execute(
        select(col(Post.bloc_id), col(Address.bot), func.count(func.distinct(col(Address.id))))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .join(Address, col(Address.id) == col(Binding.address_id))
        .where(col(Address.channel) == channel, col(Address.state) == "open", col(Binding.unbound_at).is_(None))
        .group_by(col(Post.bloc_id), col(Address.bot))
    )
    return {(bloc, bot): count for bloc, bot, count in rows}


def _invited(session: Session, wire_now: datetime) -> dict[int, int]:
    rows = session.execute(
        select(col(Invitation.bloc_id), func.count().label("codes"))
        .where(
            col(Invitation.used_at).is_(None),
            col(Invitation.revoked_at).is_(None),
            col(Invitation.expires_at) > wire_now,
        )
        .group_by(col(Invitation.bloc_id))
    )
    return {row.bloc_id: row.codes for row in rows}
