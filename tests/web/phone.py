"""A person before a browser, as a test speaks of one."""

import re
from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

SOON = 10_000
"""Milliseconds."""


@dataclass
class Phone:
    """One open chat: a page, or a frame of the demo's landing page."""

    place: Page | FrameLocator

    def find(self, selector: str) -> Locator:
        return self.place.locator(selector)

    # --- what the person does ---

    def types(self, text: str) -> None:
        self.find("#text").fill(text)

    def says(self, text: str) -> None:
        self.types(text)
        self.find("#text").press("Enter")

    def presses(self, label: str) -> None:
        self.place.get_by_role("button", name=re.compile(re.escape(label))).last.click()

    def attaches(self, *paths: str, caption: str = "") -> None:
        self.find("#files").set_input_files(list(paths))
        self.types(caption)
        self.find("#send").click()

    def links(self, code: str) -> None:
        """From the first page to a linked chat."""
        self.find("#code").fill(code)
        self.presses("Tiếp tục")
        self.offered("Đúng")
        self.presses("Đúng")
        expect(self.find("#places")).not_to_have_text("Chưa kết nối", timeout=SOON)
        self.answered()

    # --- what the person sees ---

    @property
    def told(self) -> Locator:
        return self.find("#log .line.bot")

    @property
    def own(self) -> Locator:
        return self.find("#log .line.mine")

    def hears(self, *words: str) -> None:
        """The newest words of the bot hold all of these."""
        for word in words:
            expect(self.told.last).to_contain_text(word, timeout=SOON)

    def answered(self) -> None:
        """Everything was sent, and the last word is the bot's."""
        self.all_sent()
        expect(self.find("#log > .line.bot:last-child")).to_be_visible(timeout=SOON)

    def offered(self, label: str) -> None:
        expect(self.find("#log .choices button").filter(has_text=label).first).to_be_enabled(timeout=SOON)

    def all_sent(self) -> None:
        expect(self.find("#pending .line")).to_have_count(0, timeout=SOON)

    def overflows(self) -> bool:
        wide: bool = self.find("body").evaluate(
            "body => document.documentElement.scrollWidth > innerWidth || body.scrollWidth > innerWidth"
        )
        return wide


def page_of(phone: Phone) -> Page:
    """The page of a chat that is no frame."""
    assert isinstance(phone.place, Page)
    return phone.place


def in_frame(landing: Page, name: str) -> Phone:
    """One of the three phones of the demo's landing page."""
    frame = landing.frame_locator(f"iframe[data-phone={name}]")
    expect(frame.locator("body[data-ready]")).to_be_attached(timeout=SOON)
    return Phone(frame)
