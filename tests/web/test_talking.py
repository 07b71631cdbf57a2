"""Answers from the browser: by button, by number, by keyboard, with files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, expect

from tests.web.phone import SOON, Phone, page_of
from tests.web.world import UPLOAD_LIMIT, World

pytestmark = pytest.mark.xdist_group("browser")
Visit = Callable[..., Phone]


def throttle(phone: Phone, context: BrowserContext, upload: int) -> None:
    """Bytes a second."""
    session = context.new_cdp_session(page_of(phone))
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload},
    )


WATCH_THE_BAR = """() => {
  window.shares = [];
  setInterval(() => {
    const bar = document.querySelector("progress");
    if (bar) window.shares.push(bar.value);
  }, 50);
}"""


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """A real JPEG of about a megabyte."""
    path = tmp_path / "ảnh hội nghị.jpg"
    Image.effect_noise((1200, 900), 90).convert("RGB").save(path, quality=90)
    return str(path)


def test_a_figure_is_recorded_with_a_receipt(linked: Phone) -> None:
    linked.says("K5 70%")
    linked.hears("K5", "70%", "BN-")
    expect(linked.own.last).to_contain_text("K5 70%")
    expect(linked.find("#text")).to_be_focused()


def test_a_button_and_its_number_say_the_same(visit: Visit, world: World) -> None:
    phone = visit()
    phone.links(world.code("VKS", "deputy_focal"))
    phone.says("/viec")
    phone.says("K4")
    phone.offered("Đang thực hiện")
    phone.presses("Đang thực hiện")
    expect(phone.own.last).to_contain_text("Đang thực hiện")
    by_button = phone.told.last.text_content(timeout=SOON)
    phone.says("K4")
    phone.offered("Đang thực hiện")
    phone.says("2")
    expect(phone.own.last).to_contain_text("2")
    assert by_button
    phone.hears("K4")


def test_only_the_newest_message_can_be_answered_by_a_button(linked: Phone) -> None:
    linked.says("K4")
    linked.offered("Đang thực hiện")
    linked.says("K1")
    expect(linked.own.last).to_contain_text("K1")
    linked.offered("Đang thực hiện")
    expect(linked.find("#log .choices")).to_have_count(1)


def test_two_presses_of_one_button_are_one_answer(linked: Phone, world: World) -> None:
    linked.says("K1")
    linked.offered("Đang thực hiện")
    before = linked.own.count()
    linked.find("#log .choices button").nth(1).evaluate("button => { button.click(); button.click(); }")
    expect(linked.own).to_have_count(before + 1, timeout=SOON)
    linked.all_sent()
    assert linked.own.count() == before + 1


def test_everything_is_done_without_a_mouse(visit: Visit, world: World) -> None:
    phone = visit()
    page = page_of(phone)
    code = world.code("SNV", "deputy_focal")
    page.keyboard.press("Tab")
    while not phone.find("#code").evaluate("field => field === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    phone.offered("Đúng")
    expect(phone.find("#text")).to_be_focused()
    first = phone.find("#log .choices button").first
    while not first.evaluate("button => button === document.activeElement"):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(phone.find("#places")).to_contain_text("Sở Nội vụ", timeout=SOON)
    expect(phone.find("#text")).to_be_focused()
    page.keyboard.type("K5")
    page.keyboard.press("Shift+Enter")
    expect(phone.find("#text")).to_have_value("K5\n")


def test_a_photo_is_sent_with_its_progress_and_has_a_receipt(
    linked: Phone, context: BrowserContext, photo: str
) -> None:
    throttle(linked, context, upload=300_000)
    page = page_of(linked)
    page.evaluate(WATCH_THE_BAR)
    linked.attaches(photo, caption="K5")
    expect(page.get_by_role("progressbar", name="Tiến độ gửi tệp ảnh hội nghị.jpg")).to_be_visible()
    expect(linked.own.last).to_contain_text("ảnh hội nghị.jpg", timeout=30_000)
    linked.hears("BN-")
    shares = page.evaluate("() => window.shares")
    assert shares == sorted(shares)
    assert any(0 < share < 1 for share in shares)


def test_an_upload_can_be_cancelled(linked: Phone, context: BrowserContext, photo: str) -> None:
    throttle(linked, context, upload=50_000)
    before = linked.own.count()
    linked.attaches(photo, caption="K5")
    linked.presses("Hủy")
    linked.all_sent()
    assert linked.own.count() == before


def test_several_files_go_one_after_another(linked: Phone, picture: str, photo: str) -> None:
    before = linked.own.count()
    linked.attaches(picture, photo, caption="K5")
    expect(linked.own).to_have_count(before + 2, timeout=30_000)
    expect(linked.own.nth(before)).to_contain_text("vi-du.jpg")
    expect(linked.own.nth(before + 1)).to_contain_text("ảnh hội nghị.jpg")
    linked.hears("BN-")


def test_a_file_can_be_taken_out_of_the_tray(linked: Phone, picture: str) -> None:
    linked.find("#files").set_input_files(picture)
    linked.presses("Bỏ tệp vi-du.jpg")
    expect(linked.find("#tray")).to_be_hidden()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(linked: Phone, tmp_path: Path) -> None:
    large = tmp_path / "lớn.pdf"
    large.write_bytes(b"%PDF-1.7\n" + b"0" * UPLOAD_LIMIT)
    linked.find("#files").set_input_files(str(large))
    expect(linked.find("#notice")).to_contain_text("lớn.pdf lớn hơn 2 MB")
    expect(linked.find("#tray")).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "content"), [("trống.pdf", b""), ("hỏng.pdf", b"not a PDF"), ("lệnh.exe", b"MZ\x90\0")]
)
def test_a_file_that_cannot_be_taken_is_answered(linked: Phone, tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    told = linked.told.count()
    linked.attaches(str(path), caption="K5")
    expect(linked.own.last).to_contain_text(name, timeout=SOON)
    expect(linked.told).to_have_count(told + 1, timeout=SOON)
    expect(linked.told.last).not_to_contain_text("BN-")


def test_a_secret_marking_leaves_no_trace_in_the_chat(linked: Phone) -> None:
    linked.says("Độ mật: TỐI MẬT\nK5 số liệu riêng 4711")
    expect(linked.own.last).to_contain_text("đã được xóa", timeout=SOON)
    expect(linked.find("body")).not_to_contain_text("4711")
