"""The five covenants that ship say what their documents say: every fact retyped here, by hand, from the documents'
own records; nothing more than that is claimed of dates."""

from datetime import date
from typing import Any

import pytest

from api.services.loading import blocfile
from models.database import Database
from models.tables import Agency, Bloc, Content, Covenant, Milestone, Obligation, Season, Seat
from tests.api.loading.covenants import load, rows, shipped

BAC_KAN = "noi-chinh-bac-kan-2024"
HUNG_YEN = "noi-chinh-hung-yen-2024"
CUM_6 = "cum-6-kiem-sat-2020"
NOI_CHINH = "noi-chinh-2019"
DIEN_BIEN = "tu-phap-dien-bien-2023"

IDENTITY = {
    BAC_KAN: ("noi-chinh-bac-kan", "Khối thi đua Nội chính tỉnh Bắc Kạn", "khối", "cấp tỉnh", 2024),
    HUNG_YEN: ("noi-chinh-hung-yen", "Khối thi đua Nội chính tỉnh Hưng Yên", "khối", "cấp tỉnh", 2024),
    CUM_6: ("cum-6-kiem-sat", "Cụm thi đua số 6", "cụm", "ngành Kiểm sát nhân dân, nhiều tỉnh", 2020),
    NOI_CHINH: ("noi-chinh", "Khối thi đua các cơ quan Nội chính tỉnh", "khối", "cấp tỉnh", 2019),
    DIEN_BIEN: ("tu-phap-dien-bien", "Ngành Tư pháp tỉnh Điện Biên", "ngành", "sở", 2023),
}

TITLES = {
    BAC_KAN: {"head": "Trưởng khối", "deputy": "Phó Trưởng khối"},
    HUNG_YEN: {"head": "Trưởng Khối thi đua", "deputy": "Phó Trưởng Khối thi đua"},
    CUM_6: {"head": "Cụm trưởng", "deputy": "Cụm phó"},
    NOI_CHINH: {"head": "Trưởng khối", "deputy": "Phó Trưởng khối"},
    DIEN_BIEN: {"head": "Giám đốc Sở", "deputy": "Phó Giám đốc Sở"},
}

SIGNED = {
    BAC_KAN: date(2024, 3, 29),
    HUNG_YEN: date(2024, 2, 21),
    CUM_6: date(2020, 2, 13),
    NOI_CHINH: None,
    DIEN_BIEN: None,
}

THEME = {
    BAC_KAN: "Đoàn kết, sáng tạo, thi đua xây dựng tỉnh Bắc Kạn phát triển nhanh, bền vững",
    HUNG_YEN: "Khối thi đua Nội chính đoàn kết, sáng tạo thi đua hoàn thành vượt mức các chỉ tiêu, nhiệm vụ, góp phần"
    " thực hiện thắng lợi nhiệm vụ phát triển kinh tế - xã hội năm 2024",
    CUM_6: "Đoàn kết, đổi mới - Trách nhiệm, kỷ cương - Thực chất, hiệu quả",
    NOI_CHINH: None,
    DIEN_BIEN: "Kỷ cương, trách nhiệm, đoàn kết, sáng tạo, nỗ lực phấn đấu thi đua hoàn thành xuất sắc nhiệm vụ chính"
    " trị được giao năm 2023",
}

AGENCIES = {
    BAC_KAN: [
        ("Sở Nội vụ", "SNV", None),
        ("Sở Tư pháp", "STP", None),
        ("Thanh tra tỉnh", "TTT", None),
        ("Bộ Chỉ huy Quân sự tỉnh", "BCHQS", None),
        ("Công an tỉnh", "CA", "head"),
        ("Tòa án nhân dân tỉnh", "TAND", None),
        ("Viện Kiểm sát nhân dân tỉnh", "VKS", None),
        ("Cục Thi hành án dân sự", "THADS", None),
        ("Cục Quản lý thị trường", "QLTT", "deputy"),
    ],
    HUNG_YEN: [
        ("Thanh tra tỉnh", "TTT", "head"),
        ("Cục thi hành án dân sự tỉnh", "THADS", "deputy"),
        ("Công an tỉnh", "CA", None),
        ("Bộ CHQS tỉnh", "BCHQS", None),
        ("Sở Tư pháp", "STP", None),
        ("Tòa án nhân dân tỉnh", "TAND", None),
        ("Viện kiểm sát nhân dân tỉnh", "VKS", None),
    ],
    CUM_6: [
        ("VKSND tỉnh Thanh Hóa", "TH", "head"),
        ("VKSND tỉnh Nghệ An", "NA", "deputy"),
        ("VKSND tỉnh Hà Tĩnh", "HT", None),
        ("VKSND tỉnh Quảng Bình", "QB", None),
        ("VKSND tỉnh Quảng Trị", "QT", None),
        ("VKSND tỉnh Thừa Thiên Huế", "TTH", None),
    ],
    NOI_CHINH: [
        ("Cục Thi hành án dân sự tỉnh", "THADS", "head"),
        ("Tòa án nhân dân tỉnh", "TAND", None),
        ("Viện Kiểm sát nhân dân tỉnh", "VKS", None),
        ("Thanh tra tỉnh", "TTT", None),
        ("Công an tỉnh", "CA", None),
        ("Bộ CHQS tỉnh", "BCHQS", None),
        ("Sở Tư pháp", "STP", None),
        ("Sở Nội vụ", "SNV", None),
    ],
    DIEN_BIEN: [],
}

LISTS: dict[str, dict[str, list[str]]] = {
    BAC_KAN: {
        "legal_basis": ["Quyết định số 243/QĐ-UBND ngày 16/02/2024 của Ủy ban nhân dân tỉnh"],
        "documents": ["Dự thảo Quy chế hoạt động", "Dự thảo Kế hoạch phát động", "Dự thảo Giao ước"],
        "movements": ["thi đua thường xuyên năm 2024", "phong trào thi đua chuyên đề"],
    },
    HUNG_YEN: {"movements": ["do Thủ tướng Chính phủ và tỉnh phát động", "theo chuyên đề"]},
    CUM_6: {
        "legal_basis": [
            "Chỉ thị số 34-CT/TW ngày 07/04/2014",
            "Chỉ thị số 05-CT/TW",
            "Nghị quyết Trung ương 4 (khóa XII)",
        ],
    },
    NOI_CHINH: {},
    DIEN_BIEN: {},
}

FACTS: dict[str, dict[str, Any]] = {
    BAC_KAN: {
        "head_chosen_by": "UBND tỉnh phân công",
        "content_groups": 13,
        "content_names": None,
        "scoring": {"criteria": True, "bonus": True, "minus": True, "total": None},
        "regulation": {"chapters": 4, "articles": 16},
        "duties": [
            "kiểm tra, sơ kết, tổng kết đánh giá việc thực hiện phong trào thi đua",
            "bình xét khen thưởng",
        ],
        "principles": ["bình đẳng", "công khai", "dân chủ", "khách quan"],
    },
    HUNG_YEN: {
        "content_groups": None,
        "duties": [
            "chương trình",
            "kế hoạch",
            "quy chế hoạt động",
            "thang điểm",
            "bảng tiêu chí chấm điểm",
            "xếp loại thi đua",
            "gương người tốt việc tốt",
            "điển hình tiên tiến giai đoạn 2021-2025",
        ],
        "principles": ["bảo đảm tính hiệu quả cao", "tránh hình thức", "thực chất"],
    },
    CUM_6: {
        "head_chosen_by": "được chỉ định",
        "content_groups": None,
        "decision_rule": "quyết định theo đa số",
        "rewards": ["khen thưởng đột xuất", "khen thưởng theo chuyên đề", "khen thưởng định kỳ"],
        "duties": [
            "thực hiện tốt chế độ thông tin báo cáo",
            "hoàn thành vượt mức các chỉ tiêu thi đua",
            "hoàn thành các danh hiệu thi đua đã đăng ký",
        ],
    },
    NOI_CHINH: {
        "province": None,
        "reviewed_on": "2019-12-03",
        "content_groups": 9,
        "content_names": None,
        "regulation": True,
        "scoring": {"criteria": True},
        "nominations": [
            {"award": "Cờ thi đua của Chính phủ", "agency": "Sở Nội vụ"},
            {"award": "Cờ thi đua của UBND tỉnh", "agency": "Tòa án nhân dân tỉnh"},
            {"award": "Cờ thi đua của UBND tỉnh", "agency": "Cục Thi hành án dân sự tỉnh"},
        ],
        "next_head": "Sở Nội vụ",
        "agency_movements": {
            "THADS": "Toàn hệ thống Thi hành án dân sự thi đua siết chặt kỷ luật, kỷ cương, tăng cường đoàn kết, hành"
            " động, sáng tạo, bứt phá, hiệu quả, thực hiện thắng lợi nhiệm vụ được giao năm 2019",
            "TAND": "Phát huy truyền thống vẻ vang, nêu cao tinh thần đoàn kết, trách nhiệm, sáng tạo của cán bộ, công"
            " chức phấn đấu thực hiện thắng lợi nhiệm vụ công tác năm 2019",
            "VKS": "Vững về chính trị, giỏi về nghiệp vụ, tinh thông về pháp luật, công tâm và bản lĩnh, kỷ cương và"
            " trách nhiệm",
            "TTT": "Công tâm, khách quan, dân chủ và sáng tạo",
            "CA": "Kỷ luật, kỷ cương, nêu gương, trách nhiệm",
            "BCHQS": "Đoàn kết, sáng tạo, kỷ cương, nêu gương, quyết thắng",
        },
    },
    DIEN_BIEN: {
        "content_groups": 6,
        "principles": ["chính xác", "kịp thời", "công khai", "minh bạch"],
        "anniversary": {"title": "40 năm thành lập Ngành Tư pháp tỉnh Điện Biên", "on": "2023-05-25"},
    },
}

CONTENTS = {
    DIEN_BIEN: [
        "Phổ biến, quán triệt chủ trương, chính sách, pháp luật về thi đua, khen thưởng; Luật Thi đua, khen thưởng"
        " năm 2022",
        "Tổ chức các phong trào thi đua hiệu quả, thiết thực, gắn với nhiệm vụ trọng tâm",
        "Đổi mới nội dung, phương thức tổ chức và phương thức đánh giá phong trào thi đua",
        "Phát hiện, bồi dưỡng, tổng kết, nhân rộng điển hình tiên tiến (04 khâu)",
        "Nâng cao chất lượng công tác khen thưởng",
        "Thường xuyên đôn đốc, kiểm tra, sơ kết, tổng kết, đánh giá hiệu quả",
    ],
}
HOW_MANY_CONTENTS = {BAC_KAN: 13, HUNG_YEN: 0, CUM_6: 0, NOI_CHINH: 9, DIEN_BIEN: 6}
OBLIGATIONS = {BAC_KAN: 103, HUNG_YEN: 81, CUM_6: 70, NOI_CHINH: 92, DIEN_BIEN: 0}


def test_the_five_ship_under_the_names_of_their_documents() -> None:
    assert blocfile.samples() == (CUM_6, NOI_CHINH, BAC_KAN, HUNG_YEN, DIEN_BIEN)


@pytest.mark.parametrize("name", IDENTITY)
def test_a_loaded_seed_keeps_every_fact_of_its_document(database: Database, name: str) -> None:
    loaded = load(database, shipped(name), f"{IDENTITY[name][4]}-01-02 09:00")

    [bloc] = rows(database, Bloc)
    [season] = rows(database, Season)
    [covenant] = rows(database, Covenant)
    assert (bloc.slug, bloc.name, bloc.kind, bloc.level, season.year) == IDENTITY[name]
    assert bloc.settings["titles"] == TITLES[name]
    assert (covenant.signed_on, covenant.theme) == (SIGNED[name], THEME[name])
    for what, expected in LISTS[name].items():
        assert getattr(covenant, what) == expected
    for fact, told in FACTS[name].items():
        assert covenant.facts[fact] == told, fact
    seats = {seat.agency_id: seat.kind for seat in rows(database, Seat)}
    agencies = [(agency.name, agency.short, seats.get(agency.id)) for agency in rows(database, Agency)]
    assert agencies == AGENCIES[name]
    contents = rows(database, Content)
    assert [content.name for content in contents] == CONTENTS.get(name, [c.name for c in contents])
    assert len(contents) == HOW_MANY_CONTENTS[name]
    assert (loaded.bloc, loaded.season) == (IDENTITY[name][0], IDENTITY[name][4])


@pytest.mark.parametrize("name", OBLIGATIONS)
def test_a_seed_has_the_obligations_of_eleven_milestones_for_all_and_four_for_the_head(
    database: Database, name: str
) -> None:
    loaded = load(database, shipped(name), f"{IDENTITY[name][4]}-01-02 09:00")

    assert loaded.obligations == len(rows(database, Obligation)) == OBLIGATIONS[name]
    assert loaded.agencies == len(AGENCIES[name])


DATES = {
    BAC_KAN: (
        "5/4 20/3 29/3 12/4 15/6 15/7 15/9 31/10 10/11 20/11 30/11 10/12 20/12 10/12 22/4"
    ),
    HUNG_YEN: (
        "28/2 5/2 21/2 15/3 15/6 15/7 15/9 31/10 10/11 20/11 30/11 10/12 20/12 10/12 13/3"
    ),
    CUM_6: (
        "28/2 4/2 13/2 15/3 15/6 15/7 15/9 31/10 10/11 20/11 30/11 10/12 20/12 10/12 5/3"
    ),
    NOI_CHINH: (
        "28/2 21/3 31/3 15/3 15/6 15/7 15/9 31/10 10/11 20/11 30/11 10/12 20/12 10/12 22/4"
    ),
    DIEN_BIEN: (
        "28/2 22/3 31/3 15/3 15/6 15/7 15/9 31/10 10/11 20/11 30/11 10/12 20/12 10/12 21/4"
    ),
}  # fmt: skip
"""K1 … K15, counted by hand on the calendars of those years: seven working days before the signing, fifteen after
it (2019 and 2024 lose the Hùng Kings' day), and whatever lay before a known signing five or ten behind it."""


@pytest.mark.parametrize("name", DATES)
def test_the_default_dates_stand_where_a_calendar_puts_them(sqlite_database: Database, name: str) -> None:
    load(sqlite_database, shipped(name), f"{IDENTITY[name][4]}-01-02 09:00")

    milestones = rows(sqlite_database, Milestone)
    assert [milestone.number for milestone in milestones] == list(range(1, 16))
    assert " ".join(f"{m.due_on.day}/{m.due_on.month}" for m in milestones) == DATES[name]
    assert {m.due_on.year for m in milestones} == {IDENTITY[name][4]}


def test_every_date_that_no_document_states_is_marked_as_a_default(sqlite_database: Database) -> None:
    load(sqlite_database, shipped(BAC_KAN))

    stated = [m.title for m in rows(sqlite_database, Milestone) if not m.is_default]
    assert stated == ["Ký kết giao ước"]


def test_k5_is_the_six_month_report_and_k15_the_launch(sqlite_database: Database) -> None:
    load(sqlite_database, shipped(BAC_KAN))

    by_code = {milestone.code: milestone for milestone in rows(sqlite_database, Milestone)}
    assert by_code["K5"].title == "Báo cáo sơ kết 6 tháng"
    assert by_code["K15"].title == "Ban hành kế hoạch, phát động phong trào thi đua của đơn vị"
    assert {"bc 6 tháng", "sơ kết"} <= set(by_code["K5"].aliases)
    reports = {code for code, milestone in by_code.items() if milestone.is_report}
    assert reports == {"K4", "K5", "K7", "K8", "K10", "K13"}
    assert {code for code, milestone in by_code.items() if milestone.owed_by == "head"} == {"K6", "K9", "K13", "K14"}


def test_the_one_without_agencies_loads_as_a_template_that_asks_for_its_units(database: Database) -> None:
    loaded = load(database, shipped(DIEN_BIEN), "2023-02-01 09:00")

    assert loaded.warnings[0].startswith("Chưa có đơn vị: tệp được nạp như một mẫu.")
    assert load(database, shipped(DIEN_BIEN), "2023-02-01 09:00").changed == 0
