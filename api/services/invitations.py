"""Link codes: one for each place to be filled, and what happens when somebody types one.

A place is a role in an agency. The head of the bloc is the leader of the agency in the head's seat, so there is one
code for both names and a rotation needs no new one. Life and use of codes follow wire time.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from api.refusals import Conflict, NotFound
from api.services import seasons
from api.services.bots import of_bloc
from api.services.posts import binding
from api.shapes import InvitationLine
from bot.dialogue.phrases import people as roles
from bot.dialogue.reading.fold import fold
from bot.dialogue.values import Invited
from models.rules import calendar
from models.tables import Agency, Audit, Binding, Bloc, Invitation, Person, Post

LIFE = timedelta(days=45)
LINKS = {"telegram": "https://t.me/{bot}?start={code}", "zalo": "https://zalo.me/{bot}"}
"""Where a code is used, by channel. Zalo has no deep link: the code is typed there."""
PLACES = ("focal", "deputy_focal", "leader")
_SAID = {("leader", "head"): "head", ("leader", "deputy"): "deputy_head"}
"""What a role is called in the agency that holds a seat."""


# --- invite -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """One place to be filled; the person when the bloc file names one."""

    agency: Agency
    role: str
    person: Person | None


def invite(
    session: Session,
    bloc_id: int,
    now: datetime,
    wire_now: datetime,
    public_url: str,
    bots: Mapping[str, Sequence[str]],
) -> list[InvitationLine]:
    """One code for each place of the newest season that nobody speaks for; a living code is given again.

    Focal points of agencies that use no application get none: they are told with a null code. `bots`: by channel, what
    stands for each bot in links.
    """
    bloc = session.exec(select(Bloc).where(col(Bloc.id) == bloc_id).with_for_update()).first()
    if bloc is None:
        raise NotFound("no such bloc")
    today = calendar.of(bloc.settings).today(now)
    seats = seasons.seats(session, bloc_id)
    filled = []
    for place in _places(session, bloc_id, seats, today):
        said = _SAID.get((place.role, seats.get(place.agency.id or 0, "")), place.role)
        off = place.agency.off_channel and place.role in ("focal", "deputy_focal")
        found = None if off else _living(session, place, wire_now) or _made(session, place, wire_now)
        filled.append((place, said, found))
    mine = of_bloc(session, bloc_id, bots, wire_now)
    return [_line(bloc, place, said, found, public_url, mine) for place, said, found in filled]


def _places(session: Session, bloc_id: int, seats: dict[int, str], today: date) -> Iterator[_Place]:
    """In the order of the agencies; a place that is bound is filled, one named person of two may still wait."""
    holders = _holders(session, bloc_id, today)
    for agency in seasons.members(session, bloc_id):
        if agency.valid_to is not None and agency.valid_to < today:
            continue
        desk = ("desk",) if seats.get(agency.id or 0) == "head" else ()
        for role in (*PLACES, *desk):
            there = holders.get((agency.id or 0, role), [])
            for person in [person for person, bound in there if not bound]:
                yield _Place(agency, role, person)
            if not there:
                yield _Place(agency, role, None)


def _holders(session: Session, bloc_id: int, today: date | None) -> dict[tuple[int, str], list[tuple[Person, bool]]]:
    """Who holds which place, and whether a chat speaks for it. Without a day: whoever has no end."""
    living = select(Binding.post_id).where(col(Binding.unbound_at).is_(None))
    still = or_(col(Post.until).is_(None), col(Post.until) > today) if today else col(Post.until).is_(None)
    rows = session.exec(
        select(Post, Person)
        .join(Person, col(Person.id) == col(Post.person_id))
        .where(col(Post.bloc_id) == bloc_id, still)
        .order_by(col(Post.id))
    ).all()
    bound = set(session.exec(living.where(col(Binding.post_id).in_([post.id for post, _ in rows]))))
    held: dict[tuple[int, str], list[tuple[Person, bool]]] = {}
    for post, person in rows:
        held.setdefault((post.agency_id or 0, post.role), []).append((person, post.id in bound))
    return held


def _living(session: Session, place: _Place, wire_now: datetime) -> Invitation | None:
    """The code that still waits for this place. One that was given out before the person was known names it now."""
    person_id = place.person.id if place.person else None
    waiting = (
        select(Invitation)
        .where(*_still_good(place.agency.id, place.role), col(Invitation.expires_at) > wire_now)
        .where(or_(col(Invitation.person_id).is_(None), col(Invitation.person_id) == person_id))
        .order_by(col(Invitation.person_id).desc(), col(Invitation.id).desc())
    )
    found = session.exec(waiting).first()
    if found is not None and found.person_id is None:
        found.person_id = person_id
        session.flush()
    return found


def _still_good(agency_id: int | None, role: str) -> tuple[Any, ...]:
    """Codes of the bloc for a place that wait; whoever hands a post over has made one of their own."""
    return (
        col(Invitation.agency_id) == agency_id,
        col(Invitation.role) == role,
        col(Invitation.used_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.post_id).is_(None),
    )


def _made(session: Session, place: _Place, wire_now: datetime) -> Invitation:
    person_id = place.person.id if place.person else None
    return make(session, place.agency.bloc_id, place.agency.id, place.role, wire_now, person_id)


def make(
    session: Session,
    bloc_id: int,
    agency_id: int | None,
    role: str,
    wire_now: datetime,
    person_id: int | None = None,
    hands_over: int | None = None,
) -> Invitation:
    """A code for a place; for this person, when one is meant; with `hands_over` (a post) that post ends at its use."""
    made = Invitation(
        code=_fresh_code(session),
        bloc_id=bloc_id,
        agency_id=agency_id,
        person_id=person_id,
        role=role,
        created_at=wire_now,
        expires_at=wire_now + LIFE,
        post_id=hands_over,
    )
    session.add(made)
    session.flush()
    return made


def _fresh_code(session: Session) -> str:
    """Eight digits that were never given out before."""
    while True:
        code = f"{secrets.randbelow(10**8):08d}"
        if session.exec(select(Invitation.id).where(col(Invitation.code) == code)).first() is None:
            return code


def _line(
    bloc: Bloc,
    place: _Place,
    said: str,
    found: Invitation | None,
    public_url: str,
    bots: Mapping[str, str],
) -> InvitationLine:
    code = found.code if found else None
    urls = {f"{channel}_url": link.format(bot=bots.get(channel), code=code) if code and channel in bots else None
            for channel, link in LINKS.items()}  # fmt: skip
    return InvitationLine(
        bloc=bloc.slug,
        agency=place.agency.name,
        person=place.person.name if place.person else None,
        role=said,
        code=code,
        **urls,
        web_url=f"{public_url.rstrip('/')}/chat?code={code}" if code else None,
        expires_at=found.expires_at if found else None,
    )


def new_code(session: Session, bloc_id: int, agency_id: int, role: str, wire_now: datetime) -> str:
    """A new code for an agency's place; those given out before are dead from now on. NotFound when the bloc has no
    such agency."""
    agency = session.exec(select(Agency).where(col(Agency.id) == agency_id).with_for_update()).first()
    if agency is None or agency.bloc_id != bloc_id:
        raise NotFound("no such agency in this bloc")
    session.execute(update(Invitation).where(*_still_good(agency_id, role)).values(revoked_at=wire_now))
    holders = _holders(session, bloc_id, None).get((agency_id, role), [])
    waiting = [person for person, bound in holders if not bound]
    return _made(session, _Place(agency, role, waiting[0] if len(waiting) == 1 else None), wire_now).code


# --- use ----------------------------------------------------------------------------------------------------------


def look_up(session: Session, code: str, wire_now: datetime) -> Invited:
    """What a typed code stands for; spaces and hyphens do not matter."""
    digits = "".join(sign for sign in fold(code) if sign.isdigit())
    row = session.exec(
        select(Invitation, Bloc, Agency, Person)
        .join(Bloc, col(Bloc.id) == col(Invitation.bloc_id))
        .outerjoin(Agency, col(Agency.id) == col(Invitation.agency_id))
        .outerjoin(Person, col(Person.id) == col(Invitation.person_id))
        .where(col(Invitation.code) == digits)
    ).first()
    if row is None:
        return Invited(None, "unknown")
    invitation, bloc, agency, person = row
    return Invited(
        invitation_id=invitation.id,
        state=_state(invitation, wire_now),
        role=invitation.role,
        bloc=bloc.name,
        bloc_id=bloc.id,
        agency=agency.name if agency else None,
        agency_id=agency.id if agency else None,
        person=person.name if person else None,
        hands_over=_giver(session, invitation),
        holders=_reached_holders(session, invitation),
    )


def _giver(session: Session, invitation: Invitation) -> str | None:
    """Who hands the post over by this code."""
    if invitation.post_id is None:
        return None
    return session.get_one(Person, session.get_one(Post, invitation.post_id).person_id).name


def _reached_holders(session: Session, invitation: Invitation) -> tuple[tuple[int, str], ...]:
    """Who holds the place and has a chat: they may come from a second channel."""
    held = _holders(session, invitation.bloc_id, None).get((invitation.agency_id or 0, invitation.role), [])
    return tuple((person.id or 0, person.name) for person, bound in held if bound)


def _state(invitation: Invitation, wire_now: datetime) -> Any:
    if invitation.used_at is not None:
        return "used"
    if invitation.revoked_at is not None:
        return "revoked"
    return "good" if wire_now < invitation.expires_at else "expired"


def bind(
    session: Session,
    invitation_id: int,
    address_id: int,
    display_name: str | None,
    now: datetime,
    wire_now: datetime,
    person_id: int | None = None,
    anew: bool = False,
) -> Post:
    """The chat speaks for the invitation's place from now on: as `person_id`, who is known and said so, as somebody
    `anew`, or as whoever it seems to be. Conflict when the code is not good any more: of two chats that confirm it at
    once, the second one is told so."""
    taken = session.execute(
        update(Invitation)
        .where(
            col(Invitation.id) == invitation_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.revoked_at).is_(None),
            col(Invitation.expires_at) > wire_now,
        )
        .values(used_at=wire_now)
        .returning(col(Invitation.id))
    ).first()
    if taken is None:
        raise Conflict("this code is used, expired or replaced by a newer one")
    invitation = session.get_one(Invitation, invitation_id, populate_existing=True)
    today = calendar.of(session.get_one(Bloc, invitation.bloc_id).settings).today(now)
    if person_id is None:
        person_id = _person(session, invitation, address_id, display_name, today, anew=anew).id
    post = _post(session, invitation, person_id or 0, today)
    binding.bind(session, post, address_id, now)
    subject, detail = f"post:{post.id}", {"invitation": invitation_id, "role": post.role}
    session.add(Audit(at=now, actor=f"address:{address_id}", deed="bind", subject=subject, detail=detail))
    session.flush()
    return post


def _post(session: Session, invitation: Invitation, person_id: int, today: date) -> Post:
    """The person's post: the one it holds already, or a new one from today."""
    for post, _ in _open_posts(session, invitation, today):
        if post.person_id == person_id:
            return post
    post = Post(
        person_id=person_id,
        bloc_id=invitation.bloc_id,
        agency_id=invitation.agency_id,
        role=invitation.role,
        since=today,
    )
    session.add(post)
    session.flush()
    invitation.person_id = person_id
    return post


def _open_posts(session: Session, invitation: Invitation, today: date) -> Sequence[tuple[Post, Person]]:
    return session.exec(
        select(Post, Person)
        .join(Person, col(Person.id) == col(Post.person_id))
        .where(
            col(Post.bloc_id) == invitation.bloc_id,
            col(Post.agency_id) == invitation.agency_id,
            col(Post.role) == invitation.role,
            or_(col(Post.until).is_(None), col(Post.until) > today),
        )
        .order_by(col(Post.id))
    ).all()


def _person(
    session: Session, invitation: Invitation, address_id: int, display_name: str | None, today: date, *, anew: bool
) -> Person:
    """Whom the code was made for; else who already speaks from this chat for other agencies; else whoever holds the
    place under this name; else somebody new: at an office account the account's name is nobody's."""
    if invitation.person_id is not None:
        return session.get_one(Person, invitation.person_id)
    if not anew and (same := _of_this_chat(session, invitation, address_id)) is not None:
        return same
    holders = () if anew or invitation.post_id else _open_posts(session, invitation, today)
    for _, holder in holders:
        if display_name and fold(holder.name) == fold(display_name):
            return holder
    unnamed = _unnamed(session, invitation)
    name = f"{roles.role(invitation.role).capitalize()}, {unnamed}" if anew else display_name or unnamed
    person = Person(name=name)
    session.add(person)
    session.flush()
    return person


def _of_this_chat(session: Session, invitation: Invitation, address_id: int) -> Person | None:
    """One person for two agencies, or a desk that is its own focal point. Two people of one office account, on the
    other hand, hold two places of the same agency."""
    rows = session.exec(
        select(Post, Person)
        .join(Person, col(Person.id) == col(Post.person_id))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .where(col(Binding.address_id) == address_id, col(Binding.unbound_at).is_(None))
    ).all()
    people = {person.id: person for _, person in rows}
    if len(people) != 1:
        return None
    here = {post.role for post, _ in rows if post.agency_id == invitation.agency_id}
    apart = here - {invitation.role}
    return next(iter(people.values())) if not apart or apart | {invitation.role} == {"focal", "desk"} else None


def _unnamed(session: Session, invitation: Invitation) -> str:
    agency = session.get(Agency, invitation.agency_id) if invitation.agency_id else None
    return f"Cán bộ của {agency.name}" if agency else "Cán bộ"


# --- whom to call -------------------------------------------------------------------------------------------------


def contact(session: Session) -> str | None:
    """Whom a stranger may call: the desk with a known telephone, when the house serves one bloc only."""
    blocs = session.exec(select(Bloc.id).limit(2)).all()
    if len(blocs) != 1 or blocs[0] is None:
        return None
    heads = [agency_id for agency_id, kind in seasons.seats(session, blocs[0]).items() if kind == "head"]
    desk = session.exec(
        select(Person, Agency)
        .join(Post, col(Post.person_id) == col(Person.id))
        .join(Agency, col(Agency.id) == col(Post.agency_id))
        .where(
            col(Post.agency_id).in_(heads),
            col(Post.role) == "desk",
            col(Post.until).is_(None),
            col(Person.phone).is_not(None),
        )
        .order_by(col(Post.id).desc())
    ).first()
    return f"{desk[0].name}, {desk[1].name}, {desk[0].phone}" if desk else None
