"""The state of a chat as JSON, and back."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from bot.dialogue.values import Draft, Question, Talk


def to_json(talk: Talk) -> dict[str, Any]:
    """Only what is set, so that a fresh talk is `{}`."""
    stored: dict[str, Any] = {}
    if talk.question:
        stored["question"] = question_to_json(talk.question)
    if talk.draft:
        stored["draft"] = [asdict(draft) for draft in talk.draft]
    if talk.last:
        stored["last"] = list(talk.last)
    if talk.stranger_told_on:
        stored["stranger_told_on"] = talk.stranger_told_on.isoformat()
    if talk.wrong_codes:
        stored["wrong_codes"] = [moment.isoformat() for moment in talk.wrong_codes]
    if talk.links:
        stored["links"] = [[obligation, moment.isoformat()] for obligation, moment in talk.links]
    if talk.album:
        stored["album"] = [talk.album[0], talk.album[1]]
    if talk.speaking:
        stored["speaking"] = [talk.speaking[0], talk.speaking[1].isoformat()]
    return stored


def question_to_json(question: Question) -> dict[str, Any]:
    until = question.until.isoformat() if question.until else None
    return {
        "kind": question.kind,
        "obligations": list(question.obligations),
        "until": until,
        "pending": question.pending,
    }


def from_json(stored: dict[str, Any]) -> Talk:
    """The inverse of `to_json`; raises KeyError or ValueError on what it never wrote."""
    told = stored.get("stranger_told_on")
    album = stored.get("album")
    speaking = stored.get("speaking")
    return Talk(
        question=question_from_json(stored["question"]) if stored.get("question") else None,
        draft=tuple(Draft(**draft) for draft in stored.get("draft", ())),
        last=tuple(stored.get("last", ())),
        stranger_told_on=date.fromisoformat(told) if told else None,
        wrong_codes=tuple(datetime.fromisoformat(moment) for moment in stored.get("wrong_codes", ())),
        links=tuple((link[0], datetime.fromisoformat(link[1])) for link in stored.get("links", ())),
        album=(album[0], album[1]) if album else None,
        speaking=(speaking[0], date.fromisoformat(speaking[1])) if speaking else None,
    )


def question_from_json(stored: dict[str, Any]) -> Question:
    until = stored.get("until")
    return Question(
        kind=stored["kind"],
        obligations=tuple(stored.get("obligations", ())),
        until=datetime.fromisoformat(until) if until else None,
        pending=stored.get("pending", {}),
    )
