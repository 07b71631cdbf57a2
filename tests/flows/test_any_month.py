"""Any month: whatever happens, what the phones show keeps every promise.

`GIAOUOC_MONTHS=500` plays so many new ones; the default is short and the same each time. What broke a promise once is
kept below as a plain test: the steps that Hypothesis prints are its lines.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.dialogue.values import Item
from tests.flows.months import CODES, FOCALS, PEOPLE, SECOND, ZALO, Month, furnish

ANSWERS = (
    "{code} đã gửi công văn 145/BC ngày {today}", "{code} xong", "{code} không phát sinh", "{code} 70%",
    "{code} 12/15", "{code} nhận", "{code} 3 chưa đủ số liệu", "hủy", "viec", "{code} đã gửi rồi sao còn nhắc",
)  # fmt: skip
EVENTS = {"answer", "promise", "extension", "review", "move", "outage", "restart", "block", "jump"}
"""The kinds of events that every run must have seen take effect."""

THEN = st.sampled_from([0, 1, 0, 1, 2])
"""Days that pass after an event."""
WHICH = st.integers(0, 5)
CODE = st.sampled_from(CODES)
OWED = st.sampled_from([(who, code) for who in FOCALS for code in CODES if code != "K4" or who == "dung"])
"""A focal point, and one of the agency's tasks."""
NEAR = st.integers(0, 9)
"""Days from today that somebody names."""


class AnyMonth(RuleBasedStateMachine):
    """Its rules are what may happen, its invariants what must hold."""

    def __init__(self, furnished: Path, folder: Path, seen: Counter[str] | None = None) -> None:
        super().__init__()
        self.month = Month(furnished, folder)
        self.seen = Counter() if seen is None else seen
        self._loop = asyncio.Runner()
        self._is_whole = False
        self._live(self.month.begin())

    def _live(self, part: Coroutine[Any, Any, None] | None = None, then: int = 0) -> None:
        self._is_whole = False
        if part:
            self._loop.run(part)
        self._loop.run(self.month.passes(then))
        self._is_whole = True

    def _says(self, name: str, text: str, then: int, *, kind: str, taken: str) -> None:
        written = text.format(today=self.month.day(0))
        self._live(self.month.says(name, written, kind=kind, taken=taken), then=then)

    # --- the agencies' word ---------------------------------------------------------------------------------------

    @rule(owed=OWED, words=st.sampled_from(ANSWERS), then=THEN)
    def answers(self, owed: tuple[str, str], words: str, then: int) -> None:
        who, code = owed
        self._says(who, words.replace("{code}", code), then, kind="answer", taken="BN-")

    @rule(owed=OWED, days=NEAR, then=THEN)
    def promises(self, owed: tuple[str, str], days: int, then: int) -> None:
        who, code = owed
        self._says(who, f"{code} hẹn {self.month.day(days)}", then, kind="promise", taken="dự kiến gửi ngày")

    @rule(owed=OWED, days=NEAR, then=THEN)
    def asks_for_an_extension(self, owed: tuple[str, str], days: int, then: int) -> None:
        who, code = owed
        text = f"{code} gia hạn {self.month.day(days + 5)} chờ số liệu"
        self._says(who, text, then, kind="extension", taken="đề nghị gia hạn")

    # --- the head's word ------------------------------------------------------------------------------------------

    def _one_of(self, items: list[Item], which: int) -> Item:
        return items[which % len(items)]

    @precondition(lambda self: self.month.asking())
    @rule(yes=st.booleans(), which=WHICH, then=THEN)
    def decides_on_an_extension(self, yes: bool, which: int, then: int) -> None:
        item = self._one_of(self.month.asking(), which)
        text = (
            f"{'đồng ý' if yes else 'không đồng ý'} gia hạn {item.code}-{item.short} {'' if yes else 'đã thống nhất'}"
        )
        self._says("desk", text, then, kind="decision", taken="gia hạn")

    @precondition(lambda self: self.month.waiting())
    @rule(confirms=st.booleans(), which=WHICH, then=THEN)
    def reviews(self, confirms: bool, which: int, then: int) -> None:
        item = self._one_of(self.month.waiting(), which)
        name = f"{item.code}-{item.short}"
        text = f"xác nhận {name}" if confirms else f"bổ sung {name} thiếu số liệu"
        self._says("deputy" if item.short == "CA" else "head", text, then, kind="review", taken="Đã ")

    @rule(code=CODE, short=st.sampled_from(["STP", "TTT", "CA", "BCHQS"]), then=THEN)
    def waives(self, code: str, short: str, then: int) -> None:
        self._says("head", f"{code}-{short} miễn không có nhiệm vụ này", then, kind="waiver", taken="Đã miễn")

    @rule(code=CODE, days=NEAR, then=THEN)
    def moves_a_due_date(self, code: str, days: int, then: int) -> None:
        order = f"/doihan {code} {self.month.day(days)} theo công văn 12/CV-CA"
        self._says("desk", order, 0, kind="preview", taken="xác nhận")
        self._says("desk", "1", then, kind="move", taken="từ ngày")

    @rule(days=st.integers(1, 5), then=THEN)
    def pauses(self, days: int, then: int) -> None:
        self.month.disturbed("pause")
        self._says("desk", f"tạm dừng đến {self.month.day(days)}", then, kind="paused", taken="đến hết ngày")
        self.month.disturbed("pause")

    @rule(then=THEN)
    def goes_on(self, then: int) -> None:
        self._says("desk", "tiếp tục", then, kind="released", taken="Đã ")

    # --- what befalls them ----------------------------------------------------------------------------------------

    @rule(platform=st.sampled_from(["fake:1", ZALO]), down=st.booleans(), then=THEN)
    def goes_down_or_comes_back(self, platform: str, down: bool, then: int) -> None:
        self.month.goes_down(platform, down=down)
        self._live(then=then)

    @rule(then=THEN)
    def restarts(self, then: int) -> None:
        self._live(self.month.restarts(), then=then)

    @rule(chat=st.sampled_from([*PEOPLE, *SECOND]), then=THEN)
    def is_blocked(self, chat: str, then: int) -> None:
        self.month.blocks(chat)
        self._live(then=then)

    @rule(hours=st.sampled_from([1, 2, 5, 17, 23, 50, 100]))
    def the_clock_jumps(self, hours: int) -> None:
        self._live(self.month.jumps(hours))

    @rule(days=st.integers(1, 5))
    def days_pass(self, days: int) -> None:
        self._live(then=days)

    # --- what must hold -------------------------------------------------------------------------------------------

    @invariant()
    def keeps_its_promises(self) -> None:
        self._live(self.month.keeps_its_promises())

    def teardown(self) -> None:
        try:
            if self._is_whole:
                self._live(self.month.ends_calmly())
        finally:
            self.seen += self.month.happened
            self._loop.run(self.month.close())
            self._loop.close()


@pytest.fixture(scope="module")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(sqlite_template, tmp_path_factory.mktemp("furnished"))


MONTHS = os.environ.get("GIAOUOC_MONTHS")
SETTINGS = settings(
    max_examples=int(MONTHS or 10),
    stateful_step_count=30,
    derandomize=MONTHS is None,
    print_blob=True,
    deadline=None,
    phases=[Phase.generate, Phase.shrink] if MONTHS else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_any_month_keeps_every_promise(furnished: Path, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    run_state_machine_as_test(lambda: AnyMonth(furnished, tmp_path, seen), settings=SETTINGS)
    assert seen.keys() >= EVENTS, f"never happened: {EVENTS - seen.keys()}"


# --- what broke a promise once ------------------------------------------------------------------------------------

Live = Callable[[], AnyMonth]


@pytest.fixture
def live(furnished: Path, tmp_path: Path) -> Live:
    return lambda: AnyMonth(furnished, tmp_path)


def test_a_quiet_month(live: Live) -> None:
    state = live()
    for _ in range(5):
        state.days_pass(days=7)
        state.keeps_its_promises()
    state.teardown()
