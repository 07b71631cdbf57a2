"""What an answer about links and posts must know, in few statements."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from api.services.absences import held
from bot.dialogue.posts.values import AwayView, Colleague, Link, Offered, PostFacts, PostNeeds
from bot.dialogue.values import Place
from models.tables import Absence, Address, Agency, Binding, Bloc, Invitation, Person, Post, Update


def look(
    session: Session, needs: PostNeeds | None, places: Sequence[Place], today: date, wire_now: datetime
) -> PostFacts:
    """Exactly what is named. `today` is local."""
    if needs is None:
        return PostFacts()
    persons = tuple(dict.fromkeys(place.person_id for place in places))
    links: tuple[Link, ...] = ()
    if needs.links_of:
        links = links_where(session, today, col(Post.agency_id).in_(needs.links_of))
    elif needs.link is not None:
        links = links_where(session, today, col(Binding.id) == needs.link)
    return PostFacts(
        links=links,
        my_links=links_where(session, today, col(Post.person_id).in_(persons)) if needs.mine else (),
        offered=_offered(session, [place.post_id for place in places], wire_now) if needs.mine else (),
        data=tuple(data_of(session, person_id, today) for person_id in needs.data_of),
        colleagues=_colleagues(session, needs.colleagues_of, today),
        away=_away(session, needs.away_in, today),
    )


# --- links --------------------------------------------------------------------------------------------------------

_other_binding, _other_post = aliased(Binding), aliased(Post)
_persons_of_chat = (
    select(func.count(func.distinct(col(_other_post.person_id))))
    .join(_other_binding, col(_other_binding.post_id) == col(_other_post.id))
    .where(col(_other_binding.address_id) == col(Address.id), col(_other_binding.unbound_at).is_(None))
    .correlate(Address)
    .scalar_subquery()
)
_LINKS: Select[*tuple[Any, ...]] = (
    select(
        col(Binding.id), col(Post.id), col(Person.id), col(Person.name), col(Post.role), col(Post.bloc_id),
        col(Post.agency_id), func.coalesce(col(Agency.name), col(Bloc.name)), col(Address.channel),
        col(Binding.bound_at), _persons_of_chat > 1, col(Address.state),
    )
    .join(Post, col(Post.id) == col(Binding.post_id))
    .join(Person, col(Person.id) == col(Post.person_id))
    .join(Bloc, col(Bloc.id) == col(Post.bloc_id))
    .join(Address, col(Address.id) == col(Binding.address_id))
    .outerjoin(Agency, col(Agency.id) == col(Post.agency_id))
    .where(col(Binding.unbound_at).is_(None))
    .order_by(col(Post.agency_id), col(Binding.id))
)  # fmt: skip


def links_where(session: Session, today: date, *which: ColumnElement[bool]) -> tuple[Link, ...]:
    """The living bindings of posts that are held today."""
    return tuple(Link(*row) for row in session.execute(_LINKS.where(*which, *held(Post, today))))


def beside(session: Session, link: Link) -> list[str]:
    """Who else speaks from the same chat, by name."""
    chat = select(col(Binding.address_id)).where(col(Binding.id) == link.number).scalar_subquery()
    others = (
        select(col(Person.name))
        .join(Post, col(Post.person_id) == col(Person.id))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .where(
            col(Binding.address_id) == chat, col(Binding.unbound_at).is_(None), col(Person.id) != link.person_id
        )
        .distinct()
    )  # fmt: skip
    return list(session.execute(others).scalars())


def _offered(session: Session, post_ids: Sequence[int], wire_now: datetime) -> tuple[Offered, ...]:
    waiting = (
        select(col(Invitation.post_id), col(Invitation.code), col(Invitation.expires_at))
        .where(col(Invitation.post_id).in_(post_ids), col(Invitation.used_at).is_(None))
        .where(col(Invitation.revoked_at).is_(None), col(Invitation.expires_at) > wire_now)
    )
    return tuple(Offered(*row) for row in session.execute(waiting))


# --- people -------------------------------------------------------------------------------------------------------


def _colleagues(session: Session, agency_ids: Sequence[int], today: date) -> tuple[Colleague, ...]:
    if not agency_ids:
        return ()
    reached = (
        select(col(Binding.id))
        .join(Address, (col(Address.id) == col(Binding.address_id)) & (col(Address.state) == "open"))
        .where(col(Binding.post_id) == col(Post.id), col(Binding.unbound_at).is_(None))
        .exists()
    )
    rows = session.execute(
        select(col(Post.id), col(Person.id), col(Person.name), col(Post.role), col(Post.agency_id), reached)
        .join(Person, col(Person.id) == col(Post.person_id))
        .where(col(Post.agency_id).in_(agency_ids), *held(Post, today))
        .order_by(col(Post.id))
    )
    return tuple(Colleague(*row) for row in rows)


def _away(session: Session, agency_ids: Sequence[int], today: date) -> tuple[AwayView, ...]:
    return away_in(session, agency_ids, today) if agency_ids else ()


def away_in(session: Session, agency_ids: Sequence[int], today: date) -> tuple[AwayView, ...]:
    """Absences of these agencies that are not over, by their first day."""
    cover, cover_person = aliased(Post), aliased(Person)
    rows = session.execute(
        select(
            col(Absence.post_id), col(Person.name), col(Agency.id), col(Agency.name), col(Agency.short),
            col(Absence.first_day), col(Absence.last_day), col(cover_person.name),
        )
        .join(Post, col(Post.id) == col(Absence.post_id))
        .join(Person, col(Person.id) == col(Post.person_id))
        .join(Agency, col(Agency.id) == col(Post.agency_id))
        .join(cover, col(cover.id) == col(Absence.cover_post_id))
        .join(cover_person, col(cover_person.id) == col(cover.person_id))
        .where(
            col(Post.agency_id).in_(agency_ids), col(Absence.ended_at).is_(None), col(Absence.last_day) >= today,
            *held(Post, today), *held(cover, today),
        )
        .order_by(col(Absence.first_day), col(Absence.id))
    )  # fmt: skip
    return tuple(AwayView(*row) for row in rows)


# --- one's own data -----------------------------------------------------------------------------------------------

MOST_RECEIPTS = 200


def data_of(session: Session, person_id: int, today: date) -> dict[str, Any]:
    """Everything that is kept of a person as a person, ready for JSON. Chats are told by their channel: their ids
    identify."""
    person = session.get_one(Person, person_id)
    posts = session.execute(
        select(col(Post.role), func.coalesce(col(Agency.name), col(Bloc.name)), col(Post.since), col(Post.until))
        .join(Bloc, col(Bloc.id) == col(Post.bloc_id))
        .outerjoin(Agency, col(Agency.id) == col(Post.agency_id))
        .where(col(Post.person_id) == person_id)
        .order_by(col(Post.id))
    )
    receipts = session.execute(
        select(col(Update.id)).where(col(Update.person_id) == person_id).order_by(col(Update.id).desc())
    ).scalars()
    numbers = [f"BN-{number:04d}" for number in receipts]
    return {
        "id": person_id,
        "ho_ten": person.name,
        "chuc_vu": person.title,
        "dien_thoai": person.phone,
        "kenh_uu_tien": person.prefers,
        "vi_tri": [
            {"vai_tro": role, "don_vi": where, "tu": since.isoformat(), "den": until.isoformat() if until else None}
            for role, where, since, until in posts
        ],
        "kenh": [
            {
                "kenh": channel,
                "ten_hien_thi": name,
                "ket_noi": bound.isoformat(),
                "cham_dut": ended and ended.isoformat(),
            }
            for channel, name, bound, ended in _chats(session, person_id)
        ],
        "so_noi_dung_da_ghi": len(numbers),
        "ma_tiep_nhan": numbers[:MOST_RECEIPTS],
    }


def _chats(session: Session, person_id: int) -> Sequence[Any]:
    return session.execute(
        select(col(Address.channel), col(Address.display_name), col(Binding.bound_at), col(Binding.unbound_at))
        .join(Binding, col(Binding.address_id) == col(Address.id))
        .join(Post, col(Post.id) == col(Binding.post_id))
        .where(col(Post.person_id) == person_id)
        .order_by(col(Binding.id))
    ).all()
