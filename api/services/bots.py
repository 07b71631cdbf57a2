"""Which Zalo bot the people of a bloc write to: one bot a bloc, and no more people a bot than Zalo lets in.

Derived from who is linked and who is still invited, bloc by bloc in the order in which they came, so that the answer
stays the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.tables import Address, Binding, Invitation, Post

CHANNEL = "zalo"
PEOPLE = 50
"""Of a bot on the free plan (zalo.md)."""


def of_bloc(session: Session, bloc_id: int, bots: Sequence[str], wire_now: datetime) -> str | None:
    """The id of the bot to name to whoever is invited; None without bots."""
    linked = _linked(session)
    invited = _invited(session, wire_now)
    blocs = sorted({bloc for bloc, _ in linked} | invited.keys() | {bloc_id})
    return shared_out(blocs, linked, invited, bots).get(bloc_id) if bots else None


def shared_out(
    blocs: Iterable[int], linked: Mapping[tuple[int, str], int], invited: Mapping[int, int], bots: Sequence[str]
) -> dict[int, str]:
    """bloc → bot. `linked` counts chats by (bloc, bot), `invited` the codes of a bloc that wait. A bloc stays where
    most of its people are; a new one goes to the first bot with room for all of it, else to the emptiest."""
    load = Counter({bot: sum(count for (_, of), count in linked.items() if of == bot) for bot in bots})
    found: dict[int, str] = {}
    for bloc in blocs:
        wanted = invited.get(bloc, 0)
        mine = max(bots, key=lambda bot, bloc=bloc: linked.get((bloc, bot), 0))  # type: ignore[misc]
        if not linked.get((bloc, mine)):
            emptiest = min(bots, key=lambda bot: load[bot])
            mine = next((bot for bot in bots if load[bot] + wanted <= PEOPLE), emptiest)
        found[bloc] = mine
        load[mine] += wanted
    return found


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
