"""What an answer about links and posts wants done, in the transaction that stores the message."""

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from api.services import absences, invitations
from api.services.posts import ending, erasing, reading, succession, telling
from bot.dialogue.phrases import succession as phrases
from bot.dialogue.posts.own_data import STRANGER
from bot.dialogue.posts.values import (
    EndAbsences,
    ErasePerson,
    MakeOwnCode,
    OfferPost,
    PostDeed,
    RetractOffers,
    SetAbsence,
    SetChannel,
    Unbind,
)
from bot.dialogue.values import Bind, Draft
from models.rules import calendar
from models.tables import Audit, Binding, Invitation, Person, Post
from models.wire import Say


def carry_out(session: Session, deed: PostDeed, address_id: int, now: datetime, wire_now: datetime) -> dict[str, str]:
    """Do it; returns what its marks in the reply stand for."""
    match deed:
        case Unbind(number):
            ending.unbind(session, number, now, wire_now)
            _audit(session, address_id, "unbind", f"binding:{number}", now)
        case SetChannel(person_ids, channel):
            session.execute(update(Person).where(col(Person.id).in_(person_ids)).values(prefers=channel))
        case MakeOwnCode(post_id):
            post = session.get_one(Post, post_id)
            made = invitations.make(session, post.bloc_id, post.agency_id, post.role, wire_now, post.person_id)
            _audit(session, address_id, "new_code", f"post:{post_id}", now)
            return _code(made.code)
        case OfferPost(post_id):
            code = succession.offer(session, post_id, wire_now)
            _audit(session, address_id, "offer_post", f"post:{post_id}", now)
            return _code(code)
        case RetractOffers(post_ids):
            succession.retract(session, list(post_ids), wire_now)
            _audit(session, address_id, "retract_offer", f"post:{post_ids[0]}", now)
        case SetAbsence():
            _set_absence(session, deed, address_id, now)
        case EndAbsences(post_ids):
            absences.end(session, post_ids, calendar.STANDARD.today(now), now)
            _audit(session, address_id, "back", f"post:{post_ids[0]}", now)
        case ErasePerson(person_id):
            erasing.erase(session, None if person_id == STRANGER else person_id, address_id, now, wire_now)
    return {}


def _code(code: str) -> dict[str, str]:
    return {"{CODE}": f"{code[:4]} {code[4:]}"}


def _audit(session: Session, address_id: int, deed: str, subject: str, now: datetime) -> None:
    session.add(Audit(at=now, actor=f"address:{address_id}", deed=deed, subject=subject, detail={}))
    session.flush()


def _set_absence(session: Session, deed: SetAbsence, address_id: int, now: datetime) -> None:
    """Whoever stands in is told, and the desk."""
    row = absences.tell(session, deed.post_id, deed.cover_post_id, deed.first, deed.last, now)
    _audit(session, address_id, "away", f"post:{deed.post_id}", now)
    post = session.get_one(Post, deed.post_id)
    cover = session.get_one(Post, deed.cover_post_id)
    today = calendar.STANDARD.today(now)
    told = (deed.post_id, deed.first, deed.last)
    known = reading.away_in(session, [post.agency_id or 0], today)
    [view] = [one for one in known if (one.post_id, one.first, one.last) == told]
    text = phrases.you_stand_in(view.person, view.agency, view.first, view.last)
    telling.tell(session, post.bloc_id, [cover.person_id], f"stand-in:{row.id}", Say(text=text), now)
    news = Say(text=f"{phrases.line(view)}.")
    telling.tell_desk(session, post.bloc_id, f"away:{row.id}", news, now, but=[post.person_id, cover.person_id])


def bind(
    session: Session, deed: Bind, address_id: int, sender: str | None, now: datetime, wire_now: datetime
) -> tuple[Draft, ...]:
    """The chat speaks for a place from now on, and the desk hears of it. Returns the files that a handed over post
    brings along."""
    invitation = session.get_one(Invitation, deed.invitation_id)
    given = invitation.post_id
    if deed.replaces:
        ending.end_links(session, _posts_of(session, address_id), now, only_at=address_id)
    post = invitations.bind(
        session, deed.invitation_id, address_id, sender, now, wire_now, deed.person_id, deed.anew
    )  # fmt: skip
    if given is None:
        telling.linked(session, post, address_id, now)
        return ()
    return succession.hand_over(session, session.get_one(Post, given), post, now, wire_now)


def _posts_of(session: Session, address_id: int) -> list[Post]:
    living = (col(Binding.address_id) == address_id, col(Binding.unbound_at).is_(None))
    mine = select(Post).join(Binding, col(Binding.post_id) == col(Post.id)).where(*living)
    return list(session.execute(mine).scalars())
