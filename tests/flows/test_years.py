"""The covenant year of each bloc, played from its loading to its last message, beside the tables written by hand."""

from datetime import datetime, time, timedelta
from itertools import cycle

import pytest

from tests.flows import checks, people, storyboard
from tests.flows.conftest import OpenWorld
from tests.flows.people import Message, Person
from tests.flows.storyboard import HANOI, Storyboard
from tests.flows.world import World

HABITS = (people.early, people.late, people.silent, people.blocking, people.acknowledging)
BY_TELEPHONE = ("BCHQS", "QT")
"""Agencies that are not linked: the desk records for them what it hears."""
OF_THE_HEAD = ("K6", "K9", "K13", "K14")
HEADS = {"noi-chinh-bac-kan-2024": "CA", "noi-chinh-hung-yen-2024": "TTT", "cum-6-kiem-sat-2020": "TH",
         "noi-chinh-2019": "THADS"}  # fmt: skip
OBLIGATIONS = {"noi-chinh-bac-kan-2024": (9, 103), "noi-chinh-hung-yen-2024": (7, 81), "cum-6-kiem-sat-2020": (6, 70),
               "noi-chinh-2019": (8, 92)}  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize("name", storyboard.names())
async def test_a_covenant_year_goes_as_its_table_says(name: str, open_world: OpenWorld) -> None:
    board = storyboard.read(name)
    async with open_world(board.loaded_at) as world:
        loaded = await world.load(board.sample)
        assert (loaded.agencies, loaded.obligations) == OBLIGATIONS[board.sample]
        focal = await world.link(board.agency)
        assert await _due_dates(world, board) == board.due
        _will_answer(world, focal, board)
        await _furnish(world, board)
        await world.play_until(_end(board))
        assert _lines(focal.hears()) == [(line.at, line.codes) for line in board.reminders]
        await checks.is_sound(world)
        await _each_habit_shows(world)


async def _due_dates(world: World, board: Storyboard) -> dict[str, object]:
    found = await world.status()
    return {line.code: line.due_on for line in found.milestones if line.code in board.due}


def _will_answer(world: World, focal: Person, board: Storyboard) -> None:
    for line in board.answers:
        world.later(line.at, people.saying(focal, line.text))


async def _furnish(world: World, board: Storyboard) -> None:
    """Everybody else of the bloc: each agency with a habit of its own, and the desk with its telephone."""
    desk = await world.link(HEADS[board.sample], "desk")
    habits = cycle(HABITS)
    for agency in (await world.status()).agencies:
        if agency.short in BY_TELEPHONE and agency.short != board.agency:
            await _is_called_up(world, desk, agency.short)
        elif agency.short != board.agency:
            person = await world.link(agency.short)
            person.habit = next(habits)


async def _is_called_up(world: World, desk: Person, short: str) -> None:
    """Not linked: two days before each due date the desk calls, and writes down what it is told."""
    for line in (await world.status()).milestones:
        if line.code in OF_THE_HEAD:
            continue
        at = datetime.combine(line.due_on - timedelta(days=2), time(15, 30), tzinfo=HANOI)
        if at > world.now:
            letter = f"{line.code} đã gửi công văn {line.due_on:%d}/BC ngày {at.day}/{at.month}"
            world.later(at, people.saying(desk, f"ghi hộ {short} {letter}"))


def _end(board: Storyboard) -> datetime:
    return datetime.combine(board.ends_on, time(18), tzinfo=HANOI)


def _lines(messages: list[Message]) -> list[tuple[datetime, tuple[str, ...]]]:
    return [(message.at, message.codes) for message in messages]


async def _each_habit_shows(world: World) -> None:
    """The scripted agencies did what they are there for."""
    numbers = {agency.short: agency for agency in (await world.status()).agencies}
    for person in world.people.values():
        mine = numbers[person.short]
        if person.habit is people.early:
            assert mine.open_overdue == mine.done_late == 0
        elif person.habit is people.late:
            assert mine.done_late > 0
        elif person.habit is people.silent:
            assert mine.silence.no_answer == mine.open_overdue > 0
        elif person.habit is people.acknowledging:
            assert mine.silence.acknowledged == mine.open_overdue > 0
        elif person.habit is people.blocking:
            assert len(person.hears()) == 2
            assert mine.silence.not_delivered == mine.open_overdue > 0
