"""Links like one of them: the same levels, or the same value, counted first and given page by page."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from dedupe.errors import UsageError
from dedupe.model import Verdict
from dedupe.review.similar import Similar, shared_values, similar
from tests.house import contact
from tests.normalizers.given_contacts import contact as given_contact
from tests.normalizers.given_contacts import normalized
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]

NAMES = ("Ann Quill", "Bob Stone", "Cyd Marsh", "Dee Holt", "Eve Fenn")


def like(house: DecidingHouse, left: str, right: str, **how: Any) -> Similar:
    with house.database.begin() as connection:
        return similar(connection, ADA, house.scorer, left, right, **how)


@pytest.fixture
def twins(house: DecidingHouse) -> DecidingHouse:
    """Five people, each twice by name and email; the office's phone stands with the first three."""
    for number, name in enumerate(NAMES):
        email = f"{name.lower().replace(' ', '.')}@home.example"
        phone = "+442079460018" if number < 3 else None
        house.collected(
            contact(f"crm:{number}", name=name, email=email, phone=phone),
            contact(f"mail:{number}", name=name, email=email, phone=phone),
        )
    house.merges()
    return house


def keys(found: Similar) -> list[frozenset[str]]:
    return [frozenset((one.left_key, one.right_key)) for one in found.links]


def test_links_with_the_same_levels_are_found(twins: DecidingHouse) -> None:
    found = like(twins, "crm:3", "mail:3")
    assert frozenset(("crm:4", "mail:4")) in keys(found)
    assert found.counts["levels"] == sum(one.same_levels for one in found.links) > 0
    assert frozenset(("crm:3", "mail:3")) not in keys(found)


def test_links_whose_sides_hold_the_same_value_are_found(twins: DecidingHouse) -> None:
    found = like(twins, "crm:0", "mail:0")
    assert {frozenset(("crm:1", "mail:1")), frozenset(("crm:2", "mail:2"))} <= set(keys(found))
    assert found.counts["phone"] == sum("phone" in one.same_values for one in found.links)
    assert "phone" in [value.field for value in found.rests_on.values]


def test_pages_give_every_link_once_the_weakest_first(twins: DecidingHouse) -> None:
    whole = like(twins, "crm:0", "mail:0")
    found, after = [], None
    for _ in range(len(whole.links)):
        page = like(twins, "crm:0", "mail:0", limit=1, after=after)
        found += page.links
        after = page.after
    assert after is None
    assert found == whole.links
    assert [one.weight for one in found] == sorted(one.weight for one in found)


def test_a_pair_decided_different_still_finds_what_is_like_it(twins: DecidingHouse) -> None:
    before = set(keys(like(twins, "crm:3", "mail:3")))
    twins.decides(Verdict.DIFFERENT, "crm:3", "mail:3")
    found = like(twins, "crm:3", "mail:3")
    assert not found.rests_on.linked
    assert set(keys(found)) == before


def test_a_contact_like_itself_and_a_spoilt_page_are_refused(twins: DecidingHouse) -> None:
    for left, right, how in (
        ("crm:1", "crm:1", {}),
        ("crm:1", "crm:99", {}),
        ("crm:1", "mail:1", {"after": "7/x/y"}),
    ):
        with pytest.raises(UsageError):
            like(twins, left, right, **how)


def test_who_looked_stands_in_the_access_log(twins: DecidingHouse) -> None:
    like(twins, "crm:3", "mail:3")
    assert twins.rows()["access_log"] > 0


def test_a_link_of_a_model_with_other_levels_is_told_and_compared_by_its_names(twins: DecidingHouse) -> None:
    """Stored by a release whose comparisons had a level and a comparison that today's don't have."""
    old = '{"given_name": "same", "email": "one_letter_apart", "zodiac": "leo"}'
    with twins.database.begin() as connection:
        links = text("SELECT id FROM dedupe.source_contacts WHERE external_id = ANY(:ids)")
        ends = list(connection.execute(links, {"ids": ["3", "4"]}).scalars())
        connection.execute(
            text("""UPDATE dedupe.links SET levels = CAST(:old AS json)
                     WHERE left_contact = ANY(:ends) AND right_contact = ANY(:ends)"""),
            {"old": old, "ends": ends},
        )
    found = like(twins, "crm:3", "mail:3")
    assert found.rests_on.levels == {"given_name": "same", "email": "one_letter_apart", "zodiac": "leo"}
    assert keys(found) == [frozenset(("crm:4", "mail:4"))]
    assert found.links[0].same_levels


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        ("Ann Lee", "Ann Lee", ["ann lee"]),
        ("Bob Smith", "Robert Smith", ["n:bob smith", "n:robert smith"]),
        ("Xiang Li", "Xiang Li", ["xiang li"]),
        ("Ann Lee", "Bo Ray", []),
    ],
)
def test_a_name_in_common_is_the_one_that_both_bear(one: str, other: str, names: list[str]) -> None:
    left, right = normalized(given_contact(names=[one]), given_contact(names=[other]))
    assert [found.key for found in shared_values(left, right) if found.field == "name"] == names
