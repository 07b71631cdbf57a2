"""Every command of a menu is one that its reader can use."""

from typing import Any

import pytest

from bot.dialogue import understand
from bot.dialogue.intents import Stranger, Unread
from bot.dialogue.phrases import menu
from bot.dialogue.values import Talk
from models.wire import Heard
from tests.bot.dialogue.world import HEAD, World

WHO = [("focal", 1), ("deputy_focal", 1), ("leader", 1), ("leader", HEAD), ("desk", HEAD), ("admin", HEAD)]


@pytest.mark.parametrize(("role", "agency"), WHO)
def test_each_command_is_understood(role: Any, agency: int) -> None:
    world = World()
    place = world.place(role, agency)
    for name, told in menu.of((place,)):
        heard = Heard(channel="telegram", bot="1", external_id="1", chat="c", text=f"/{name}", sent_at=world.now)
        meant = understand(heard, Talk(), (place,), world.book, world.today).intent
        assert not isinstance(meant, Unread | Stranger), f"/{name} {told}"
        assert name in menu.KNOWN
        assert 3 <= len(told) <= 256


def test_a_focal_point_is_not_offered_what_only_the_head_may_do() -> None:
    world = World()
    names = [name for name, _ in menu.of((world.place(),))]
    assert names == ["viec", "vang", "bangiao", "giup", "xoa"]


def test_a_stranger_is_offered_help_alone() -> None:
    assert menu.of(()) == (menu.HELP,)
