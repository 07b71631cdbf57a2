"""How firmly a bloc reminds: three levels, and any part of them as the bloc's own data (`domain.md` 2.6).

A policy that contradicts itself is refused by name, so that its sentence can be said in every language we speak.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

EARLIEST, LATEST = -60, 120
"""Working days around a due date within which a rung may stand."""
_WORKDAYS_OF_A_WEEK, _DAYS_OF_A_WEEK = 5, 7


@dataclass(frozen=True, slots=True)
class Policy:
    """How firmly a bloc reminds; the defaults are the standard level. Rungs are signed offsets in working days."""

    level: str = "standard"
    rungs: tuple[int, ...] = (-3, 0, 1, 3, 6)
    report_rungs: tuple[int, ...] = (-10,)
    """Further rungs for reports and dossiers."""
    important_rungs: tuple[int, ...] = (-5, -1)
    """Further rungs for milestones marked as important."""
    every: int = 5
    """Working days between two messages after the last rung; 0 for none."""
    deputy_rungs: tuple[int, ...] = (0,)
    """The rungs that the deputy focal point gets too."""
    budget_before: int = 2
    """Unasked messages a person and ISO week while nothing in the message is overdue."""
    budget_after: int = 3
    budget_important: int = 5
    """The week's limit of a message that has an important milestone in it, when that is more."""
    stop_after: int = 6
    """Unanswered overdue messages; then the item is the desk's alone."""
    notice_days: int = 30
    """Since when a list of tasks shows an item; calendar days."""
    grace_days: int = 0
    """Working days by which escalation is delayed, never a bucket."""
    deputy_after: int = 2
    """Working days of silence on an overdue item after which the deputy focal point gets it; 0: never."""
    desk_after: int = 4
    """After which the head's desk is told; 0: never."""
    leader_after: int = 0
    """After which the head is asked, each time, whether the agency's leader may be written to; 0: never."""


_MINIMAL = Policy(
    "minimal", rungs=(-3, 1), report_rungs=(), important_rungs=(0,), deputy_rungs=(),
    budget_before=1, budget_after=1, budget_important=2,
)  # fmt: skip
_FIRM = Policy(
    "firm", rungs=(-10, -5, -3, -1, 0), report_rungs=(), important_rungs=(1,), every=2,
    budget_before=5, budget_after=5,
)  # fmt: skip
LEVELS: Mapping[str, Policy] = {"minimal": _MINIMAL, "standard": Policy(), "firm": _FIRM}
NAMES: Mapping[str, str] = {"tối thiểu": "minimal", "tiêu chuẩn": "standard", "tăng cường": "firm"}

_TUPLES = ("rungs", "report_rungs", "important_rungs", "deputy_rungs")
LIMITS: Mapping[str, tuple[int, int]] = {
    "every": (0, 60), "budget_before": (1, 7), "budget_after": (1, 7), "budget_important": (1, 7),
    "stop_after": (1, 60), "notice_days": (1, 366), "grace_days": (0, 60), "deputy_after": (0, 120),
    "desk_after": (0, 120), "leader_after": (0, 120),
}  # fmt: skip
PARTS = (*_TUPLES, *LIMITS)

Contradiction = Literal[
    "nothing_is_sent", "deputy_rung_unknown", "rung_before_notice", "desk_before_deputy", "leader_before_desk"
]  # fmt: skip
_SENTENCES: Mapping[Contradiction, str] = {
    "nothing_is_sent": "no rung and no repetition: nothing would ever be sent",
    "deputy_rung_unknown": "deputy_rungs has {0}, which is no rung of the ladder",
    "rung_before_notice": "rung {0} comes before the item is shown ({1} notice days)",
    "desk_before_deputy": "the desk would be told ({0}) before the deputy focal point is ({1})",
    "leader_before_desk": "the leader would be written to ({0}) before the desk is told ({1})",
}


class PolicyError(ValueError):
    """A part that cannot be read: which, and what was given."""

    def __init__(self, part: str, value: object, sentence: str) -> None:
        super().__init__(sentence)
        self.part, self.value = part, value


class ContradictionError(PolicyError):
    """Parts that cannot all be meant; `numbers` are those that disagree."""

    def __init__(self, kind: Contradiction, *numbers: int) -> None:
        super().__init__("", None, _SENTENCES[kind].format(*numbers))
        self.kind, self.numbers = kind, numbers


def policy(settings: Mapping[str, Any]) -> Policy:
    """The policy that `bloc.settings` asks for under `policy`: a level's name, or a mapping with `level` and any part
    to override. Raises PolicyError, which is a ValueError."""
    asked = settings.get("policy") or "standard"
    if not isinstance(asked, (str, Mapping)):
        raise PolicyError("policy", asked, f"a policy is a level's name or a mapping, not {asked!r}")
    parts: dict[str, Any] = {"level": asked} if isinstance(asked, str) else dict(asked)
    name = str(parts.pop("level", "standard")).lower()
    level = LEVELS.get(NAMES.get(name, name))
    if level is None:
        raise PolicyError("level", name, f"no such policy: {name!r}; choose one of {', '.join(LEVELS)}")
    unknown = sorted(parts.keys() - set(PARTS))
    if unknown:
        raise PolicyError(unknown[0], None, f"a policy has no {', '.join(unknown)}")
    found = replace(level, **{part: _read(part, value) for part, value in parts.items()})
    ladder = {*found.rungs, *found.report_rungs, *found.important_rungs}
    for contradiction in _contradictions(found, ladder, set(parts.get("deputy_rungs", ()))):
        raise contradiction
    return replace(found, deputy_rungs=tuple(rung for rung in found.deputy_rungs if rung in ladder))


def _read(part: str, value: Any) -> Any:
    if part in _TUPLES and isinstance(value, (list, tuple)) and all(map(_is_rung, value)):
        return tuple(sorted(set(value)))
    if part in LIMITS and type(value) is int and LIMITS[part][0] <= value <= LIMITS[part][1]:
        return value
    of = (
        f"working days from {EARLIEST} to {LATEST}"
        if part in _TUPLES
        else "a number from {} to {}".format(*LIMITS[part])
    )
    raise PolicyError(part, value, f"{part} of a policy cannot be {value!r}: it takes {of}")


def _is_rung(value: object) -> bool:
    return type(value) is int and EARLIEST <= value <= LATEST


def _contradictions(one: Policy, ladder: set[int], deputies: set[int]) -> Iterator[ContradictionError]:
    """`deputies`: the deputy focal point's rungs where the bloc names its own."""
    if not one.rungs and not one.every:
        yield ContradictionError("nothing_is_sent")
    for rung in sorted(deputies - ladder):
        yield ContradictionError("deputy_rung_unknown", rung)
    if ladder and -min(ladder) * _DAYS_OF_A_WEEK > one.notice_days * _WORKDAYS_OF_A_WEEK:
        yield ContradictionError("rung_before_notice", min(ladder), one.notice_days)
    if one.desk_after and one.deputy_after > one.desk_after:
        yield ContradictionError("desk_before_deputy", one.desk_after, one.deputy_after)
    if one.leader_after and one.desk_after > one.leader_after:
        yield ContradictionError("leader_before_desk", one.leader_after, one.desk_after)


def as_settings(one: Policy) -> dict[str, Any]:
    """As `bloc.settings` keeps it: the level, and only what differs from it."""
    own, level = asdict(one), asdict(LEVELS[one.level])
    differing = {part: list(own[part]) if part in _TUPLES else own[part] for part in PARTS if own[part] != level[part]}
    return {"level": one.level, **differing}
