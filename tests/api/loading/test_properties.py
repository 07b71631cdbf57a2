"""What holds for every bloc file, not only for those somebody thought of."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.services.loading import blocfile
from api.services.loading import milestones as milestone_lines
from api.services.loading.blocfile import BlocFile, BlocFileRefused, Problem
from models.database import Database
from tests.api.loading.covenants import load

BAC_KAN = blocfile.sample("noi-chinh-bac-kan-2024")
AGENCIES = [line for line in BAC_KAN.splitlines() if line.startswith("  - {name:")]
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def fresh(template: Path) -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "giaouoc.db"
        file.write_bytes(template.read_bytes())
        database = Database(f"sqlite:///{file}")
        yield database
        database.close()


@settings(SLOW, max_examples=8)
@given(order=st.permutations(AGENCIES))
def test_loading_any_order_of_agencies_twice_changes_nothing(sqlite_template: Path, order: list[str]) -> None:
    lines = iter(order)
    text = "\n".join(next(lines) if line in AGENCIES else line for line in BAC_KAN.splitlines())
    with fresh(sqlite_template) as database:
        first = load(database, blocfile.read(BAC_KAN, "x.yaml"))
        for _ in range(2):
            again = load(database, blocfile.read(text, "x.yaml"))
            assert (again.created, again.changed, again.obligations) == (0, 0, first.obligations)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A shipped file after some slips: pieces cut out, doubled, or replaced by what a keyboard or a tool leaves."""
    text = blocfile.sample(draw(st.sampled_from(blocfile.samples())))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 1, 2, 5, 40, 300))))
        slip = draw(st.one_of(st.sampled_from(SLIPS), st.text(max_size=6), st.just(text[start:end] * 2)))
        text = text[:start] + slip + text[end:]
    return text


SLIPS = (
    "", "\n", "  ", "\t", ":", ": ", "- ", "[", "]", "{", "}", "'", '"', "#", "&a ", "*a", "!", "|", ">", "%", "@", ",",
    "null", "31/6", "2024-02-30", "0", "-1", "9" * 40, "1e9", "true", "2024", "trước ngày 01/01/0001", "9999-12-31",
    "\n- default\n", "after: M12 + 366 ngày", "recurs: month", "due: ", "seat: head", "short: ", "use: M05", "\u0000",
    "\ufeff", "\u2028", "\ud83d\ude00", "\nmilestones:\n  - {use: M03, after: M02}\n",
)  # fmt: skip


def read_or_refused(text: str) -> BlocFile | tuple[Problem, ...]:
    """The only two ways in which reading may end."""
    try:
        return blocfile.read(text, "khoi.yaml")
    except BlocFileRefused as refused:
        return refused.problems


@settings(SLOW, max_examples=200)
@given(text=mutated())
def test_a_mutated_file_loads_or_is_refused_and_nothing_else(text: str) -> None:
    found = read_or_refused(text)
    if isinstance(found, BlocFile):
        assert found.bloc
        assert found.milestones
    else:
        assert found
        assert all(problem.place.line >= 1 and problem.place.column >= 1 for problem in found)


@settings(SLOW, max_examples=15)
@given(text=mutated())
def test_a_mutated_file_that_is_read_can_be_loaded_twice(sqlite_template: Path, text: str) -> None:
    found = read_or_refused(text)
    if not isinstance(found, BlocFile):
        return
    with fresh(sqlite_template) as database:
        load(database, found)
        again = load(database, found)
        assert (again.created, again.changed) == (0, 0)


@settings(SLOW, max_examples=60)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_place(content: bytes) -> None:
    with pytest.raises(BlocFileRefused) as refused:
        blocfile.read(content, "x.yaml")
    assert all(str(problem).startswith("x.yaml:") for problem in refused.value.problems)


_KEYS = sorted({*blocfile.KEYS, *blocfile.AGENCY_KEYS, *blocfile.SETTINGS_KEYS, *milestone_lines.KEYS})
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.dates()
    | st.sampled_from(("default", "31/6", "M05", "STP", "ngày 15", "head", "focal"))
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=12,
)


@settings(SLOW, max_examples=150)
@given(
    tree=st.fixed_dictionaries(
        {"bloc": st.just("Khối"), "season": st.just(2024)},
        optional=dict.fromkeys([key for key in blocfile.KEYS if key not in ("bloc", "season")], _TREES),
    )
)
def test_a_file_of_the_right_keys_and_any_values_is_read_or_refused(tree: dict[str, object]) -> None:
    assert read_or_refused(yaml.safe_dump(tree, allow_unicode=True))
