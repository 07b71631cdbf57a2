"""Which Zalo bot the people of a bloc write to: one bot a bloc, and no more people a bot than Zalo lets in.

Derived from who is linked and who is still invited, bloc by bloc in the order in which they came, so that the answer
stays the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from api.services.queues import quota
from models.tables import Address, Binding, Invitation, Post

CHANNEL = "zalo"


def of_bloc(session: Session, bloc_id: int, bots: Sequence[str], wire_now: datetime) -> str | None:
    """The id of the bot to name to whoever is invited; None without bots."""
    return _shared_out(session, bots, wire_now, also=bloc_id)[0].get(bloc_id) if bots else None


def crowded(session: Session, bots: Sequence[str], wire_now: datetime) -> dict[str, int]:
    """Bots to which more people would write than their plan lets in, if every code that waits were used in Zalo:
    bot → people."""
    most = room(session)
    load = _shared_out(session, bots, wire_now)[1] if bots else {}
    return {bot: people for bot, people in load.items() if most is not None and people > most}


def room(session: Session) -> int | None:
    """People a bot; None: any number."""
    return quota.terms(session, f"{CHANNEL}:").people


def _shared_out(
    session: Session, bots: Sequence[str], wire_now: datetime, *, also: int | None = None
) -> tuple[dict[int, str], dict[str, int]]:
    linked, invited = _linked(session), _invited(session, wire_now)
    blocs = sorted({bloc for bloc, _ in linked} | invited.keys() | ({also} if also else set()))
    return shared_out(blocs, linked, invited, bots, room(session))


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


def people(session: Session) -> dict[str, int]:
    """Chats of each Zalo bot, by its id."""
    rows = session.execute(
        select(col(Address.bot), func.count().label("people"))
        .where(col(Address.channel) == CHANNEL, col(Address.state) == "open")
        .group_by(col(Address.bot))
    )
    return {row.bot: row.people for row in rows}


def _linked(session: Session) -> dict[tuple[int, str], int]:
    rows = session.execute(
        select(col(Post.bloc_id), col(Address.bot), func.count(func.distinct(col(Address.id))))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .join(Address, col(Address.id) == col(Binding.address_id))
        .where(col(Address.channel) == CHANNEL, col(Address.state) == "open", col(Binding.unbound_at).is_(None))
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
