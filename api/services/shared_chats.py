"""Chats that speak for several agencies: an office account that two share, or one person who answers for both. What is
written there names the agency with each code."""

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from models.tables import Binding, Post


def among(session: Session, people: Collection[int], agency_id: int) -> set[int]:
    """Those of the people who speak for this agency in a chat that speaks for another one too."""
    of_others = (
        select(col(Binding.address_id))
        .join(Post, col(Post.id) == col(Binding.post_id))
        .where(col(Post.agency_id) != agency_id, col(Binding.unbound_at).is_(None))
    )
    found = (
        select(col(Post.person_id))
        .join(Binding, col(Binding.post_id) == col(Post.id))
        .where(
            col(Post.person_id).in_(people),
            col(Post.agency_id) == agency_id,
            col(Binding.unbound_at).is_(None),
            col(Binding.address_id).in_(of_others),
        )
    )
    return {person for person in session.execute(found).scalars() if person}
