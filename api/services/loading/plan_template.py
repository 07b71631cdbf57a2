"""The empty plan: five columns, two examples and what may be written in them."""

from collections.abc import Sequence
from pathlib import Path

from api.services.loading.workbook import NAMES, ROW_LIMIT

WIDTHS = (60, 22, 34, 24, 40)
EXAMPLES = (
    ("Báo cáo kết quả tháng hành động", "16:00 20/6", "tất cả", "có", "gửi kèm phụ lục số liệu"),
    ("Cử cán bộ dự tập huấn", "trước ngày 25/6", "STP, TTT", "không", ""),
)
HOW = (
    "Nhiệm vụ: tên nhiệm vụ, tối đa 200 ký tự; đổi tên là nhiệm vụ mới.",
    "Thời hạn: 15/6, 15/6/2024, 16:00 15/6, trước ngày 15/6, hoặc ô định dạng ngày.",
    "Đơn vị: tất cả, tất cả trừ CA, hoặc mã, tên đơn vị cách nhau bằng dấu phẩy.",
    "Minh chứng: có (công văn hoặc tệp), tệp, không.",
    "Ghi chú: hiện khi đơn vị xem nhiệm vụ.",
    "Nạp: giaouoc load KE-HOACH.xlsx --bloc <khối>. Nạp lại bao nhiêu lần cũng được; nội dung đã trả lời không mất.",
)


def write(file: Path, agencies: Sequence[tuple[str, str]] = ()) -> None:
    """Write the template; `agencies` (short code, name) are listed on the second sheet. Raises OSError."""
    import xlsxwriter  # only who asks for a template pays for it
    from xlsxwriter.exceptions import FileCreateError

    try:
        with xlsxwriter.Workbook(str(file)) as book:
            bold, wrapped = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True})
            plan = book.add_worksheet("Kế hoạch")
            plan.write_row(0, 0, NAMES, bold)
            for place, width in enumerate(WIDTHS):
                plan.set_column(place, place, width, wrapped)
            for number, row in enumerate(EXAMPLES, 1):
                plan.write_row(number, 0, row)
            plan.data_validation(1, 3, ROW_LIMIT, 3, {"validate": "list", "source": ["có", "tệp", "không"]})
            plan.freeze_panes(1, 0)
            how = book.add_worksheet("Hướng dẫn")
            how.set_column(0, 0, 110, wrapped)
            for number, line in enumerate([*HOW, "", *(f"{short} – {name}" for short, name in agencies)]):
                how.write(number, 0, line)
    except FileCreateError as error:
        raise OSError(f"{file}: {error}") from None
