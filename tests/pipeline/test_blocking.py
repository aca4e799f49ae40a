from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dedupe.engines.local import LocalEngine
from dedupe.matching.blocking.candidate_pairs import RULE_NAMES, RULES
from dedupe.matching.features.build import build_features
from dedupe.pipeline.blocking_keys import BlockingKeys
from dedupe.pipeline.record_linkage import block
from tests.matching.normalized_contacts import contact, contacts, unrelated_people

Met = Callable[..., dict[tuple[int, int], set[str]]]


@pytest.fixture
def met(engine: Any) -> Met:
    """By which rules each pair of contacts meets, on every engine."""

    def found(*rows: dict[str, Any]) -> dict[tuple[int, int], set[str]]:
        pairs, _ = block(engine.evidence(contacts(*rows), False), engine)
        return dict(_met(engine.collect(pairs)))

    return found


def _met(pairs: pa.Table) -> Iterator[tuple[tuple[int, int], set[str]]]:
    for row in pairs.to_pylist():
        rules = {name for number, name in enumerate(RULE_NAMES) if row["rules"] >> number & 1}
        yield (row["left"], row["right"]), rules


def test_pairs_are_found_once_with_every_rule_that_found_them(met: Met) -> None:
    ann = contact("ann smith", email="ann.smith@x.org", birth="1980-02-01")
    found = met(ann, ann, *unrelated_people(100))
    assert {"email", "email_local", "name", "given_birth"} <= found.pop((0, 1))
    assert not any(left < 2 for left, _ in found)


def test_users_of_an_overfull_switchboard_meet_by_their_names(met: Met) -> None:
    rows = [{**row, "phones": contact(phone="+14155550100")["phones"]} for row in unrelated_people(100)]
    twins = [contact("zoe quartz", phone="+14155550100"), contact("zoe quartz", phone="+14155550100")]
    found = met(*twins, *rows)
    assert "phone" in found[0, 1]
    assert not any(left < 2 < right for left, right in found)


def test_namesakes_too_many_to_compare_meet_by_another_thing_in_common(met: Met) -> None:
    rows = [contact("john smith", company=f"company{number}") for number in range(40)]
    rows[3:5] = [contact("john smith", company="acme")] * 2
    assert {pair for pair, rules in met(*rows).items() if "name" in rules} == {(3, 4)}


def test_names_alone_do_not_split_namesakes(met: Met) -> None:
    assert not met(*[contact("john smith")] * 40)


@pytest.mark.parametrize("scrambled", ["nhoj smith", "hjno smith"])
@pytest.mark.parametrize(
    ("rule", "told"),
    [("letters_city", {"city": "springfield"}), ("letters_domain", {"email": "mail@acme.example"})],
)
def test_scrambled_given_names_meet_beside_family_name_and_town_or_domain(
    met: Met, scrambled, rule, told
) -> None:
    one, other = contact("john smith", **told), contact(scrambled, **told)
    assert rule in met(one, other)[0, 1]
    assert rule not in met(one, contact("jane smith", **told)).get((0, 1), set())


def test_keys_that_wait_on_disk_are_those_in_memory() -> None:
    table = contacts(*everything_told(), *unrelated_people(40), *unrelated_people(20), contact())
    features, engine = build_features(table), LocalEngine(threads=1)
    in_memory, on_disk = BlockingKeys(len(table)), BlockingKeys(len(table), many=0, block=7)
    found = ordered(engine.over(features, on_disk.first))
    assert found.equals(ordered(engine.over(features, in_memory.first)))
    told = {RULES[rule].name for rule in np.unique(found["rule"].to_numpy())}
    assert told == set(RULE_NAMES) - {"name_sound"}  # which these names have no key of
    some = table.select(["contact"]).slice(3, 50)
    second = ordered(engine.over(features, on_disk.second, some))
    assert second.equals(ordered(engine.over(features, in_memory.second, some)))


def everything_told() -> list[dict[str, Any]]:
    """Several who share a key of every rule."""
    place = {"street": "1 main street", "city": "springfield", "postcode": "12345", "company": "acme"}
    told = {"email": "john.smith@acme.example", "phone": "+14155550100", "identifier": "crm:1"}
    return [contact("john smith", birth="1980-02-01", **place, **told)] * 3


def ordered(rows: pa.Table) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in rows.column_names])


def test_pairs_of_rows_that_wait_on_disk_are_those_in_memory() -> None:
    table = contacts(*everything_told(), *unrelated_people(40), *unrelated_people(20))
    features = build_features(table)
    in_memory, told = block(features, LocalEngine())
    on_disk, also_told = block(features, LocalEngine(on_disk_from=1))
    assert on_disk.equals(in_memory)
    assert also_told == told
