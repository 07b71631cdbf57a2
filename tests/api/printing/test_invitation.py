"""Slips, guide and letter: what stands on them, that nothing is missing, and that the QR codes can be read."""

import io
import re
from datetime import UTC, datetime

import pikepdf
import pytest
import segno
from PIL import Image

from api.printing import invitation
from api.printing.invitation import Issuer
from api.shapes import InvitationLine
from models.database import Database
from tests.api.loading.covenants import load, shipped
from tests.api.loading.test_invitations import WIRE, invite

UNTIL = datetime(2024, 7, 26, 2, tzinfo=UTC)
BY = Issuer(
    "Khối thi đua Nội chính tỉnh Bắc Kạn",
    "khối",
    2024,
    {"head": "Trưởng khối", "deputy": "Phó Trưởng khối"},
    "Công an tỉnh",
    "Trần Văn Bình, Công an tỉnh, 0209 3870 000",
)


def line(agency: str, role: str, code: str | None, channels: str = "telegram zalo web") -> InvitationLine:
    def on(name: str, url: str) -> str | None:
        return url if code and name in channels else None

    return InvitationLine(
        bloc="noi-chinh-bac-kan",
        agency=agency,
        person=None,
        role=role,
        code=code,
        telegram_url=on("telegram", f"https://t.me/giaouoc_bot?start={code}"),
        zalo_url=on("zalo", "https://zalo.me/3344556677"),
        web_url=on("web", f"https://giaouoc.example/chat?code={code}"),
        expires_at=UNTIL if code else None,
    )


LINES = [
    line("Công an tỉnh", "head", "12345678"),
    line("Sở Tư pháp", "focal", "48201736"),
    line("Thanh tra tỉnh", "focal", None),
    line("Tòa án nhân dân tỉnh", "leader", "00112233", "web"),
    line("Viện kiểm sát nhân dân tỉnh", "deputy_focal", "77777777", "telegram web"),
    line("Công an tỉnh", "desk", "55667788"),
]


def test_four_slips_a_page_then_the_guide_then_the_letter() -> None:
    shown = invitation.data(BY, LINES)
    with pikepdf.open(io.BytesIO(invitation.pdf(shown))) as printed:
        assert len(printed.pages) == 2 + 1 + 1
        for page in printed.pages:
            _, _, width, height = map(float, page.mediabox)
            assert (round(width), round(height)) == (595, 842), "A4"


def test_no_font_is_missing_whatever_is_printed() -> None:
    assert invitation.warnings(invitation.data(BY, LINES)) == []
    nobody = Issuer(BY.bloc, BY.kind, BY.year, BY.titles, None, None)
    assert invitation.warnings(invitation.data(nobody, [])) == []


def test_a_slip_says_who_it_is_for_and_until_when() -> None:
    first, second, *_, last = invitation.data(BY, LINES)["slips"]
    assert (first["role"], first["code"]) == ("Trưởng khối", "1234 5678")
    assert (second["agency"], second["role"]) == ("Sở Tư pháp", "Cán bộ đầu mối")
    assert second["until"] == "dùng một lần, có hiệu lực đến ngày 26/7/2024"
    assert last["role"] == "Bộ phận giúp việc Trưởng khối"
    assert [one["label"] for one in second["links"]] == ["Zalo", "Telegram", "Trang web"]


def test_only_channels_that_are_on_and_only_agencies_with_a_code() -> None:
    slips = invitation.data(BY, LINES)["slips"]
    assert [slip["agency"] for slip in slips].count("Thanh tra tỉnh") == 0
    assert [[one["label"] for one in slip["links"]] for slip in slips[2:4]] == [
        ["Trang web"],
        ["Telegram", "Trang web"],
    ]


def test_the_letter_leaves_number_date_and_signature_to_the_agency() -> None:
    letter = invitation.data(BY, LINES)["letter"]
    assert letter["number"].startswith("Số:  ")
    assert "ngày …… tháng ……" in letter["place"]
    said = " ".join(letter["body"])
    for told in ("không thay thế văn bản chính thức", "bí mật nhà nước", "máy chủ", "0209 3870 000", "Telegram"):
        assert told in said
    without = invitation.data(BY, [line("Sở Tư pháp", "focal", "48201736", "web")])["letter"]
    assert "Telegram" not in " ".join(without["body"])


@pytest.mark.parametrize("url", ["https://t.me/giaouoc_bot?start=48201736", "https://zalo.me/3344556677"])
def test_what_is_drawn_is_the_address_s_own_code(url: str) -> None:
    """Module by module, as it comes out of the printed page."""
    wanted = segno.make(url, error="m", micro=False).matrix
    drawn = _modules(url, len(wanted))
    assert drawn == [[bool(module) for module in row] for row in wanted]


def _modules(url: str, count: int) -> list[list[bool]]:
    """Rendered alone on a page at ten pixels a module, and looked at in the middle of each."""
    import typst

    border = 2
    side = (count + 2 * border) * 10
    source = f"#set page(width: {side}pt, height: {side}pt, margin: 0pt)\n#image(bytes(sys.inputs.q), width: {side}pt)"
    png = typst.compile(source.encode(), format="png", ppi=72, sys_inputs={"q": invitation.qr(url)})
    picture = Image.open(io.BytesIO(png)).convert("L")
    return [
        [picture.getpixel(((x + border) * 10 + 5, (y + border) * 10 + 5)) < 128 for x in range(count)]
        for y in range(count)
    ]


def test_printed_from_a_loaded_bloc(database: Database) -> None:
    load(database, shipped("noi-chinh-bac-kan-2024"), "2024-04-02 09:00")
    lines = invite(database, WIRE)
    by = database.read_now(lambda session: invitation.issuer(session, 1))
    assert (by.bloc, by.year, by.head_agency) == ("Khối thi đua Nội chính tỉnh Bắc Kạn", 2024, "Công an tỉnh")
    shown = invitation.data(by, lines)
    assert len(shown["slips"]) == 28
    printed = invitation.pdf(shown)
    assert printed.startswith(b"%PDF")
    assert re.fullmatch(r"\d{4} \d{4}", shown["slips"][0]["code"])
