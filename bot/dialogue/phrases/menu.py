"""The command menus that a platform shows beside the message field: (name, what it opens), by who sits there."""

from collections.abc import Sequence

from bot.dialogue.values import Place

Menu = tuple[tuple[str, str], ...]

WORK = ("viec", "Nhiệm vụ của đơn vị")
STATUS = ("status", "Tình hình của khối")
HELP = ("giup", "Hướng dẫn")
MINE = ("xoa", "Dữ liệu cá nhân của tôi")
ANSWERING: Menu = (("vang", "Báo vắng mặt"), ("bangiao", "Bàn giao đầu mối"))
LEADING: Menu = (
    STATUS,
    ("duyet", "Nội dung chờ xác nhận"),
    ("nhac", "Nhắc đơn vị chưa gửi"),
    ("giaoviec", "Giao nhiệm vụ"),
    ("doihan", "Đổi thời hạn"),
    ("thongbao", "Gửi thông báo"),
    ("baocao", "Báo cáo tuần"),
)
EVERYBODY: Menu = (WORK, STATUS, HELP)
"""Until it is known who sits at the other end."""
KNOWN = frozenset(name for name, _ in (*EVERYBODY, MINE, *ANSWERING, *LEADING))


def of(places: Sequence[Place]) -> Menu:
    """What somebody in these places can ask for; a stranger, how to be linked."""
    if not places:
        return (HELP,)
    work: Menu = () if all(place.agency_id is None for place in places) else (WORK,)
    answering = ANSWERING if any(place.answers for place in places) else ()
    leading = LEADING if any(place.leads for place in places) else ()
    return (*work, *leading, *answering, HELP, MINE)
