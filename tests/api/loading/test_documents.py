"""What the documentation of the bloc file shows really works."""

import re
from pathlib import Path

from api.services.loading import blocfile
from api.services.loading import milestones as milestone_lines
from api.services.loading.blocfile import BlocFile

PAGE = (Path(__file__).parents[3] / "docs" / "bloc-file.md").read_text(encoding="utf-8")


def example() -> BlocFile:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return blocfile.read(found[1], "vi-du.yaml")


def test_the_example_of_the_page_can_be_loaded() -> None:
    dates = {line.key: line.due_on.isoformat() for line in example().milestones}
    assert (dates["M05"], dates["kiem-tra"]) == ("2026-06-19", "2026-11-17")
    assert "M04" not in dates
    assert len([key for key in dates if key.startswith("bc-thang-")]) == 12


def test_every_key_of_the_format_stands_on_the_page() -> None:
    known = (*blocfile.KEYS, *blocfile.AGENCY_KEYS, *blocfile.SETTINGS_KEYS, *milestone_lines.KEYS)
    for key in known:
        assert f"`{key}`" in PAGE or f"{key}:" in PAGE, key
