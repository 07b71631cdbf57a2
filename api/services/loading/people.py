"""The people a bloc file names: persons, and the posts they hold. Whoever is bound to a chat stays."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import or_
from sqlmodel import col, select

from api.services.loading.blocfile import BlocFile, PersonLine
from api.services.loading.tally import Tally
from bot.dialogue.fold import fold
from models.tables import Agency, Binding, Bloc, Person, Post

Held = tuple[Post, Person]


def sync(tally: Tally, file: BlocFile, bloc: Bloc, agencies: Mapping[str, Agency], today: date) -> None:
    """Give every named person the post. In a post for which the file names others, whoever is not bound leaves."""
    if not any(line.people for line in file.agencies):
        return
    held = _held(tally, bloc, today)
    bound = _bound(tally, bloc)
    for line in file.agencies:
        agency = agencies[line.short]
        for person in line.people:
            held += _place(tally, bloc, agency, person, held, today)
        _relieve(tally, agency, line.people, held, bound, today)


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


def _relieve(
    tally: Tally, agency: Agency, lines: Sequence[PersonLine], held: Sequence[Held], bound: set[int], today: date
) -> None:
    named = {(line.role, fold(line.name)) for line in lines}
    roles = {line.role for line in lines}
    for post, person in held:
        is_replaced = post.agency_id == agency.id and post.role in roles and (post.role, fold(person.name)) not in named
        if is_replaced and post.id not in bound:
            tally.set(post, until=today)
