"""The upload page on a phone: several files, a reload in the middle, a slow and a lost network, bad files, *Xong*."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.api.evidence import files
from tests.web.phone import SOON, Phone, page_of
from tests.web.test_looks import CONTRAST
from tests.web.world import UPLOAD_LIMIT, World

pytestmark = pytest.mark.xdist_group("browser")
Profile = Callable[..., BrowserContext]
PADDED = files.pdf("Báo cáo sơ kết") + b"\n% " + b"0" * 900_000
"""Large enough to be seen on its way over a slow network."""


def link(phone: Phone, code: str = "K5") -> str:
    """What the chat answers to whoever wants to send a file."""
    before = phone.told.count()
    phone.says(f"gửi tệp {code}")
    expect(phone.told).to_have_count(before + 1, timeout=SOON)
    text = phone.told.last.text_content() or ""
    return "/u/" + text.split("/u/")[1].split("Liên")[0].split()[0]


@pytest.fixture
def page(linked: Phone, context: BrowserContext, world: World) -> Page:
    """The upload page of a link that the chat has just given."""
    opened = context.new_page()
    opened.goto(world.url + link(linked))
    opened.wait_for_selector("body[data-ready]")
    return opened


def save(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def choose(page: Page, *paths: str) -> None:
    page.locator("#files").set_input_files(list(paths))


def row(page: Page, name: str) -> Locator:
    return page.locator("#list li").filter(has_text=name)


def received(page: Page, *names: str) -> None:
    for name in names:
        expect(row(page, name)).to_contain_text("Đã nhận", timeout=20_000)


def slow(page: Page, context: BrowserContext, upload: int) -> Callable[[bool], None]:
    """Bytes a second. What it returns cuts the network off, and brings it back."""
    session = context.new_cdp_session(page)

    def network(offline: bool) -> None:
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": offline, "latency": 20, "downloadThroughput": 1_000_000, "uploadThroughput": upload},
        )

    network(False)
    return network


def finish(page: Page) -> None:
    page.get_by_role("button", name="Xong").click()
    expect(page.locator("#receipt")).to_be_visible(timeout=20_000)


def test_several_files_and_the_receipt_on_the_page_and_in_the_chat(
    page: Page, linked: Phone, picture: str, tmp_path: Path
) -> None:
    report = save(tmp_path, "báo cáo.pdf", files.pdf("Báo cáo sơ kết"))
    letter = save(tmp_path, "công văn.docx", files.docx("Công văn"))
    expect(page.get_by_role("button", name="Xong")).to_be_disabled()
    choose(page, report, letter, picture)
    received(page, "báo cáo.pdf", "công văn.docx", "vi-du.jpg")
    expect(page.locator("#sum")).to_have_text("Đã nhận 03 tệp. Bấm Xong để nhận mã tiếp nhận.")
    finish(page)
    expect(page.locator("#said")).to_have_text("Đã tiếp nhận 03 tệp minh chứng, 09:42 ngày 11/6/2024.")
    expect(page.locator("#receipts li")).to_have_count(3)
    expect(page.locator("#receipts li").first).to_contain_text("BN-")
    linked.hears("03 tệp minh chứng", "BN-")
    expect(linked.own.last).to_contain_text("báo cáo.pdf")


def test_the_link_in_the_chat_can_be_followed(linked: Phone, context: BrowserContext) -> None:
    link(linked)
    with context.expect_page() as opened:
        linked.told.last.get_by_role("link").click()
    expect(opened.value.get_by_role("heading", name="Gửi minh chứng")).to_be_visible(timeout=SOON)


def test_after_xong_the_link_shows_its_receipt_and_takes_nothing(page: Page, tmp_path: Path) -> None:
    choose(page, save(tmp_path, "một.pdf", files.pdf("Một")))
    received(page, "một.pdf")
    finish(page)
    page.reload()
    expect(page.locator("#receipts")).to_contain_text("BN-")
    expect(page.locator("#sending")).to_be_hidden()
    expect(page.locator("#bar")).to_be_hidden()


def test_a_reload_in_the_middle_goes_on_where_it_stopped(page: Page, context: BrowserContext, tmp_path: Path) -> None:
    large = save(tmp_path, "lớn.pdf", PADDED)
    slow(page, context, 200_000)
    choose(page, save(tmp_path, "nhỏ.pdf", files.pdf("Nhỏ")), large)
    received(page, "nhỏ.pdf")
    expect(row(page, "lớn.pdf").locator(".state")).to_contain_text("Đang gửi", timeout=SOON)
    page.wait_for_function("() => document.querySelector('#list li:last-child progress').value > 0.3")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_selector("body[data-ready]")
    received(page, "nhỏ.pdf")
    page.wait_for_timeout(300)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(row(page, "lớn.pdf")).to_contain_text("Đề nghị chọn lại đúng tệp này để gửi tiếp")
    assert float(row(page, "lớn.pdf").locator("progress").get_attribute("value") or 0) > 0.2
    sent: list[int] = []
    page.on("request", lambda request: sent.append(int(request.headers.get("upload-offset", "-1"))))
    choose(page, large)
    received(page, "lớn.pdf")
    assert max(sent) > 100_000
    assert 0 not in sent
    expect(page.locator("#list li")).to_have_count(2)
    finish(page)
    expect(page.locator("#receipts li")).to_have_count(2)


def test_a_lost_network_is_said_and_the_file_goes_on_by_itself(
    page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    offline = slow(page, context, 300_000)
    choose(page, save(tmp_path, "lớn.pdf", PADDED))
    page.wait_for_function("() => document.querySelector('#list progress')?.value > 0.2")
    offline(True)
    expect(row(page, "lớn.pdf")).to_contain_text("Mất kết nối, sẽ tự gửi tiếp khi có mạng.", timeout=SOON)
    expect(page.get_by_role("button", name="Gửi tiếp ngay")).to_be_visible()
    offline(False)
    received(page, "lớn.pdf")


def test_an_answer_that_was_lost_announces_no_file_twice(page: Page, tmp_path: Path) -> None:
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route("**/files", lose_the_first)
    choose(page, save(tmp_path, "một.pdf", files.pdf("Một")))
    received(page, "một.pdf")
    assert lost == [201]
    page.reload()
    expect(page.locator("#list li")).to_have_count(1)


def test_bad_files_say_why_and_keep_nobody_waiting(page: Page, tmp_path: Path) -> None:
    macros = files.docx("Báo cáo", also={"word/vbaProject.bin": files.compound({}, ("VBA",))})
    choose(
        page,
        save(tmp_path, "trống.pdf", b""),
        save(tmp_path, "macro.docx", macros),
        save(tmp_path, "TOI_MAT_so-lieu.pdf", files.pdf("Số liệu")),
        save(tmp_path, "lớn.pdf", b"%PDF-1.7\n" + b"0" * UPLOAD_LIMIT),
        save(tmp_path, "tốt.pdf", files.pdf("Tốt")),
    )
    received(page, "tốt.pdf")
    expect(row(page, "trống.pdf")).to_contain_text("tệp rỗng", timeout=SOON)
    expect(row(page, "macro.docx")).to_contain_text("có macro", timeout=SOON)
    expect(row(page, "TOI_MAT")).to_contain_text("dấu chỉ độ mật", timeout=SOON)
    expect(page.locator("#notice")).to_contain_text("lớn.pdf lớn hơn 2 MB")
    finish(page)
    expect(page.locator("#receipts li")).to_have_count(1)


def test_a_file_with_a_secret_marking_keeps_not_even_its_name(page: Page, tmp_path: Path) -> None:
    choose(page, save(tmp_path, "số liệu.pdf", files.pdf("TỐI MẬT", "Số liệu")))
    expect(page.locator("#list")).to_contain_text("đã xóa, không lưu", timeout=20_000)
    page.reload()
    expect(page.locator("#list")).to_contain_text("Tệp đã xóa")
    expect(page.locator("#list")).not_to_contain_text("số liệu.pdf")


def test_a_file_can_be_taken_out_before_xong(page: Page, tmp_path: Path) -> None:
    choose(page, save(tmp_path, "một.pdf", files.pdf("Một")), save(tmp_path, "hai.pdf", files.pdf("Hai")))
    received(page, "một.pdf", "hai.pdf")
    page.get_by_role("button", name="Bỏ tệp một.pdf").click()
    expect(page.locator("#list li")).to_have_count(1, timeout=SOON)
    finish(page)
    expect(page.locator("#receipts li")).to_have_count(1)
    expect(page.locator("#receipts")).to_contain_text("hai.pdf")


def test_what_is_not_whole_is_left_out_only_when_xong_is_pressed_twice(
    page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    choose(page, save(tmp_path, "một.pdf", files.pdf("Một")))
    received(page, "một.pdf")
    slow(page, context, 100_000)
    choose(page, save(tmp_path, "lớn.pdf", PADDED))
    page.wait_for_function("() => document.querySelector('#list progress')?.value > 0.05")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_selector("body[data-ready]")
    page.get_by_role("button", name="Xong").click()
    expect(page.locator("#sum")).to_contain_text("Còn 01 tệp chưa gửi xong sẽ bị bỏ.")
    finish(page)
    expect(page.locator("#receipts li")).to_have_count(1)


def test_the_keyboard_alone_is_enough(page: Page, tmp_path: Path) -> None:
    page.keyboard.press("Tab")
    expect(page.locator("#files")).to_be_focused()
    choose(page, save(tmp_path, "một.pdf", files.pdf("Một")))
    received(page, "một.pdf")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Bỏ tệp một.pdf")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Xong")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#receipt")).to_be_focused(timeout=20_000)


def test_a_screen_reader_finds_its_way(page: Page, tmp_path: Path) -> None:
    choose(page, save(tmp_path, "một.pdf", files.pdf("Một")))
    received(page, "một.pdf")
    expect(page.get_by_role("heading", name="Gửi minh chứng")).to_be_visible()
    expect(page.get_by_role("heading", name="K5 Báo cáo sơ kết 6 tháng")).to_be_visible()
    expect(page.get_by_role("note")).to_contain_text("bí mật nhà nước")
    expect(page.get_by_label("Chọn tệp")).to_be_attached()
    expect(page.get_by_role("list", name="Tệp đã chọn")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Đã nhận 01 tệp")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_by_day_and_by_night(
    profile: Profile, linked: Phone, world: World, scheme: str, tmp_path: Path
) -> None:
    page = profile(scheme=scheme).new_page()
    page.goto(world.url + link(linked))
    choose(page, save(tmp_path, "một.pdf", files.pdf("Một")), save(tmp_path, "trống.pdf", b""))
    received(page, "một.pdf")
    expect(row(page, "trống.pdf")).to_contain_text("tệp rỗng", timeout=SOON)
    read = [
        ".top h1",
        ".top p",
        ".task h2",
        ".task p",
        ".warning",
        ".choose",
        "#accepted",
        "#sum",
        "#done",
        "#list .good .name",
        "#list .good .state",
        "#list .good .size",
        "#list .refused .state",
        "#list button",
    ]
    ratios = {selector: page.locator(selector).first.evaluate(CONTRAST) for selector in read}
    assert min(ratios.values()) >= 4.5, ratios


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_scrolls_sideways(profile: Profile, linked: Phone, world: World, width: int, tmp_path: Path) -> None:
    page = profile(width=width, height=640).new_page()
    page.goto(world.url + link(linked))
    choose(page, save(tmp_path, "rấtdài" * 20 + ".pdf", files.pdf("Một")), save(tmp_path, "trống.pdf", b""))
    received(page, "rấtdài")
    assert not Phone(page).overflows()
    expect(page.get_by_role("button", name="Xong")).to_be_in_viewport()


def test_an_unknown_link_is_told_politely(context: BrowserContext, world: World) -> None:
    page = context.new_page()
    page.goto(world.url + "/u/khong-co")
    expect(page.get_by_role("heading", name="Liên kết không đúng hoặc đã quá cũ.")).to_be_visible()
    assert not Phone(page).overflows()


def test_the_chat_shows_what_came_by_the_link(linked: Phone, page: Page, tmp_path: Path) -> None:
    choose(page, save(tmp_path, "một.pdf", files.pdf("Một")))
    received(page, "một.pdf")
    finish(page)
    linked.hears("đã gửi đủ hay đang thực hiện?")
    linked.presses("Đã gửi")
    linked.hears("K5: đã gửi")
    assert page_of(linked).url.endswith("/chat")
