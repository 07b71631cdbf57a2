"""What is said between the head and the agencies about what was sent, asked and decided."""

from collections.abc import Sequence
from datetime import date

from bot.dialogue.phrases.answers import CONFIRM, SOURCES
from bot.dialogue.phrases.form import day, due, figure, moment, quoted, title, two
from bot.dialogue.rulings.values import DecideExtension, Return, Sent, Waive
from bot.dialogue.values import Item
from models.rules.progress import Fact
from models.wire import Choice, Say

PRESETS = ("chưa có chữ ký, đóng dấu", "thiếu số liệu", "không đúng kỳ báo cáo", "ảnh chưa rõ nội dung")
"""What is most often missing."""


def named(item: Item) -> str:
    return f"{item.code}-{item.short}"


# --- to the head and its desk -------------------------------------------------------------------------------------


FIRST_FILE = 4
"""The number that opens the first of them."""
FILES = 5
"""So many files of a submission can be opened by a number; the others by their receipt."""


def of_file(file: Sent) -> str:
    return f"{file.name or 'ảnh'} ({file.receipt})"


def one(item: Item, left: int, put_off: int, files: Sequence[Sent], sender: str | None) -> Say:
    """One submission, and what can be said of it."""
    last, at = item.standing.last, item.standing.submitted_at
    lines = [f"{named(item)} {title(item)} – {item.agency}"]
    if at:
        by = f", {sender}" if sender else ""
        if last and last.proxy:
            by += f" ghi hộ (nguồn: {SOURCES[last.proxy]})"
        late = " (quá hạn)" if item.bucket == "done_late" else ""
        lines.append(f"Gửi lúc {moment(at)}{late}{by}; {due(item)}.")
    if last and (value := figure(item, item.standing.percent, item.standing.value)):
        lines.append(f"Số liệu: {value}.")
    if last and last.note:
        lines.append(f"Nội dung: {quoted(last.note)}.")
    lines += _proof(item, files)
    if files:
        lines.append(f"Để xem tệp, soạn: xem {files[-1].receipt}.")
    if (before := item.standing.ruling) and before.kind == "returned":
        lines.append(f"Lần trước đề nghị bổ sung, {moment(before.at)}: {quoted(before.note or '', 200)}.")
    lines += [_rest(left, put_off), "Đề nghị chọn:"]
    code = named(item)
    opened = [
        Choice(key=str(place), label=f"Xem {file.receipt}", says=f"xem {file.receipt}")
        for place, file in enumerate(files[-FILES:], FIRST_FILE)
    ]
    choices = (
        Choice(key="1", label="Xác nhận", says=f"xác nhận {code}", style="success"),
        Choice(key="2", label="Đề nghị bổ sung", says=f"bổ sung {code}"),
        Choice(key="3", label="Để sau", says="/duyet tiếp"),
        *opened,
    )
    return Say(text="\n".join(lines), choices=choices)


def _rest(left: int, put_off: int) -> str:
    later = f" Đã để sau {two(put_off)} nhiệm vụ." if put_off else ""
    if not left:
        return "Không còn nhiệm vụ nào khác chờ đồng chí xác nhận." if not later else later.strip()
    return f"Còn {two(left)} nhiệm vụ khác chờ xác nhận.{later}"


def _proof(item: Item, files: Sequence[Sent]) -> list[str]:
    lines = [f"Minh chứng: {of_file(file)}." for file in files]
    if (last := item.standing.last) and last.kind in _CLAIMED:
        return [*lines, _CLAIMED[last.kind]]
    if letters := [fact for fact in item.standing.facts if fact.letter]:
        on = f" ngày {day(letters[-1].letter_on)}" if letters[-1].letter_on else ""
        lines.append(f"Văn bản số {letters[-1].letter}{on}.")
    return lines or ["Không có tệp minh chứng."]


_CLAIMED = {"nothing": "Đơn vị báo: không phát sinh.", "outside": "Đơn vị báo: đã gửi ngoài hệ thống."}


def nothing_waits(elsewhere: Sequence[Item]) -> str:
    """`elsewhere`: what somebody else is to confirm."""
    text = "Không có nhiệm vụ nào chờ xác nhận."
    return f"{text} Chờ người khác xác nhận: {', '.join(map(named, elsewhere[:10]))}." if elsewhere else text


def put_off(count: int) -> str:
    return f"Đã để sau {two(count)} nhiệm vụ. Soạn /duyet để xem lại."


def reasons(item: Item) -> Say:
    choices = tuple(
        Choice(key=str(place), label=preset.capitalize(), says=f"bổ sung {named(item)} {preset}")
        for place, preset in enumerate(PRESETS, 1)
    )
    text = f"{named(item)}: đề nghị bổ sung nội dung gì? Chọn số hoặc soạn nội dung cần bổ sung (0 để quay lại)."
    return Say(text=text, choices=choices)


def confirmed(items: Sequence[Item]) -> str:
    """The places of the receipts are in the order of `items`; of several, one line a milestone."""
    if len(items) == 1:
        return f"Đã xác nhận {named(items[0])}. Mã tiếp nhận {{BN0}}. {_TAKEN_BACK}"
    told = [(item, f"{item.short} {{BN{place}}}") for place, item in enumerate(items)]
    lines = [f"Đã xác nhận {two(len(items))} nhiệm vụ, kèm mã tiếp nhận:", *_by_milestone(told)]
    return "\n".join([*lines, f"{_TAKEN_BACK} Để hủy một nội dung, soạn hủy kèm mã tiếp nhận."])


_TAKEN_BACK = "Để hủy trong 01 phút, soạn hủy."


def _by_milestone(told: Sequence[tuple[Item, str]]) -> list[str]:
    """`- K5 Báo cáo sơ kết 6 tháng: STP, TTT`."""
    lines: dict[int, list[str]] = {}
    heads: dict[int, str] = {}
    for item, agency in told:
        heads[item.milestone_id] = f"- {item.code} {title(item)}"
        lines.setdefault(item.milestone_id, []).append(agency)
    return [f"{heads[milestone]}: {', '.join(agencies)}" for milestone, agencies in lines.items()]


def returned(item: Item, reason: str) -> str:
    return f"Đã gửi {item.agency} đề nghị bổ sung {named(item)}: {reason}. Mã tiếp nhận {{BN0}}. {_TAKEN_BACK}"


def preview(items: Sequence[Item]) -> Say:
    told = [(item, item.short) for item in items]
    lines = [f"Xác nhận {two(len(items))} nhiệm vụ:", *_by_milestone(told), "Đề nghị xác nhận:"]
    choices = (
        Choice(key="1", label="Đúng", says="đúng", style="primary"),
        Choice(key="2", label="Không đúng", says="không đúng"),
    )
    return Say(text="\n".join(lines), choices=choices)


def left_alone() -> str:
    return "Chưa xác nhận nhiệm vụ nào."


def read_back(item: Item, ruling: Return | Waive | DecideExtension) -> Say:
    """What was written at length, before it is taken."""
    what = {Return: "đề nghị bổ sung", Waive: "miễn"}.get(type(ruling))
    if isinstance(ruling, DecideExtension):
        what = "đồng ý gia hạn" if ruling.yes else "không đồng ý gia hạn"
    said = f"{named(item)} {title(item)}, {item.agency}: {what}, nội dung {quoted(ruling.reason or '', 1000)}."
    return Say(text=f"{said}\nĐề nghị xác nhận:", choices=CONFIRM)


def done_before(item: Item, ruling: Fact, by: str | None) -> str:
    who = f"{by} " if by else ""
    said = "xác nhận" if ruling.kind == "confirmed" else "đề nghị bổ sung"
    return f"{named(item)}: {who}đã {said} lúc {moment(ruling.at)}."


def not_sent(item: Item) -> str:
    return f"{named(item)}: đơn vị chưa gửi, chưa có nội dung để xác nhận."


def own_agency(item: Item, deputy: str, deed: str) -> str:
    """`deed`: what it is that they do: `xác nhận`, or any other word of theirs, `cho ý kiến`."""
    return f"{named(item)} là nhiệm vụ của đơn vị mình: do {deputy} {deed}."


ADMINISTRATOR = "Quản trị hệ thống"


def no_deputy(item: Item, deputy: str, deed: str) -> str:
    return (
        f"{named(item)} là nhiệm vụ của đơn vị mình và chưa có {deputy} kết nối: do quản trị hệ thống "
        f"{deed}. Để có {deputy}, đề nghị quản trị ghi đơn vị giữ vị trí này vào tệp khối và gửi mã kết nối."
    )


def own_record(item: Item, head: str) -> str:
    return (
        f"{named(item)} do đồng chí gửi hoặc ghi hộ: đề nghị {head} hoặc người khác của bộ phận giúp việc xác nhận. "
        "Nếu ghi chưa đúng, soạn hủy kèm mã tiếp nhận."
    )


def for_the_head(head: str) -> str:
    return f"Nội dung này do {head} quyết định."


def which(verb: str, waits: Sequence[Item]) -> str:
    """`waits`: what it can be."""
    text = f"Đề nghị ghi rõ nhiệm vụ và đơn vị, ví dụ: {verb} {named(waits[0]) if waits else 'K5-STP'}."
    more = f" và {two(len(waits) - NAMED)} nhiệm vụ khác" if len(waits) > NAMED else ""
    return f"{text} Đang chờ ý kiến: {', '.join(map(named, waits[:NAMED]))}{more}." if waits else text


NAMED = 10
"""So many are named one by one."""


def whose(verb: str, code: str, shorts: Sequence[str]) -> str:
    """A milestone was named, and not whose task of it."""
    one = f"{code}-{shorts[0] if shorts else 'STP'}"
    example = f"{one} {verb} <lý do>" if verb == "miễn" else f"{verb} {one}"
    owing = f" Các đơn vị: {', '.join(shorts)}." if shorts else ""
    return f"Đề nghị ghi rõ {code} của đơn vị nào, ví dụ: {example}.{owing}"


def nothing_of_it(code: str, waits: Sequence[Item]) -> str:
    others = f"Còn {two(len(waits))} nhiệm vụ khác chờ xác nhận, để xem soạn /duyet."
    return f"{code}: không có nhiệm vụ nào chờ xác nhận. {others}"


def no_such_agency(short: str, known: Sequence[str]) -> str:
    return f"Không có đơn vị {short}. Mã các đơn vị: {', '.join(known)}."


def waived(item: Item, reason: str) -> str:
    return f"Đã miễn {named(item)} {title(item)}: {quoted(reason)}. Mã tiếp nhận {{BN0}}. Để hủy, soạn hủy."


def not_waived(item: Item) -> str:
    if item.standing.state == "waived":
        return f"{named(item)} đã được miễn, không có thay đổi."
    if item.standing.state == "past":
        return f"{named(item)}: không theo dõi nhiệm vụ này, không cần miễn."
    return f"{named(item)}: đơn vị đã gửi, không miễn. Để xem nội dung đã gửi, soạn /duyet."


def reason_wanted(item: Item) -> str:
    return f"Đề nghị ghi lý do, ví dụ: {named(item)} miễn đơn vị không có nhiệm vụ này."


def extension_wanted(item: Item, asked: Fact) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """(text, choices) for whoever decides."""
    on = day(asked.due_on) if asked.due_on else ""
    text = (
        f"{item.agency} đề nghị gia hạn {named(item)} {title(item)} đến ngày {on} ({due(item)}). "
        f"Lý do: {quoted(asked.note or 'không nêu', 500)}."
    )
    if item.standing.extensions:
        text += f" Đã gia hạn {two(item.standing.extensions)} lần."
    code = named(item)
    return text, (
        ("1", "Đồng ý", f"đồng ý gia hạn {code}"),
        ("2", "Không đồng ý", f"không đồng ý gia hạn {code}"),
    )


def still_asked(items: Sequence[Item]) -> str:
    """What else waits for a decision, after a sentence."""
    if not items:
        return ""
    first = named(items[0])
    return f" Còn chờ ý kiến: {', '.join(map(named, items[:NAMED]))}, soạn đồng ý hoặc không đồng ý gia hạn {first}."


def decided_before(item: Item, decision: Fact, by: str | None) -> str:
    """Somebody else has decided on the extension."""
    who, at = f"{by} " if by else "", moment(decision.at)
    if decision.kind == "not_extended":
        return f"{named(item)}: {who}không đồng ý gia hạn lúc {at}."
    until = decision.due_on or decision.promise_on
    on = f" đến ngày {day(until)}" if until else ""
    return f"{named(item)}: {who}đã đồng ý gia hạn{on} lúc {at}."


def extension_by_proxy(code: str, short: str) -> str:
    return (
        f"Chưa ghi nhận. Gia hạn theo đề nghị của đơn vị: ghi hộ {short} {code} gia hạn <ngày> <lý do>, rồi soạn "
        f"đồng ý gia hạn {code}-{short}. Đổi thời hạn cho tất cả các đơn vị: /doihan {code} <ngày> <lý do>."
    )


def no_extension_waits(item: Item) -> str:
    return f"{named(item)}: không có đề nghị gia hạn nào chờ quyết định."


def decided(item: Item, on: date, *, yes: bool, rests: bool) -> str:
    if yes and rests:
        return (
            f"Đã đồng ý tạm dừng nhắc {named(item)} đến hết ngày {day(on)}, {due(item)} không thay đổi. "
            f"Mã tiếp nhận {{BN0}}. {_TOLD_IN_HOURS}"
        )
    if yes:
        return f"Đã đồng ý gia hạn {named(item)} đến ngày {day(on)}. Mã tiếp nhận {{BN0}}. {_TOLD_IN_HOURS}"
    return f"Đã ghi nhận: không gia hạn {named(item)}. Mã tiếp nhận {{BN0}}. {_TOLD_IN_HOURS}"


_TOLD_IN_HOURS = "Đơn vị được báo trong giờ làm việc."


def difficulty(item: Item, note: str | None) -> str:
    """To the desk, at once."""
    return (
        f"{item.agency} báo khó khăn, vướng mắc về {named(item)} {title(item)}: {quoted(note or '', 300)}. "
        f"Trả lời đơn vị: soạn trả lời {named(item)} <nội dung>."
    )


def which_and_what(item: Item | None) -> str:
    return (
        f"Đề nghị ghi nội dung trả lời, ví dụ: trả lời {named(item) if item else 'K5-STP'} đề nghị dùng số liệu quý I."
    )


def answer_sent(item: Item) -> str:
    return f"Đã gửi {item.agency} nội dung trả lời về {named(item)}."


def told_answer(item: Item, writer: str, text: str) -> str:
    return f"{writer} trả lời về {item.code} {title(item)}: {quoted(text, 1000)}."


def why_still_asked(item: Item) -> str:
    return f"{item.agency} báo đã gửi {named(item)} {title(item)} nhưng hệ thống chưa có nội dung. Đề nghị kiểm tra."


# --- to the agency ------------------------------------------------------------------------------------------------


def told_apart(text: str, code: str, short: str) -> str:
    """A sentence below, in a chat that speaks for several agencies: `K5` becomes `K5-STP`."""
    return text.replace(f"{code} ", f"{code}-{short} ", 1)


def told_confirmed(item: Item, head: str) -> str:
    return f"{head} đã xác nhận {item.code} {title(item)}."


def told_returned(item: Item, head: str, reason: str, file: str | None) -> str:
    sent = f" Tệp đã gửi: {file}." if file else ""
    return (
        f"{head} đề nghị bổ sung {item.code} {title(item)}: {reason}.{sent} "
        "Đề nghị gửi lại tệp hoặc nội dung ngay tại đây; bản đã gửi vẫn được lưu."
    )


def told_extension(item: Item, head: str, on: date, reason: str | None, *, yes: bool, rests: bool) -> str:
    """`rests`: the bloc's rule moves no date, only the reminders rest until then."""
    if yes and rests:
        return (
            f"{head} đồng ý tạm dừng nhắc {item.code} {title(item)} đến hết ngày {day(on)}; {due(item)} không thay đổi."
        )
    if yes:
        return f"{head} đồng ý gia hạn {item.code} {title(item)}: thời hạn mới là ngày {day(on)}."
    why = f" Lý do: {quoted(reason)}." if reason else ""
    return f"{head} chưa đồng ý gia hạn {item.code} {title(item)}.{why} {due(item).capitalize()}."


def told_waived(item: Item, head: str, reason: str) -> str:
    return f"{head} miễn {item.code} {title(item)}: {quoted(reason)}. Không nhắc thêm."


def too_late(item: Item) -> str:
    return f"{named(item)}: đã quá 01 phút, ý kiến đã gửi đơn vị. Nếu cần, đề nghị trao đổi với {item.agency}."


def settled(item: Item, label: str, head: str) -> str:
    """Whoever said so, the head or a deputy: the head is whom to turn to."""
    what = "miễn" if item.standing.state == "waived" else "xác nhận"
    return f"{label}: đã được {what}, nội dung không thay đổi. Nếu cần điều chỉnh, đề nghị liên hệ {head}."


def undone(item: Item, kind: str, due_again: date) -> str:
    """To whoever took a ruling back; `due_again`: the date in force without the extension."""
    after = {
        "confirmed": ("xác nhận", "chờ xác nhận"),
        "returned": ("đề nghị bổ sung", "chờ xác nhận"),
        "extended": ("gia hạn", f"thời hạn trở lại ngày {day(due_again)}, đề nghị gia hạn chờ ý kiến"),
        "not_extended": ("ý kiến không gia hạn", "đề nghị gia hạn chờ ý kiến"),
        "waived": ("miễn", "nhiệm vụ được theo dõi lại"),
    }
    what, now = after[kind]
    return f"Đã hủy {what} {named(item)}: {now}."


def told_taken_back(item: Item, head: str, kind: str, due_again: date) -> str:
    now = {
        "extended": f" Thời hạn trở lại ngày {day(due_again)}; đề nghị gia hạn đang chờ ý kiến.",
        "not_extended": " Đề nghị gia hạn đang chờ ý kiến.",
        "waived": f" Nhiệm vụ được theo dõi lại, {due(item)}.",
    }.get(kind, "")
    return f"{head} đã thu hồi ý kiến vừa gửi về {item.code} {title(item)}.{now}"
