"""The people a bloc file names: persons, and the posts they hold. Whoever the file replaces leaves, chats and all."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import or_
from sqlmodel import col, select

from api.services.loading.blocfile import BlocFile, PersonLine
from api.services.loading.tally import Tally
from api.services.posts import ending
from bot.dialogue.reading.fold import fold
from models.tables import Agency, Binding, Bloc, Person, Post

Held = tuple[Post, Person]


def sync(
    tally: Tally, file: BlocFile, bloc: Bloc, agencies: Mapping[str, Agency], today: date, now: datetime
) -> list[str]:
    """Give every named person the post. From a post for which the file names others, who held it leaves today, and
    the chats lose what it let them see; returns who lost a chat that way, for the warnings."""
    if not any(line.people for line in file.agencies):
        return []
    held = _held(tally, bloc, today)
    bound = _bound(tally, bloc)
    relieved: list[str] = []
    for line in file.agencies:
        agency = agencies[line.short]
        for person in line.people:
            held += _place(tally, bloc, agency, person, held, today)
        for post, former in _replaced(agency, line.people, held):
            tally.set(post, until=max(today, post.since))
            if post.id in bound:
                relieved.append(f"{former.name} ({agency.short})")
                ending.end_links(tally.session, [post], now)
    return relieved


def _held(tally: Tally, bloc: Bloc, today: date) -> list[Held]:
    posts = (
        select(Post, Person)
        .join(Person, col(Person.id) == col(Post.person_id))
        .where(col(Post.bloc_id) == bloc.id, or_(col(Post.until).is_(None), col(Post.until) > today))
        .order_by(col(Post.id))
    )
    return [(post, person) for post, person in tally.session.exec(posts)]


def _bound(tally: Tally, bloc: Bloc) -> set[int]:
    living = (
        select(Binding.post_id)
        .join(Post, col(Post.id) == col(Binding.post_id))
        .where(col(Post.bloc_id) == bloc.id, col(Binding.unbound_at).is_(None))
    )
    return set(tally.session.exec(living))


def _place(tally: Tally, bloc: Bloc, agency: Agency, line: PersonLine, held: Sequence[Held], today: date) -> list[Held]:
    """The new post and its person; nothing when the person holds it already."""
    for post, person in held:
        if post.agency_id == agency.id and post.role == line.role and fold(person.name) == fold(line.name):
            tally.set(person, name=line.name, title=line.title or person.title, phone=line.phone or person.phone)
            return []
    known = next((person for _, person in held if _is_same(person, line)), None)
    person = known or tally.add(Person(name=line.name, title=line.title, phone=line.phone))
    post = Post(person_id=person.id or 0, bloc_id=bloc.id or 0, agency_id=agency.id or 0, role=line.role, since=today)
    return [(tally.add(post), person)]


def _is_same(person: Person, line: PersonLine) -> bool:
    """One person in two posts: the same name and the same telephone."""
    return line.phone is not None and person.phone == line.phone and fold(person.name) == fold(line.name)


def _replaced(agency: Agency, lines: Sequence[PersonLine], held: Sequence[Held]) -> list[Held]:
    named = {(line.role, fold(line.name)) for line in lines}
    roles = {line.role for line in lines}
    return [
        (post, person)
        for post, person in held
        if post.agency_id == agency.id and post.role in roles and (post.role, fold(person.name)) not in named
    ]
