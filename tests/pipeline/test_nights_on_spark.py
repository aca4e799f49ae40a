"""A night on Spark, whose workers read contacts from Postgres, serves what a night of one machine does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dedupe.errors import ConfigurationError
from dedupe.model import ValueVerdict, Verdict
from dedupe.pipeline.merge_inputs import MergeSettings, load
from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate
from dedupe.storage.server_address import ServerAddress
from tests.conftest import FOLDER
from tests.house import Given, House, contact

pytestmark = pytest.mark.spark

GIVEN = "Ada Ben Cleo Dan Edith Finn Greta Hugo Ines Jonas".split()  # noqa: SIM905
FAMILY = "Abbott Brandt Castell Dupont Eriksen Ferrari Gruber Hansen".split()  # noqa: SIM905


def people() -> list[Given]:
    """People of whom two sources each hold one contact."""
    found = []
    for number, (given, family) in enumerate((given, family) for given in GIVEN for family in FAMILY):
        name, email = f"{given} {family}", f"{given}.{family}@mail.example"
        found.append(contact(f"crm:{number:03}", name=name, email=email, phone=f"+44 20 7946 {number:04}"))
        found.append(contact(f"shop:é{number}", name=name, email=email, day=1 + number % 28))
    return found


@pytest.fixture
def settings() -> MergeSettings:
    return MergeSettings(server=ServerAddress(folder=Path(os.environ[FOLDER]) / "night"))


@pytest.fixture
def house(settings: MergeSettings) -> Iterator[House]:
    """On an embedded Postgres of its own, as a machine without any configuration has one."""
    assert settings.server is not None
    with Database(None, settings.server.folder) as database:
        migrate(database)
        yield House(database, settings)


def test_a_night_on_spark_serves_the_golden_contacts_of_one_machine(house: House, spark_engine: Any) -> None:
    house.collected(*people())
    house.decided("crm:000", "shop:é0", Verdict.DIFFERENT)
    house.decided("crm:005", "shop:é9", Verdict.SAME)
    house.judged("email", "ben.dupont@mail.example", ValueVerdict.NOT_THEIRS, "shop:é11")
    one = house.merges()
    served = house.state()
    assert house.golden_of("crm:000") != house.golden_of("shop:é0")
    assert house.golden_of("crm:001") == house.golden_of("shop:é1")
    house.forgets_all_but_facts()
    house.engine = spark_engine
    other = house.merges()
    assert (other.status, other.digest, house.state()) == (one.status, one.digest, served)


def test_a_variable_that_spark_workers_lack_ends_the_night(house: House, spark_engine: Any) -> None:
    house.collected(*people()[:4])
    elsewhere = replace(house.settings, server=ServerAddress(variable="NOBODY_SET_THIS"))
    from dedupe.engines.spark.session import meaning_of_errors

    with (
        pytest.raises(ConfigurationError, match=r"\$NOBODY_SET_THIS is not set"),
        meaning_of_errors(),
    ):
        load(house.database, elsewhere, spark_engine)
