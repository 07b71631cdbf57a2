"""How a figure is printed: what, ours, the baseline, their ratio, the bar."""

from collections.abc import Callable
from time import perf_counter


def heading(text: str) -> None:
    print(f"\n## {text}", flush=True)


def line(what: str, ours: str, beside: str = "", ratio: str = "", bar: str = "") -> None:
    print(f"{what:<46} {ours:>16}  {beside:>30}  {ratio:>9}  {bar}", flush=True)


def best(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of several runs: what the code costs when nobody disturbs it."""
    found = []
    for _ in range(times):
        start = perf_counter()
        work()
        found.append(perf_counter() - start)
    return min(found)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
