"""What golden contacts showed before goes with an erasure, and with the raw of who is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.erasure import Keep, erase, purge
from dedupe.pipeline.importing import import_file
from dedupe.pipeline.reading import read_changed
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage.database import Database
from tests.pipeline.text_search import held
from tests.review.deciding_house import DecidingHouse

KEY = b"the key of the hashes"
SETTINGS = NormalizeSettings()
HISTORY = "golden_versions.content"


class ImportingHouse(DecidingHouse):
    """Jonathan Marchetti stands in two lists, by one phone; Bo Ray in one."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database)
        self.file = folder / "people.csv"
        self.imports("mail", "1,Jonathan Marchetti,,+442079460001,")

    def imports(self, source: str, *rows: str) -> None:
        self.file.write_text("\n".join(["id,name,email,phone,contact point", *rows]) + "\n")
        import_file(self.database, self.file, SETTINGS, source, erasure_key=KEY, complete=True)

    def shows(self, *emails: str) -> None:
        """One address after the other, a night each."""
        for email in emails:
            self.imports("crm", f"1,Jonathan Marchetti,{email},+442079460001,")
            self.imports("list", f"2,Bo Ray,bo@x.org,,as {len(email)}")
            self.merges()

    def erases(self, *what: str) -> int:
        return erase(self.database, SETTINGS, KEY, what, unshow=self.unshow).contacts


@pytest.fixture
def house(database: Database, tmp_path: Path) -> ImportingHouse:
    return ImportingHouse(database, tmp_path)


def test_what_was_shown_with_an_erased_source_contact_goes(house: ImportingHouse) -> None:
    house.shows("one@x.org", "two@x.org")
    assert house.golden_of("crm:1") == house.golden_of("mail:1")
    assert HISTORY in held(house.database, "one@x.org")
    assert house.erases("mail:1") == 1
    assert HISTORY not in held(house.database, "one@x.org")


def test_what_was_shown_with_an_address_goes_though_its_contact_gave_it_up(house: ImportingHouse) -> None:
    house.shows("Old.Box@gmail.com", "new@x.org", "newer@x.org")
    assert HISTORY in held(house.database, "old.box@gmail.com")
    assert house.erases("oldbox@gmail.com") == 0
    for written in ("old.box@gmail.com", "Old.Box@gmail.com", "oldbox@gmail.com"):
        assert held(house.database, written) == set()
    assert HISTORY not in held(house.database, "new@x.org"), "nor what else its contact was shown with"


def test_links_and_questions_that_runs_replaced_go_with_either_side(house: ImportingHouse) -> None:
    house.shows("one@x.org")
    seed = str(house.seed("mail:1"))
    for rows in (["1,Jonathan Marchetti,jm@x.org,,"], ["1,Somebody Else,else@x.org,,"]):
        house.imports("mail", *rows)
        house.merges()
    assert "replaced_rows.content" in held(house.database, seed)
    house.erases("crm:1")
    assert "replaced_rows.content" not in held(house.database, seed)


def test_an_address_given_up_since_the_last_night_is_shown_no_more_and_not_kept(
    house: ImportingHouse,
) -> None:
    house.shows("old@x.org")
    house.imports("crm", "1,Jonathan Marchetti,new@x.org,+442079460001,")
    assert house.erases("old@x.org") == 0
    assert held(house.database, "old@x.org") == set()
    assert house.record_of("crm:1")["emails"] == ["new@x.org"]


@pytest.mark.parametrize("asked", ["jom@gmail.com", "Jo.M@gmail.com"])
def test_what_was_shown_is_found_by_value_where_no_raw_says_so_any_more(
    house: ImportingHouse, asked: str
) -> None:
    house.shows("Jo.M@gmail.com", "later@x.org", "latest@x.org")
    with house.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM dedupe.source_contact_versions")
    assert house.erases(asked) == 0
    assert held(house.database, "jo.m@gmail.com") == set()
    assert HISTORY in held(house.database, "later@x.org")


def test_what_was_shown_of_a_contact_that_is_gone_goes_with_its_raw(house: ImportingHouse) -> None:
    house.shows("jm@x.org")
    house.vanished("crm:1")
    house.merges()
    assert purge(house.database, Keep(gone=timedelta(days=30))).contacts == 0
    assert HISTORY in held(house.database, "jm@x.org")
    assert purge(house.database, Keep(gone=timedelta())).contacts == 1
    assert held(house.database, "jm@x.org") == set()


def test_what_was_shown_goes_of_somebody_whom_a_new_mapping_shows_to_be_erased(house: ImportingHouse) -> None:
    house.imports("other", "7,Zebulon Whittaker,ann@x.org,,")
    for email in ("before@x.org", "after@x.org"):
        house.imports("crm", f"1,Ann Lee,{email},,ann@x.org")
        house.merges()
    house.erases("other:7", "ann@x.org")
    assert HISTORY in held(house.database, "before@x.org")
    own = SourceSettings("crm", "file", mapping={"contact point": "email"})
    with house.database.connect() as connection:
        erased = Erased.load(connection, KEY, SETTINGS)
    report = SourceReport("crm", "file")
    read_changed(house.database, {"crm": own}, SETTINGS, {"crm": report}, erased=erased)
    assert report.erased == 1
    assert HISTORY not in held(house.database, "before@x.org")
