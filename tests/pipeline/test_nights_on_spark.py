"""A night on Spark, whose workers read contacts from Postgres, serves what a night of one machine does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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

DEDUPE = "from dedupe.cli.starting import main; main()"
ON_SPARK = """[engine]
kind = "spark"
master = "local[2]"
spark = { "spark.sql.shuffle.partitions" = "2" }
"""

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


def test_the_nightly_command_stages_on_spark_what_it_stages_here(tmp_path: Path) -> None:
    rows = ["record_id,full_name,email,phone"]
    for number, (given, family) in enumerate((given, family) for given in GIVEN for family in FAMILY[:4]):
        said = f"{given} {family},{given}@{family}.example,+4420794600{number:02}"
        rows += [f"{number}a,{said}", f"{number}b,{said}"]
    (tmp_path / "people.csv").write_text("\n".join(rows))
    for place, engine in (("here", ""), ("spark", ON_SPARK)):
        data = Path(os.environ[FOLDER]) / f"command-{place}"
        (tmp_path / f"{place}.toml").write_text(f'[database]\ndata_dir = "{data}"\n{engine}')
    ran(tmp_path, "here", "import", "people.csv", "--source", "crm")
    ran(tmp_path, "here", "facts", "export", "facts")
    ran(tmp_path, "spark", "facts", "import", "facts")
    one, other = (ran(tmp_path, place, "nightly", "--report", "report.json") for place in ("here", "spark"))
    assert (other["status"], other["digest"]) == ("published", one["digest"])
    assert (other["matching"], other["quality"]) == (one["matching"], one["quality"])


def ran(folder: Path, place: str, *asked: str) -> Any:
    """Run the command with the configuration of a place; gives what its report says of merging."""
    command = [sys.executable, "-c", DEDUPE, "--config", f"{place}.toml", *asked]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "report.json").read_text())["merged"] if "--report" in asked else None


def test_a_variable_that_spark_workers_lack_ends_the_night(house: House, spark_engine: Any) -> None:
    house.collected(*people()[:4])
    elsewhere = replace(house.settings, server=ServerAddress(variable="NOBODY_SET_THIS"))
    from dedupe.engines.spark.session import meaning_of_errors

    with (
        pytest.raises(ConfigurationError, match=r"\$NOBODY_SET_THIS is not set"),
        meaning_of_errors(),
    ):
        load(house.database, elsewhere, spark_engine)
