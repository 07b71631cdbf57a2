"""Away cover: who gets whose reminders on which days (`/vang`)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models.tables import Absence, Binding, Post


class Cover(NamedTuple):
    """Who stands in for somebody. The post may be one that is never reminded otherwise: a leader's."""

    person_id: int
    post_id: int


def covered(session: Session, agency_ids: Sequence[int], day: date) -> dict[int, dict[int, Cover]]:
    """By agency, who is away on this local day, as `{person: cover}`; agencies where everybody is there are left out.

    The cover holds a post of the same agency on that day and can be written to. Who covers somebody and is away too is
    covered in turn; where that leads to nobody, the person counts as there.
    """
    if not agency_ids:
        return {}
    away, cover = aliased(Post), aliased(Post)
    rows = session.execute(
        select(
            col(away.agency_id), col(away.person_id), col(cover.person_id), col(Absence.cover_post_id),
            col(Absence.first_day), col(Absence.last_day),
        )
        .join(away, col(away.id) == col(Absence.post_id))
        .join(cover, col(cover.id) == col(Absence.cover_post_id))
        .where(
            col(away.agency_id).in_(agency_ids), col(Absence.ended_at).is_(None), col(Absence.last_day) >= day,
            col(Absence.first_day) <= day, *held(away, day), *held(cover, day),
        )
        .order_by(col(Absence.id))
    ).all()  # fmt: skip
    reached = _reached(session, [row[3] for row in rows])
    stands_in: dict[int, dict[int, Cover]] = {}
    for agency_id, person_id, cover_id, post_id, *_ in rows:
        stands_in.setdefault(agency_id, {})[person_id] = Cover(cover_id, post_id)
    found = {agency_id: _followed(of, reached) for agency_id, of in stands_in.items()}
    return {agency_id: covers for agency_id, covers in found.items() if covers}


def held(post: type[Post], day: date) -> tuple[ColumnElement[bool], ...]:
    """Conditions: this post is held on that local day."""
    return col(post.since) <= day, or_(col(post.until).is_(None), col(post.until) > day)


def _reached(session: Session, post_ids: Iterable[int]) -> set[int]:
    """Those of these posts that have a chat."""
    living = (col(Binding.unbound_at).is_(None), col(Binding.post_id).in_(set(post_ids)))
    return set(session.execute(select(col(Binding.post_id)).where(*living)).scalars())


def _followed(covers: Mapping[int, Cover], reached: set[int]) -> dict[int, Cover]:
    """Each absent person's cover at the end of the chain, where there is one who is there and has a chat."""
    found = {}
    for person_id in covers:
        met, cover = {person_id}, covers[person_id]
        while cover.person_id in covers and cover.person_id not in met:
            met.add(cover.person_id)
            cover = covers[cover.person_id]
        if cover.person_id not in met and cover.post_id in reached:
            found[person_id] = cover
    return found


def tell(session: Session, post_id: int, cover_post_id: int, first_day: date, last_day: date, now: datetime) -> Absence:
    """Somebody is away from the first to the last day. What was said before of days from the first on is replaced."""
    end(session, [post_id], first_day, now)
    row = Absence(
        post_id=post_id, cover_post_id=cover_post_id, first_day=first_day, last_day=last_day, told_at=now
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def end(session: Session, post_ids: Sequence[int], today: date, now: datetime) -> int:
    """Call off every absence of these posts that is not over on that day. Returns how many there were."""
    open_ = (col(Absence.post_id).in_(post_ids), col(Absence.ended_at).is_(None), col(Absence.last_day) >= today)
    return session.execute(update(Absence).where(*open_).values(ended_at=now)).rowcount  # type: ignore[attr-defined, no-any-return]
