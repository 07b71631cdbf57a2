"""An example of each shape that a caller sends or is sent, by the shape's name. A test reads each by its schema."""

from typing import Any

_AT = "2024-06-12T10:00:00+07:00"
_CHOICES = [
    {"key": "1", "label": "Đã gửi", "says": "K5 1"},
    {"key": "2", "label": "Đang thực hiện", "says": "K5 2"},
    {"key": "3", "label": "Khó khăn, vướng mắc", "says": "K5 3"},
]
_HEARD = {
    "channel": "telegram", "bot": "123456789", "external_id": "873400112", "chat": "5512340987", "kind": "text",
    "text": "K5 70%", "files": [], "private": True, "sender": "Nguyễn Thị An", "sent_at": "2024-06-12T03:00:00Z",
}  # fmt: skip
_WITH_FILE = _HEARD | {
    "external_id": "873400113", "kind": "files", "text": "K5",
    "files": [
        {"ref": "BQACAgUAAxkBAAIB", "kind": "document", "name": "bao-cao.pdf", "size": 23841,
         "media_type": "application/pdf"}
    ],
}  # fmt: skip
_PARCEL = {
    "id": 1204, "attempt": 1, "bot": "telegram:123456789", "chat": "5512340987", "kind": "reply",
    "say": {"text": "Đã ghi nhận K5: 70%. Mã tiếp nhận BN-0147, 10:00 ngày 12/6/2024.", "choices": []},
    "not_before": "2024-06-12T03:00:00Z", "lease_until": "2024-06-12T03:01:00Z", "repeated": False,
}  # fmt: skip

_BROADCAST = {
    "number": 3, "text": "Kính mời các đơn vị dự họp giao ban lúc 14:00 ngày 20/6.",
    "starts_at": "2024-06-19T08:30:00+07:00", "begun": True, "stopped": False, "repeats": False, "again_at": None,
    "people": 2, "sent": 2, "seen": 1, "failed": 0,
}  # fmt: skip

EXAMPLES: dict[str, Any] = {
    "Alive": {"status": "alive"},
    "Ready": {"status": "ready", "channels": {"telegram:123456789": "2024-06-12T03:00:00Z"}},
    "Problem": {
        "type": "about:blank", "title": "Not found", "status": 404, "detail": "no bloc noi-chinh-bac-can",
    },
    "Blocs": {
        "items": [
            {"bloc": "noi-chinh-bac-kan", "name": "Khối thi đua Nội chính tỉnh Bắc Kạn", "seasons": [2024]}
        ],
        "next": None,
    },
    "Loaded": {
        "bloc": "noi-chinh-bac-kan", "season": 2024, "created": 0, "changed": 2,
        "warnings": ["Chưa có cán bộ đầu mối: 02 đơn vị (VKS, QLTT)."],
    },
    "InvitationLine": {
        "bloc": "noi-chinh-bac-kan", "agency": "Sở Tư pháp", "person": None, "role": "focal", "code": "48201736",
        "telegram_url": "https://t.me/giaouoc_bot?start=48201736", "zalo_url": None,
        "web_url": "https://giaouoc.example.vn/chat?code=48201736", "expires_at": "2024-07-27T10:00:00+07:00",
    },
    "Obligations": {
        "items": [
            {
                "code": "K5", "id": "K5-STP", "agency": "Sở Tư pháp", "milestone": "Báo cáo sơ kết 6 tháng",
                "due_on": "2024-06-15", "state": "open", "updates": 3,
                "last_update": {
                    "percent": 70, "value": None, "note": None, "letter": None, "at": _AT, "by": "Nguyễn Thị An",
                    "channel": "telegram", "proxy": None,
                },
                "promise_on": None, "extensions": 0,
                "evidence": [
                    {"receipt": "BN-0147", "name": "bao-cao.pdf", "size": 23841,
                     "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "at": _AT,
                     "channel": "telegram"}
                ],
            }
        ],
        "next": "1",
    },
    "ReviewBody": {"verdict": "return", "reason": "chưa có chữ ký, đóng dấu"},
    "ExtensionBody": {"decision": "grant", "reason": None},
    "WaiverBody": {"reason": "đơn vị không được giao nhiệm vụ này"},
    "ObligationLine": {
        "code": "K5", "id": "K5-STP", "agency": "Sở Tư pháp", "milestone": "Báo cáo sơ kết 6 tháng",
        "due_on": "2024-06-15", "state": "confirmed", "updates": 2, "last_update": None, "promise_on": None,
        "extensions": 0, "evidence": [],
    },
    "Story": {
        "id": "K5-STP", "agency": "Sở Tư pháp", "milestone": "Báo cáo sơ kết 6 tháng", "due_on": "2024-06-15",
        "deadline": "2024-06-17T23:59:59+07:00", "state": "open", "bucket": "open_in_time", "silence": None,
        "events": [
            {"at": "2024-06-12T08:30:00+07:00", "what": "rung", "rung": -3, "due_on": "2024-06-15", "message": 1201,
             "channel": "telegram", "state": "sent", "sent_at": "2024-06-12T08:30:02+07:00", "why": None},
            {"at": _AT, "what": "progress", "receipt": "BN-0147", "channel": "telegram", "percent": 70},
        ],
    },
    "Messages": {
        "items": [
            {"id": 1201, "kind": "reminder", "agency": "Sở Tư pháp", "channel": "telegram", "codes": ["K5"],
             "planned_at": "2024-06-12T08:30:00+07:00", "sent_at": "2024-06-12T08:30:02+07:00", "attempts": 1,
             "state": "sent", "why": None}
        ],
        "next": None,
    },
    "Rehearsal": {
        "bloc": "noi-chinh-bac-kan", "since": _AT, "days": 30, "held": False,
        "messages": [
            {"at": "2024-06-13T08:30:00+07:00", "kind": "reminder", "person": "Nguyễn Thị An", "agency": "Sở Tư pháp",
             "channel": "telegram", "codes": ["K5"], "text": "K5 Báo cáo sơ kết 6 tháng: …",
             "choices": ["Đã gửi", "Đang thực hiện", "Khó khăn, vướng mắc"]}
        ],
        "quota": [{"channel": "zalo", "bot": "4100000001", "month": "2024-06", "rehearsed": 12, "sent": 40, "used": 118,
                   "limit": 3000, "open_until": 2700}],
    },
    "PolicyBody": {"level": "standard", "rungs": [-5, 0, 2], "grace_days": 1, "important": ["K5"]},
    "PolicyShape": {
        "level": "standard", "rungs": [-5, 0, 2], "report_rungs": [-10], "important_rungs": [-5, -1],
        "deputy_rungs": [0], "every": 5, "budget_before": 2, "budget_after": 3, "budget_important": 5, "stop_after": 6,
        "notice_days": 30, "grace_days": 1, "deputy_after": 2, "desk_after": 4, "leader_after": 0, "important": ["K5"],
        "decided": True,
    },
    "CalendarBody": {
        "strict": False, "office": ["07:00", "16:30"], "days_off": ["2024-05-19"], "working_days": ["2024-05-18"]
    },
    "CalendarShape": {
        "strict": False, "office": ["07:00", "16:30"], "sending": [["08:30", "11:30"], ["14:00", "16:30"]],
        "quiet": [["11:30", "13:30"]], "weekend": ["sat", "sun"], "not_before": {"mon": "09:30"},
        "not_after": {"fri": "15:30"}, "days_off": ["2024-05-19"], "working_days": ["2024-05-18"], "year": 2024,
        "known_days_off": ["2024-01-01", "2024-09-02"], "known_working_days": ["2024-05-04"], "decided": True,
    },
    "BroadcastBody": {
        "text": "Kính mời các đơn vị dự họp giao ban lúc 14:00 ngày 20/6.", "to": ["STP", "TTT"],
        "at": "2024-06-19T08:30:00+07:00",
    },
    "BroadcastShape": {
        **_BROADCAST, "receipts": [{"agency": "Sở Tư pháp", "person": "Nguyễn Thị An", "state": "seen"}],
        "unreached": ["BCHQS"],
    },
    "Broadcasts": {"items": [_BROADCAST], "next": None},
    "AsideLines": {
        "items": [
            {"id": "in-17", "channel": "telegram", "bot": "123456789", "kind": "files", "at": _AT, "tries": 8,
             "why": "a file could not be fetched: the platform answers 404"}
        ],
        "next": None,
    },
    "Retried": {"id": "in-17", "state": "waiting"},
    "HeardBatch": {"items": [_HEARD]},
    "HeardReceipt": {"stored": 1, "repeated": 0, "parcels": [_PARCEL]},
    "InboxClaim": {"bot": "telegram:123456789", "n": 10},
    "InboxWork": {"id": 981, "attempt": 1, "heard": _WITH_FILE, "lease_until": "2024-06-12T03:05:00Z"},
    "OutboxClaim": {"bot": "telegram:123456789", "n": 30, "wait_s": 20},
    "Parcel": _PARCEL,
    "Settlement": {
        "outcomes": [
            {"id": 1204, "attempt": 1, "result": "sent", "external_id": "5512"},
            {"id": 1205, "attempt": 2, "result": "later", "why": "429", "retry_after_s": 12},
        ]
    },
    "FileLink": {"url": "https://giaouoc.example.vn/p/1204.1718250000.4f1c9a7be3d14c0f"},
    "Settled": {"settled": 2},
    "TimelineEntry": {
        "outbox_id": 1204, "chat": "f1d2d2f924e986ac86fdf7b3", "text": "K5 Báo cáo sơ kết 6 tháng",
        "choices": _CHOICES,
    },
    "Position": {"position": 873400113},
}  # fmt: skip
