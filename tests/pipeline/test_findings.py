"""What the state of the service says that a person should do."""

from __future__ import annotations

from datetime import UTC, datetime

from dedupe.pipeline.findings import Finding, findings
from dedupe.pipeline.operating import SourceState
from dedupe.pipeline.service_state import QualityState, QueueState, ServiceState

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
QUIET = QueueState(0, None, 0, 0, 0)


def found(queue: QueueState = QUIET, *sources: SourceState) -> list[Finding]:
    unmeasured = QualityState(None, None, None, None, 0, 0, same_model=True)
    return findings(ServiceState(NOW, list(sources), [], [], [], queue, unmeasured))


def test_a_source_that_is_held_is_accepted_by_a_command() -> None:
    held = SourceState("crm", "whippy", True, True, NOW, None, 10, 0, 0, 0)
    [told] = [one for one in found(QUIET, held) if one.page == "/#sources"]
    assert told.kind == "wrong"
    assert "dedupe nightly --accept crm" in told.to_do


def test_one_group_with_one_contact_is_told_in_the_singular() -> None:
    [one] = [each.what for each in found(QueueState(0, None, 0, 1, 1)) if each.page == "/#queue"]
    assert one == "1 group with 1 changed contact held back from live merging."
    [many] = [each.what for each in found(QueueState(0, None, 0, 2, 1200)) if each.page == "/#queue"]
    assert many == "2 groups with 1,200 changed contacts held back from live merging."


def test_a_source_of_files_is_brought_in_by_an_import_and_not_by_a_fetch() -> None:
    never = SourceState("fair", "file", True, False, None, None, 0, 0, 0, 0)
    [told] = [one for one in found(QUIET, never) if one.page == "/#sources"]
    assert "dedupe import FILE --source fair" in told.to_do
    assert "dedupe fetch" not in told.to_do
    by_the_api = SourceState("fair", "file", True, False, None, None, 12, 0, 0, 0)
    assert [one for one in found(QUIET, by_the_api) if one.page == "/#sources"] == []
    held = SourceState("fair", "file", True, True, NOW, None, 10, 0, 0, 0)
    [told] = [one for one in found(QUIET, held) if one.page == "/#sources"]
    assert "dedupe import FILE --source fair --accept" in told.to_do
