"""The demo as a newcomer meets it: the real command, three phones, a whole round within a minute."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.demo import running_demo
from tests.web.phone import in_frame

pytestmark = pytest.mark.xdist_group("browser")
Profile = Callable[..., BrowserContext]
REMINDER = 25_000
"""Milliseconds until the first reminder must have been seen."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_demo(tmp_path_factory.mktemp("demo")) as url:
        yield url


def front(context: BrowserContext, demo: str) -> Page:
    page = context.new_page()
    page.goto(demo)
    return page


def test_a_newcomer_plays_a_whole_round(profile: Profile, demo: str) -> None:
    page = front(profile(width=1280, height=800), demo)
    focal, head = in_frame(page, "focal"), in_frame(page, "head")
    expect(focal.find("#places")).to_contain_text("Sở Tư pháp – Cán bộ đầu mối")
    expect(focal.told.filter(has_text="K5").first).to_be_visible(timeout=REMINDER)

    page.get_by_role("button", name="K5 70%").click()
    expect(focal.find("#text")).to_have_value("K5 70%")
    focal.find("#text").press("Enter")
    focal.hears("K5", "70%", "BN-")

    page.get_by_role("button", name="một ảnh cho K5").click()
    expect(focal.find("#tray")).to_contain_text("vi-du.jpg")
    focal.find("#send").click()
    expect(focal.own.last).to_contain_text("vi-du.jpg", timeout=15_000)
    focal.hears("BN-")

    page.get_by_role("button", name="/status").click()
    head.find("#text").press("Enter")
    head.answered()
    expect(head.told.last).to_contain_text("oàn thành")


def test_the_clock_is_shown_and_can_be_held(profile: Profile, demo: str) -> None:
    page = front(profile(width=1280, height=800), demo)
    expect(page.locator("#date")).to_contain_text("/6/2024")
    page.get_by_role("button", name="Dừng").click()
    page.get_by_role("button", name="Tiếp").click()
    expect(page.get_by_role("button", name="Dừng")).to_be_enabled()


def test_on_a_narrow_screen_the_phones_are_tabs(profile: Profile, demo: str) -> None:
    page = front(profile(width=320, height=640), demo)
    frames = page.locator("iframe")
    expect(frames.nth(0)).to_be_visible()
    expect(frames.nth(2)).to_be_hidden()
    page.get_by_role("tab", name="Trưởng khối", exact=True).click()
    expect(frames.nth(0)).to_be_hidden()
    expect(frames.nth(2)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Cán bộ đầu mối")).to_be_focused()
    expect(frames.nth(0)).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_move_brings_its_phone_to_the_front(profile: Profile, demo: str) -> None:
    page = front(profile(width=400, height=740), demo)
    in_frame(page, "focal")
    page.get_by_role("button", name="/status").click()
    expect(page.get_by_role("tab", name="Trưởng khối", exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.frame_locator("iframe[data-phone=head]").locator("#text")).to_have_value("/status")
