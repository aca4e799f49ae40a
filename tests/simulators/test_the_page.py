"""The documentation says what the code does."""

from pathlib import Path

from dedupe.simulators.population.provider_record import HABITS
from dedupe.simulators.server.faults import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "simulators.md").read_text(encoding="utf-8")


def test_every_switch_stands_on_the_page_with_its_sentence() -> None:
    for fault in FAULTS.values():
        assert any(
            line.startswith(f"| `{fault.name}` |") and line.endswith(f"{fault.description} |")
            for line in PAGE.splitlines()
        ), fault.name


def test_the_page_names_each_provider_s_region() -> None:
    page = " ".join(PAGE.split())
    assert all(f"{provider} {habits.home}" in page for provider, habits in HABITS.items())
