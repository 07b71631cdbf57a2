from datetime import UTC, datetime, timedelta

from api.allowance import Allowance

T = datetime(2024, 6, 11, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NONE = timedelta(0)


def test_a_burst_is_free_and_then_there_is_an_even_pace() -> None:
    allowance = Allowance(burst=3, every=2 * SECOND)
    assert [allowance.wait("a", T) for _ in range(3)] == [NONE, NONE, NONE]
    assert allowance.wait("a", T) == 2 * SECOND
    assert allowance.wait("a", T + SECOND) == SECOND
    assert allowance.wait("a", T + 2 * SECOND) == NONE


def test_asking_in_vain_costs_nothing() -> None:
    allowance = Allowance(burst=1, every=2 * SECOND)
    allowance.wait("a", T)
    assert [allowance.wait("a", T) for _ in range(5)] == [2 * SECOND] * 5


def test_keys_do_not_share() -> None:
    allowance = Allowance(burst=1, every=2 * SECOND)
    allowance.wait("a", T)
    assert allowance.wait("b", T) == NONE


def test_who_rests_has_the_whole_burst_again() -> None:
    allowance = Allowance(burst=2, every=SECOND)
    allowance.wait("a", T)
    allowance.wait("a", T)
    later = T + timedelta(hours=1)
    assert [allowance.wait("a", later) for _ in range(3)] == [NONE, NONE, SECOND]
