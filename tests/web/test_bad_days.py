"""Slow, broken and doubled: nothing typed is lost, nothing is sent twice."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.web.phone import SOON, Phone, page_of
from tests.web.world import World

pytestmark = pytest.mark.xdist_group("browser")
Visit = Callable[..., Phone]


def test_on_a_slow_network_a_message_is_shown_as_being_sent(linked: Phone) -> None:
    under_way: list[Route] = []
    page_of(linked).route("**/chat/messages", lambda call: under_way.append(call))
    linked.says("K5 41%")
    expect(linked.find("#pending")).to_contain_text("K5 41%")
    expect(linked.find("#pending")).to_contain_text("Đang gửi")
    for call in under_way:
        call.continue_()
    linked.all_sent()
    linked.hears("41%")


def test_what_was_said_offline_is_sent_once_when_the_network_returns(
    linked: Phone, context: BrowserContext, world: World
) -> None:
    context.set_offline(True)
    linked.says("K5 42%")
    linked.says("K4 10%")
    expect(linked.find("#pending")).to_contain_text("Chưa gửi được")
    expect(linked.find("#pending .line")).to_have_count(2)
    context.set_offline(False)
    linked.all_sent()
    expect(linked.own.last).to_contain_text("K4 10%", timeout=SOON)
    assert (world.heard("K5 42%"), world.heard("K4 10%")) == (1, 1)


def test_an_answer_that_was_lost_on_the_way_is_asked_for_again_and_nothing_is_doubled(
    linked: Phone, world: World
) -> None:
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().text())
            route.abort()

    page_of(linked).route("**/chat/messages", lose_the_first)
    linked.says("K5 43%")
    linked.all_sent()
    expect(linked.own.filter(has_text="K5 43%")).to_have_count(1)
    assert len(lost) == 1
    assert world.heard("K5 43%") == 1


def test_a_message_that_could_not_be_sent_survives_a_reload(linked: Phone, world: World) -> None:
    page = page_of(linked)
    page.route("**/chat/messages", lambda route: route.abort())
    linked.says("K5 44%")
    expect(linked.find("#pending")).to_contain_text("Chưa gửi được")
    page.unroute("**/chat/messages")
    page.reload()
    expect(linked.own.filter(has_text="K5 44%")).to_have_count(1, timeout=SOON)
    assert world.heard("K5 44%") == 1


def test_a_draft_survives_a_reload(linked: Phone) -> None:
    linked.types("Kính gửi Trưởng khối")
    page_of(linked).reload()
    expect(linked.find("#text")).to_have_value("Kính gửi Trưởng khối")


def test_a_reload_keeps_the_history(linked: Phone) -> None:
    linked.says("K5 45%")
    linked.hears("45%")
    before = linked.find("#log").text_content()
    page_of(linked).reload()
    expect(linked.told.last).to_contain_text("45%")
    assert linked.find("#log").text_content() == before


def test_two_tabs_of_one_browser_show_the_same_chat(linked: Phone, visit: Visit) -> None:
    second = visit()
    linked.says("K5 46%")
    second.hears("46%")
    expect(second.own.last).to_contain_text("K5 46%")
    second.says("K5 47%")
    expect(linked.own.last).to_contain_text("K5 47%", timeout=SOON)
    linked.hears("47%")


def test_too_many_at_once_are_asked_to_wait_and_arrive_all_the_same(linked: Phone) -> None:
    before = linked.own.count()
    for number in range(24):
        linked.says(f"K4 {number + 1}%")
    expect(linked.find("#pending")).to_contain_text("Thao tác quá nhanh", timeout=20_000)
    expect(linked.own).to_have_count(before + 24, timeout=30_000)


def test_five_thousand_characters_are_counted_and_kept_but_not_sent(linked: Phone) -> None:
    before = linked.own.count()
    linked.types("ế" * 5000)
    expect(linked.find("#counter")).to_have_text("5.000/4.000")
    linked.find("#text").press("Enter")
    expect(linked.find("#notice")).to_contain_text("Tin nhắn dài 5.000 ký tự, tối đa 4.000.")
    assert linked.find("#text").input_value() == "ế" * 5000
    linked.types("ế" * 4000)
    expect(linked.find("#notice")).to_be_hidden()
    linked.find("#text").press("Enter")
    expect(linked.own).to_have_count(before + 1, timeout=SOON)


def test_an_empty_message_cannot_be_sent(linked: Phone) -> None:
    before = linked.own.count()
    linked.says("   \n ")
    linked.find("#send").click()
    linked.says("K5 48%")
    linked.hears("48%")
    assert linked.own.count() == before + 1


def test_a_lost_connection_is_shown_and_what_was_missed_arrives(
    linked: Phone, context: BrowserContext, world: World, visit: Visit
) -> None:
    second = visit()
    page_of(second).route("**/chat/events*", lambda route: route.abort())
    page_of(second).reload()
    expect(second.find("#connection")).to_contain_text("Mất kết nối", timeout=SOON)
    linked.says("K5 49%")
    linked.hears("49%")
    page_of(second).unroute("**/chat/events*")
    second.hears("49%")
    expect(second.find("#connection")).to_be_hidden()
