"""How firmly the bloc is reminded, said and changed."""

from collections.abc import Mapping, Sequence

from bot.dialogue.phrases.answers import CONFIRM
from bot.dialogue.phrases.form import due, enumerated, left, moment, quoted, title, two
from bot.dialogue.phrases.tasks import state
from bot.dialogue.steering.values import Asked, Changes, SteeringFacts
from bot.dialogue.values import Item
from models.rules.policy import (
    EARLIEST,
    LATEST,
    LIMITS,
    NAMES,
    PARTS,
    ContradictionError,
    Policy,
    PolicyError,
    as_settings,
)
from models.wire import Say

_NAME_OF = {level: name for name, level in NAMES.items()}
_LEVELS = enumerated(list(NAMES), "hoặc")


def for_head_and_desk(head: str) -> Say:
    return Say(text=f"Nội dung này do {head} và bộ phận giúp việc quyết định.")


def shown(known: SteeringFacts) -> Say:
    own = ", có điều chỉnh riêng" if known.has_own_parts else ""
    important = [code for code, marked in known.milestones.items() if marked]
    lines = [
        f"{known.bloc}: mức nhắc {_NAME_OF[known.policy.level]}{own}.",
        *_policy(known.policy, important, known.head_title),
        _hours(known.sending),
        f"Đổi mức nhắc, soạn: {enumerated([f'mucnhac {name}' for name in NAMES], 'hoặc')}.",
        f"Đổi từng phần, soạn ví dụ: mucnhac {_EXAMPLE}.",
    ]
    return Say(text="\n".join(lines))


_EXAMPLE = (
    "bậc -5, 0, 2; cách 5; tin 2/3; dừng 6; hiển thị 30; ân hạn 1; dự phòng 2; giúp việc 4; "
    "giờ 08:30-11:30, 14:00-16:30; quan trọng K5, K7"
)


def _hours(sending: Sequence[tuple[str, str]]) -> str:
    return f"- Giờ gửi tin nhắc: {', '.join(f'{start}–{end}' for start, end in sending)}."


def _policy(policy: Policy, important: Sequence[str], head: str) -> list[str]:
    then = f", sau đó cách {two(policy.every)} ngày làm việc" if policy.every else ""
    lines = [f"- Nhắc: {_rungs(policy.rungs)}{then}."]
    if policy.report_rungs:
        lines.append(f"- Báo cáo, hồ sơ: thêm {_rungs(policy.report_rungs)}.")
    if policy.important_rungs:
        marked = f" ({', '.join(important)})" if important else ""
        lines.append(f"- Mốc quan trọng{marked}: thêm {_rungs(policy.important_rungs)}.")
    lines.append(
        f"- Mỗi người nhiều nhất {two(policy.budget_before)} tin một tuần trước thời hạn, "
        f"{two(policy.budget_after)} tin sau thời hạn; dừng sau {two(policy.stop_after)} tin quá hạn chưa có phản hồi."
    )
    lines.append(f"- Danh sách việc có nhiệm vụ từ {two(policy.notice_days)} ngày trước thời hạn.")
    return [*lines, f"- Quá hạn, chưa có phản hồi: {_escalation(policy, head)}."]


def _rungs(rungs: Sequence[int]) -> str:
    before = [two(-rung) for rung in rungs if rung < 0]
    after = [two(rung) for rung in rungs if rung > 0]
    parts = [f"trước {', '.join(before)} ngày làm việc"] if before else []
    parts += ["trong ngày đến hạn"] if 0 in rungs else []
    parts += [f"quá hạn {', '.join(after)} ngày làm việc"] if after else []
    return "; ".join(parts) or "không có bậc cố định"


def _escalation(policy: Policy, head: str) -> str:
    grace = policy.grace_days
    steps = [
        (policy.deputy_after, "chuyển cán bộ đầu mối dự phòng"),
        (policy.desk_after, "báo bộ phận giúp việc"),
        (policy.leader_after, f"xin ý kiến {head} về việc gửi tin tới lãnh đạo đơn vị"),
    ]
    told = [f"sau {two(after + grace)} ngày làm việc {what}" for after, what in steps if after]
    return "; ".join(told) if told else "không chuyển tiếp"


def no_such_level(given: str) -> Say:
    return Say(
        text=f"Chưa rõ mức nhắc {quoted(given, 40)}. Đề nghị chọn {_LEVELS}, ví dụ: mucnhac tăng cường; "
        f"hoặc đổi từng phần, ví dụ: mucnhac {_EXAMPLE}."
    )


def contradicts(error: PolicyError) -> Say:
    return Say(text=f"Chưa ghi nhận: {_reason(error, _IN_CHAT)}. Đề nghị soạn lại.")


def asked_twice(part: str) -> Say:
    name = _HOURS_AND_MARKS.get(part) or _IN_CHAT[part]
    return Say(text=f"Chưa ghi nhận: “{name}” được ghi hai lần với giá trị khác nhau. Đề nghị soạn lại.")


def no_such_milestones(codes: Sequence[str]) -> Say:
    return Say(text=f"Chưa ghi nhận: không có nhiệm vụ {enumerated(list(codes))} trong năm thi đua đang mở.")


def no_such_hours(sending: Sequence[tuple[str, str]]) -> Say:
    spans = ", ".join(f"{start}-{end}" for start, end in sending)
    return Say(
        text=f"Chưa ghi nhận: không gửi tin được trong giờ {spans}. "
        "Giờ gửi nằm trong giờ làm việc, ví dụ: mucnhac giờ 08:30-11:30, 14:00-16:30."
    )


def the_same(known: SteeringFacts) -> Say:
    return Say(text=f"{known.bloc} đang ở mức nhắc {_NAME_OF[known.policy.level]}; không có thay đổi.")


def preview(known: SteeringFacts, wanted: Policy, changes: Changes) -> Say:
    was, new = _NAME_OF[known.policy.level], _NAME_OF[wanted.level]
    what = f"đổi mức nhắc từ {was} sang {new}" if was != new else f"điều chỉnh mức nhắc {new}"
    marked = [code for code, is_marked in known.milestones.items() if is_marked]
    loses = known.has_own_parts and not has_own_parts(wanted)
    lines = [
        f"{known.bloc}: {what}.",
        *_policy(wanted, marked if changes.important is None else changes.important, known.head_title),
        _hours(changes.sending or known.sending),
        f"{'Các điều chỉnh riêng sẽ không còn áp dụng. ' if loses else ''}Đề nghị xác nhận:",
    ]
    return Say(text="\n".join(lines), choices=CONFIRM)


def has_own_parts(policy: Policy) -> bool:
    return as_settings(policy).keys() != {"level"}


def changed(known: SteeringFacts, policy: Policy) -> Say:
    own = ", có điều chỉnh riêng," if has_own_parts(policy) else ""
    return Say(
        text=f"Đã ghi nhận: {known.bloc} áp dụng mức nhắc {_NAME_OF[policy.level]}{own} từ lần nhắc tiếp theo. "
        f"Đổi lại, soạn: mucnhac {_NAME_OF[known.policy.level]}."
    )


def left_as_it_is(known: SteeringFacts) -> Say:
    return Say(text=f"Không thay đổi. {known.bloc} giữ mức nhắc {_NAME_OF[known.policy.level]}.")


def changed_meanwhile(known: SteeringFacts) -> Say:
    return Say(
        text=f"Chưa ghi nhận: mức nhắc vừa được người khác đổi sang {_NAME_OF[known.policy.level]}. "
        "Nếu vẫn cần đổi, đề nghị soạn lại mucnhac."
    )


# --- an agency's leader -------------------------------------------------------------------------------------------


def which_task(*, yes: bool) -> Say:
    verb = "gửi lãnh đạo" if yes else "không gửi lãnh đạo"
    return Say(text=f"Đề nghị ghi rõ nhiệm vụ của đơn vị nào, ví dụ: {verb} K5-STP.")


def leaders_are_off(known: SteeringFacts) -> Say:
    return Say(
        text=f"{known.bloc} chưa bật việc gửi tin tới lãnh đạo đơn vị. Đề nghị dùng công văn đôn đốc, "
        "ví dụ soạn: công văn STP."
    )


def the_heads_own_tap(known: SteeringFacts, item: Item) -> Say:
    head = known.head_title
    return Say(
        text=f"Việc gửi tin tới lãnh đạo đơn vị do {head} quyết định từng lần. "
        f"Đề nghị {head} soạn: gửi lãnh đạo {item.code}-{item.short}. Việc gấp, soạn: công văn {item.short}."
    )


def not_overdue(item: Item) -> Say:
    return Say(text=f"{_name(item)} không còn quá hạn; không gửi tin tới lãnh đạo đơn vị.")


def not_asked(item: Item, after: int) -> Say:
    return Say(
        text=f"{_name(item)}: chưa đến bước gửi tin tới lãnh đạo đơn vị (sau {two(after)} ngày làm việc quá hạn "
        f"chưa có phản hồi). Việc gấp, đề nghị soạn: công văn {item.short}."
    )


def no_leader(item: Item) -> Say:
    return Say(
        text=f"{item.agency}: lãnh đạo đơn vị chưa kết nối. Đề nghị soạn công văn {item.short}, "
        f"hoặc mã mới {item.short} lãnh đạo."
    )


def decided_before(item: Item, step: Asked) -> Say:
    did = "đã gửi tới lãnh đạo đơn vị" if step.outcome == "told" else "đã quyết định không gửi"
    who = f", {step.by}" if step.by else ""
    when = f" lúc {moment(step.at)}" if step.at else ""
    return Say(text=f"{_name(item)}: {did}{when}{who}. Không có thay đổi.")


def decided(known: SteeringFacts, item: Item, *, yes: bool) -> Say:
    if not yes:
        return Say(text=f"Đã ghi nhận: không gửi tin về {_name(item)} tới lãnh đạo {item.agency}.")
    return Say(
        text=f"Đã ghi nhận: tin về {_name(item)} được gửi tới {enumerated(known.leaders)}, "
        f"lãnh đạo {item.agency}, trong giờ làm việc."
    )


def to_the_leader(known: SteeringFacts, item: Item) -> str:
    """To the leader of a peer agency."""
    known_so_far = f"thông tin gần nhất: {state(item)}; đến nay chưa có phản hồi mới" if item.standing.last else ""
    return (
        f"Kính gửi đồng chí lãnh đạo {item.agency}.\n"
        f"{known.head_title} {known.bloc} trân trọng đề nghị đồng chí quan tâm nhiệm vụ {item.code} {title(item)}, "
        f"{due(item)} ({left(item)}); {known_so_far or 'đến nay chưa có phản hồi'} của cán bộ đầu mối."
    )


def _name(item: Item) -> str:
    return f"{item.code}-{item.short} {title(item)}"


# --- a policy that cannot be ---------------------------------------------------------------------------------------

_CONTRADICTIONS = {
    "nothing_is_sent": "không có bậc nhắc nào và không nhắc lại: sẽ không có tin nào được gửi",
    "deputy_rung_unknown": "“{deputy_rungs}” có bậc {0} nhưng bậc này không có trong các bậc nhắc",
    "rung_before_notice": "bậc {0} đến trước khi nhiệm vụ được hiển thị ({notice_days}: {1})",
    "desk_before_deputy": "bộ phận giúp việc được báo ({0}) trước cán bộ đầu mối dự phòng ({1})",
    "leader_before_desk": "lãnh đạo đơn vị được gửi tin ({0}) trước khi bộ phận giúp việc được báo ({1})",
}
_IN_FILE = {part: part for part in PARTS}
_IN_CHAT = {
    "rungs": "bậc", "report_rungs": "bậc báo cáo", "important_rungs": "bậc quan trọng", "deputy_rungs": "bậc dự phòng",
    "every": "cách", "budget_before": "tin", "budget_after": "tin", "budget_important": "tin quan trọng",
    "stop_after": "dừng", "notice_days": "hiển thị", "grace_days": "ân hạn", "deputy_after": "dự phòng",
    "desk_after": "giúp việc", "leader_after": "lãnh đạo",
}  # fmt: skip
_HOURS_AND_MARKS = {"sending": "giờ", "important": "quan trọng"}


def _reason(error: PolicyError, names: Mapping[str, str]) -> str:
    """`names`: what the parts are called where they were written."""
    if isinstance(error, ContradictionError):
        return _CONTRADICTIONS[error.kind].format(*error.numbers, **names)
    low, high = LIMITS.get(error.part, (EARLIEST, LATEST))
    given = ", ".join(map(str, error.value)) if isinstance(error.value, list) else error.value
    return f"“{names[error.part]}” không nhận giá trị {given}, chỉ từ {low} đến {high}"


def refused(error: PolicyError) -> str:
    """Why a bloc file's policy cannot be taken."""
    if isinstance(error, ContradictionError):
        return f"“policy” mâu thuẫn: {_reason(error, _IN_FILE)}"
    if error.part in ("policy", "level"):
        return f"“policy” là {', '.join(NAMES)}, hoặc level kèm các bậc nhắc riêng"
    if error.value is None:
        return f"“policy” không có mục “{error.part}”"
    return f"“{error.part}” của “policy” không nhận giá trị {error.value}"
