from dataclasses import replace

import pytest
from sqlalchemy import text as sql

from dedupe.errors import InputError
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.pipeline import reading, reading_while_storing
from dedupe.pipeline.importing import import_file
from dedupe.pipeline.reading import read_changed
from dedupe.pipeline.source_report import SourceReport
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.storage import contacts
from dedupe.storage import sources as stored_sources
from tests.pipeline.collecting_house import count, live, night, run, sources

SETTINGS = NormalizeSettings(fallback_region="US")


@pytest.fixture
def imported(database, tmp_path):
    def made(text: str, name: str = "people.csv", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        reports = import_file(database, path, SETTINGS, **options)
        return reports[0] if len(reports) == 1 else reports

    return made


def test_a_file_imported_again_is_an_update(database, imported):
    first = imported("id,name,email\n1,Ann,a@x.org\n2,Bob,b@x.org\n", source="crm")
    again = imported("id,name,email\n1,Ann,a@x.org\n2,Bobby,b@x.org\n3,Cy,c@x.org\n", source="crm")
    assert (first.new, first.read) == (2, 2)
    assert (again.new, again.changed, again.same, again.read) == (1, 1, 1, 2)
    assert live(database, "crm")["2"]["name"] == "Bobby"


CARDS = "".join(
    f"BEGIN:VCARD\nVERSION:3.0\nUID:{uid}\nFN:{name}\nTEL:{phone}\nEND:VCARD\n"
    for uid, name, phone in ((1, "Ann Lee", "020 7946 0001"), (2, "Bo\u00e9", "+1 212 555 0100"))
)
FILES = {
    "people.csv": 'id,name,email,phone\n1,"Lee, ""Ann""",a@x.org;b@x.org,212-555-0100\n2,,,x\n',
    "people.jsonl": '{"id": 1, "name": "A\\u0000nn", "emails": [{"address": "a@x.org"}]}\n{"id": 2}\n',
    "people.vcf": CARDS,
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_read_while_it_is_stored_is_what_storage_says_later(database, imported, name):
    report = imported(FILES[name], name, source="crm")
    first = normalized(database)
    assert (report.read, len(first)) == (2, 2)
    with database.begin() as connection:
        connection.execute(sql("DELETE FROM dedupe.contacts"))
    again = SourceReport("crm", "file")
    assert read_changed(database, {}, SETTINGS, {"crm": again}) == 2
    assert normalized(database) == first
    assert again.rejected == report.rejected


def normalized(database) -> list[tuple[object, ...]]:
    query = """
        SELECT source_contact_id, version_id, kind, content::text, identity_hash, reader_version,
               normalizer_version
          FROM dedupe.contacts ORDER BY 1"""
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(sql(query))]


def test_a_row_that_cannot_be_normalized_keeps_no_other_out(database, imported, monkeypatch):
    def with_a_bug(given, settings):
        if "2" in given["external_id"].to_pylist():
            raise KeyError
        return normalize(given, settings)

    monkeypatch.setattr(reading_while_storing, "normalize", with_a_bug)
    monkeypatch.setattr(reading, "normalize", with_a_bug)
    report = imported("id,name\n1,Ann\n2,Bob\n3,Cy\n", source="crm")
    assert (report.new, count(database, "contacts"), report.bugs) == (3, 2, 1)


def test_an_unchanged_file_writes_nothing(database, imported):
    imported("id,name\n1,Ann\n2,Bob\n", source="crm")
    before = normalized(database), count(database, "source_contact_versions")
    again = imported("id,name\n2,Bob\n1,Ann\n", source="crm")
    assert (again.same, again.read) == (2, 0)
    assert (normalized(database), count(database, "source_contact_versions")) == before


def test_a_killed_import_leaves_nothing_half_stored(database, imported, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(contacts, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        imported("id,name\n1,Ann\n", source="crm")
    monkeypatch.undo()
    assert count(database, "source_contact_versions") == 0
    assert imported("id,name\n1,Ann\n", source="crm").new == 1


def test_rows_missing_from_a_file_stay_unless_it_is_complete(database, imported):
    imported("id,name\n1,Ann\n2,Bob\n", source="crm")
    assert imported("id,name\n1,Ann\n", source="crm").gone == 0
    assert imported("id,name\n1,Ann\n", source="crm", complete=True).gone == 1
    assert sorted(live(database, "crm")) == ["1"]
    assert count(database, "contacts") == 1


def test_a_complete_file_with_a_broken_row_proves_nothing(database, imported):
    imported("id,name\n1,Ann\n2,Bob\n", source="crm")
    report = imported("id,name\n1,Ann\n2,Bob,x,y\n", source="crm", complete=True)
    assert (report.gone, report.status, report.quarantined) == (0, "incomplete", 1)
    assert count(database, "quarantine") == 1


def test_a_source_column_makes_several_sources(database, imported):
    reports = imported("id,name,source\n1,Ann,crm\n1,Bob,mail\n2,Cy,\n", source="rest")
    assert [(one.source, one.new) for one in reports] == [("crm", 1), ("mail", 1), ("rest", 1)]


def test_a_file_of_which_no_row_can_be_read_fails_and_tells_of_its_rows(database, imported, tmp_path):
    report = imported("id,name\n1,Ann,x\n2,Bob,x\n", source="crm")
    assert (report.source, report.status, report.quarantined, report.new) == ("crm", "failed", 2, 0)
    assert count(database, "quarantine") == 2
    own = SourceSettings("watched", "file", path=tmp_path / "people.csv")
    watched = night(database, [own])["watched"]
    assert (watched.status, watched.quarantined) == ("failed", 2)


def test_a_row_that_cannot_be_read_is_set_aside_once_whatever_sources_the_file_names(database, imported):
    reports = imported("id,name,source\n1,Ann,crm\n1,Bob,mail\n2,Cy,crm,x\n", source="rest")
    assert [(one.source, one.quarantined) for one in reports] == [("crm", 1), ("mail", 0)]
    assert count(database, "quarantine") == 1


def test_a_mapping_is_remembered_for_reading_again(database, imported):
    imported("id,wer\n1,Ann Lee\n", source="crm", mapping={"wer": "full_name"})
    assert run(database, []).read == 1  # with other settings than the import's
    with database.connect() as connection:
        assert contacts.live(connection).table["names"][0].as_py()[0]["given"] == "Ann Lee"


def test_nul_in_a_file_is_stored_and_said(database, imported):
    report = imported("id,name\n1,A\0nn\n", source="crm")
    assert report.new == 1
    assert any("replaced" in note for note in report.notes)
    assert live(database, "crm")["1"]["name"] == "A\0nn"


def test_a_line_of_json_is_stored_as_it_stood_in_the_file(database, imported):
    line = '{"id": 7, "id": 1, "name": "A\\u0000nn \\ud800", "tags": {"a":  [1.50]}}'
    report = imported(f"{line}\n", source="crm", name="people.jsonl")
    assert report.new == 1
    assert payload_of(database) == line
    imported(f'[{{"id": 2, "size": NaN}}, {line}]', source="other", name="people.json")
    assert payload_of(database) == line


def payload_of(database) -> str:
    """The text of the version that was stored last."""
    with database.connect() as connection:
        query = "SELECT payload::text FROM dedupe.source_contact_versions ORDER BY id DESC LIMIT 1"
        return str(connection.execute(sql(query)).scalar_one())


def test_a_provider_s_source_takes_no_file(database, imported):
    with database.begin() as connection:
        stored_sources.ensure(connection, "crm", "whippy")
    with pytest.raises(InputError, match="crm"):
        imported("id,name\n1,Ann\n", source="crm")


def test_a_folder_is_watched(database, tmp_path):
    own = SourceSettings("lists", "file", path=tmp_path)
    (tmp_path / "a.csv").write_text("id,name\n1,Ann\n")
    (tmp_path / "b.vcf").write_text("BEGIN:VCARD\nVERSION:3.0\nUID:7\nFN:Bob\nEND:VCARD\n")
    assert night(database, [own])["lists"].new == 2
    second = night(database, [own])["lists"]
    assert (second.fetched, second.notes) == (0, ["no file changed"])
    (tmp_path / "a.csv").write_text("id,name\n1,Anna\n")
    third = night(database, [own])["lists"]
    assert (third.changed, third.same) == (1, 1)


def test_a_missing_file_fails_its_source_alone(database, tmp_path):
    own = SourceSettings("lists", "file", path=tmp_path / "none.csv")
    report = night(database, [own])["lists"]
    assert (report.status, report.failure) == ("failed", "InputError")
    assert "none.csv" in str(report.reason)


def test_an_import_leaves_alone_how_other_sources_are_read(database, imported):
    with simulate(population(20, 1), ["whippy"]) as running:
        [own] = sources(running)
        mapped = replace(own, mapping={"company": "id"})
        run(database, [mapped])
        imported("id,name\n1,Ann\n", source="crm")
        assert run(database, [mapped]).read == 1  # the file's, with other settings than the import's


def test_a_source_left_out_of_a_run_is_neither_read_nor_renamed(database):
    with simulate(population(20, 1), ["whippy"]) as running:
        [own] = sources(running)
        run(database, [replace(own, mapping={"company": "id"})])
        run(database, [replace(own, name="texting")], besides=["whippy"])
        with database.connect() as connection:
            companies = contacts.live(connection).table.column("company").to_pylist()
    assert count(database, "sources") == 2
    assert (
        sum(company["value"] is not None for company in companies if company)
        >= count(database, "contacts") / 2
    )


def test_a_file_with_rows_for_a_provider_s_source_fails_alone(database, tmp_path):
    with database.begin() as connection:
        stored_sources.ensure(connection, "texting", "whippy")
    (tmp_path / "a.csv").write_text("id,name,source\n1,Ann,texting\n")
    (tmp_path / "b.csv").write_text("id,name\n1,Bob\n")
    configured = [SourceSettings(name, "file", path=tmp_path / f"{name}.csv") for name in "ab"]
    reports = night(database, configured)
    assert (reports["a"].status, reports["a"].failure) == ("failed", "InputError")
    assert reports["b"].new == 1


def test_a_file_tells_what_became_of_rows_for_another_source(database, tmp_path):
    (tmp_path / "a.csv").write_text("id,name,source\n1,Ann,crm\n")
    own = SourceSettings("a", "file", path=tmp_path / "a.csv")
    report = night(database, [own])["a"]
    assert (report.status, report.notes) == ("complete", ["1 rows of source crm went there, complete"])
    assert night(database, [own])["a"].notes == ["no file changed"]


def test_of_many_broken_rows_the_number_is_told(database, imported):
    report = imported("id,name\n0,Ann\n" + "".join(f"{n},x,y,z\n" for n in range(1, 31)), source="crm")
    told = [note for note in report.notes if "set aside" in note]
    assert (report.quarantined, len(told)) == (30, 20)
    assert any(note.startswith("… and 10 more") for note in report.notes)
