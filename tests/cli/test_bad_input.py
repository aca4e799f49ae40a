"""What a person gets to read when something given is wrong: what, where, what to do, and the exit code."""

from __future__ import annotations

import io
import json
import re
import signal
import socket

import pytest

from dedupe.config import DatabaseSection, Settings
from dedupe.matching.model.default import default_model
from dedupe.storage.database import Database
from dedupe.storage.match_models import activate, save
from dedupe.wiring.databases import how_to_migrate

ANN = "record_id,name,email\n1,Ann Ash,ann@example.org\n"


@pytest.fixture
def config(tmp_path):
    def write(text: str) -> None:
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def contacts(tmp_path):
    def write(content: str | bytes, name: str = "crm.csv") -> str:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return write


def test_every_mistake_of_the_configuration_is_told_at_once_with_file_and_key(dedupe, config):
    config(
        'colour = "red"\n[sources.Plant]\nprovider = "openmrp"\n'
        '[sources.sales]\ndefault_region = "germany"\nrate = 0\n[gate]\nmax_cluster = "many"\n'
    )
    ran = dedupe("nightly")

    assert ran.code == 2
    for said in (
        "config.toml: colour: there is no such key",
        "config.toml: sources.Plant: a source's name is made of lower-case letters, digits, - and _",
        "config.toml: sources.sales.provider: is missing",
        "config.toml: sources.sales.default_region: is no region; write its two capitals",
        "config.toml: sources.sales.rate: ",
        "config.toml: gate.max_cluster: ",
    ):
        assert said in ran.err


def test_every_unset_secret_is_told_at_once_with_file_and_key(dedupe, config, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    config(
        '[sources.a]\nprovider = "whippy"\ntoken_env = "NOT_SET"\n[sources.b]\nprovider = "whippy"\n'
        '[sources.c]\nprovider = "nobody"\ntoken_env = "NOT_SET"\n'
        '[sources.d]\nprovider = "whippy"\noptions = { hours = "night", full_walk = "monthly" }\n'
    )
    ran = dedupe("nightly")

    assert ran.code == 2
    assert "config.toml: sources.a.token_env: $NOT_SET is not set" in ran.err
    assert "config.toml: sources.b: give token_env" in ran.err
    assert "config.toml: sources.c.provider: nobody is none of" in ran.err
    assert "config.toml: sources.d.options.hours: write it as 22-6" in ran.err
    assert "config.toml: sources.d.options.full_walk: one of always, daily, weekly" in ran.err


def test_a_source_without_a_path_holds_settings_for_imports_by_hand(dedupe, config, contacts):
    config('[sources.fair]\nprovider = "file"\ndefault_region = "FR"\nmap = { Fon = "phone" }\n')
    ran = dedupe("import", contacts("Name,Fon\nAnn Ash,01 70 18 99 00\n"), "--source", "fair")

    assert ran.code == 0, ran.err
    assert "rejected" not in ran.out.splitlines()[-1]
    assert dedupe("nightly").code == 0
    assert dedupe("fetch").code == 0
    assert dedupe("doctor").code == 0
    assert "Ann Ash" in dedupe("lookup", "+33 1 70 18 99 00").out
    asked = dedupe("fetch", "fair")
    assert asked.code == 2
    assert "sources.fair has no path: bring it in by `dedupe import FILE --source fair`" in asked.err


def test_what_is_never_stored_is_not_stored_by_hand_either(dedupe, config, contacts, database_url):
    config('[sources.fair]\nprovider = "file"\nnever_store = ["salary"]\n')
    assert dedupe("import", contacts("name,salary\nAnn Ash,90000\n"), "--source", "fair").code == 0
    with Database(database_url) as opened, opened.begin() as connection:
        stored = connection.exec_driver_sql("SELECT * FROM source_contact_versions").fetchall()
    assert "90000" not in str(stored)


def test_phones_without_a_country_say_which_key_tells_it(dedupe, contacts):
    file = contacts("name,phone\nAnn Ash,030 123456\n")

    imported = dedupe("import", file, "--source", "crm")
    assert "rejected 1: phone: no country code" in imported.out
    assert '[sources.crm] default_region = "US", or [normalize] fallback_region' in imported.out
    assert "--region" in dedupe("normalize", file, "--output", "out.csv").err


def test_match_and_evaluate_say_what_they_could_not_read_and_what_to_do(dedupe, contacts, tmp_path):
    file = contacts("name,phone,truth\nAnn Ash,030 123456,a\nBo Ash,12,b\n")
    report = tmp_path / "report.json"
    matched = dedupe("match", file, "--output", "out.csv", "--report", report)
    evaluated = dedupe("evaluate", file, "--truth", "truth", "--model", "default")
    for ran in (matched, evaluated):
        assert "not read: 1 of phone: no country code" in ran.err
        assert "--region" in ran.err
        assert "not read: 1 of phone: no such number" in ran.err
        assert "030 123456" not in ran.err
    assert len(json.loads(report.read_text())["unread"]) == 2


def test_a_phone_of_200_digits_and_an_empty_contact_are_kept_with_the_reason(dedupe, contacts):
    ran = dedupe("import", contacts(f"id,name,phone\n1,Ann Ash,+{'5' * 200}\n2,,\n"), "--source", "crm")

    assert ran.code == 0, ran.err
    assert "rejected 1: phone: " in ran.out
    assert "rejected 1: contact: nothing usable in it" in ran.out


def test_nul_and_lone_surrogates_are_replaced_and_said(dedupe, contacts):
    csv = dedupe("import", contacts("record_id,name\n1,An\0n Ash\n"), "--source", "crm")
    assert csv.code == 0, csv.err
    assert "characters that can't be stored were replaced in name" in csv.err

    lines = '{"record_id": "1", "name": "An\\ud800n Ash"}\n{"record_id": "2", "name": "\\ud83d\\ude00"}\n'
    found = dedupe("import", contacts(lines, "crm.jsonl"), "--source", "lines")
    assert found.code == 0, found.err
    assert "characters that can't be stored were replaced in name" in found.err


def test_broken_rows_are_set_aside_and_the_others_come_in(dedupe, contacts):
    ran = dedupe("import", contacts(ANN + "2,Bob,bob@example.org,too,many\n3,Cy,cy@example.org\n"))

    assert ran.code == 0
    assert "line 3 set aside: 5 cells where the header has 3" in ran.err
    assert re.search(r"crm +complete +2 +2 ", ran.out)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
def test_a_few_accents_are_read_in_any_usual_encoding(dedupe, contacts, tmp_path, encoding):
    text = "record_id,name,email\n1,Zoë Müller,zoe@example.org\n2,José Núñez,jose@example.org\n"
    assert dedupe("normalize", contacts(text.encode(encoding)), "--output", "out.csv").code == 0
    assert "José Núñez" in (tmp_path / "out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "crm.csv: it is empty"),
        ("1,Ann Ash,ann@example.org\n", "crm.csv: no header"),
        ("colour,size\nred,3\n", "crm.csv: no header"),
    ],
)
def test_a_file_that_tells_of_nobody_is_refused(dedupe, contacts, content, said):
    ran = dedupe("import", contacts(content))
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_a_folder_or_a_missing_file_is_refused(dedupe, tmp_path):
    (tmp_path / "folder.csv").mkdir()
    ran = dedupe("import", "folder.csv")
    assert (ran.code, "folder.csv: it is a folder" in ran.err) == (2, True), ran.err
    assert dedupe("import", "missing.csv").code == 2


def test_two_rows_of_one_record_id_are_both_kept(dedupe, contacts):
    ran = dedupe("import", contacts(ANN + "1,Bob Bee,bob@example.org\n1,Ann Ash,ann@example.org\n"))
    assert re.search(r"crm +complete +2 +2 ", ran.out)
    assert "were kept under id#2" in ran.err
    assert "repeat another row" in ran.err


def test_identifiers_of_several_types_and_dates_in_three_orders_come_in(dedupe, contacts, tmp_path):
    rows = (
        "1,Ann Ash,123,1980-02-13\n2,Bob Bee,A-77;9,13/02/1980\n3,Cy Cee,1.5,02/13/1980\n4,Di Dee,,31.12.79\n"
    )
    file = contacts("record_id,name,identifier,birth_date\n" + rows)
    assert dedupe("import", file).code == 0
    assert dedupe("normalize", file, "--output", "out.csv").code == 0
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 5


@pytest.mark.long  # every try of every source
def test_a_failed_night_keeps_what_was_served(dedupe, town, contacts):
    assert dedupe("nightly").code == 0
    for simulator in town.running.values():
        simulator.close()
    ran = dedupe("nightly")
    assert ran.code == 3
    assert "Traceback" not in ran.err
    assert dedupe("lookup", town.person("digital99", has="email")["email"]).code == 0


def test_refused_credentials_fail_their_source_alone(dedupe, town, monkeypatch):
    monkeypatch.setenv("SIMULATED_WHIPPY_TOKEN", "another")
    ran = dedupe("nightly")
    assert ran.code == 3
    assert re.search(r"whippy: failed: .*401", ran.out)
    assert "`dedupe doctor whippy` tries it" in ran.out
    assert re.search(r"livedesk +complete", ran.out)
    assert "another" not in ran.out + ran.err


def test_a_database_that_is_down_or_misnamed_is_told(dedupe, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for url in (f"postgresql://nobody@127.0.0.1:{port}/none", "mysql://x/y", "nonsense"):
        monkeypatch.setenv("TEST_DATABASE", url)
        ran = dedupe("lookup", "ann@example.org")
        assert ran.code == 2
        assert "database.url" in ran.err
    monkeypatch.delenv("TEST_DATABASE")
    assert "database.url_env: $TEST_DATABASE is not set" in dedupe("lookup", "ann@example.org").err


def test_an_unwritable_data_folder_is_told_with_what_to_do(dedupe, monkeypatch, contacts):
    monkeypatch.delenv("DEDUPE_DATABASE__URL_ENV")
    monkeypatch.setenv("DEDUPE_DATABASE__DATA_DIR", contacts(ANN))
    ran = dedupe("nightly")
    assert ran.code == 2
    assert "choose another data folder, or name a server in database.url" in ran.err


def test_a_match_model_of_another_version_says_how_to_go_on(dedupe, contacts, database_url):
    assert dedupe("import", contacts(ANN)).code == 0
    model = json.loads(default_model().to_json())
    model["comparisons"].pop()
    with Database(database_url) as database, database.begin() as connection:
        activate(connection, save(connection, "older", "trained", json.dumps(model)))

    ran = dedupe("nightly")
    assert ran.code == 2
    assert "`dedupe model use shipped`" in ran.err
    assert dedupe("model", "use", "shipped").code == 0
    assert dedupe("nightly").code == 0


def test_a_port_in_use_is_told(dedupe):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = dedupe("serve", "--port", str(port))
    assert ran.code == 2
    assert str(port) in ran.err


def test_a_night_beside_another_is_refused(dedupe, database_url):
    with Database(database_url) as database, database.lock("nightly"):
        ran = dedupe("nightly")
    assert ran.code == 4
    assert "Wait for it, or stop it" in ran.err


def test_an_interrupted_night_says_that_nothing_is_lost_and_the_next_goes_on(dedupe, town):
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        ran = dedupe("nightly")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert ran.code == 130
    assert "interrupted; what was complete is kept, and the next run goes on" in ran.err
    assert dedupe("nightly").code == 0


def test_nobody_is_erased_without_a_yes(dedupe, config, monkeypatch):
    config('[privacy]\nerasure_key_env = "TEST_KEY"\n')
    monkeypatch.setenv("TEST_KEY", "a long random text")
    for answer in ("n\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        ran = dedupe("erase", "ann@example.org")
        assert ran.code == 2
        assert ran.err.endswith("dedupe: nothing was done; to erase without being asked: --yes\n")


def test_a_source_that_there_is_none_of_is_told(dedupe, config, contacts, monkeypatch):
    config('[privacy]\nerasure_key_env = "TEST_KEY"\n')
    monkeypatch.setenv("TEST_KEY", "a long random text")
    assert dedupe("import", contacts(ANN)).code == 0
    for command in (("lookup", "nosuch:1"), ("erase", "nosuch:1", "--yes")):
        ran = dedupe(*command)
        assert ran.code == 2
        assert "there is no such source; those there are: " in ran.err


def test_a_new_database_of_ones_own_makes_its_tables_by_itself():
    told = how_to_migrate(Settings())
    assert "`dedupe import` or `dedupe nightly` sees to that by itself" in told
    served = Settings(database=DatabaseSection(url="postgresql://db.example.org/x"))
    assert how_to_migrate(served) == "run `dedupe migrate`"


def test_nobody_is_erased_without_a_key(dedupe):
    ran = dedupe("erase", "ann@example.org", "--yes")
    assert ran.code == 2
    assert "privacy.erasure_key_env" in ran.err


def test_an_erased_person_stays_away_and_leaves_the_golden_contacts(dedupe, config, contacts, monkeypatch):
    config('[privacy]\nerasure_key_env = "TEST_KEY"\n')
    monkeypatch.setenv("TEST_KEY", "a long random text")
    file = contacts("id,name,email\n1,Ann Lee,ann@x.org\n2,Bo Ray,bo@x.org\n", "people.csv")
    assert dedupe("import", file, "--source", "fair").code == 0
    assert dedupe("nightly").code == 0
    assert dedupe("lookup", "ann@x.org").code == 0

    ran = dedupe("erase", "ann@x.org", "--yes")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "1 source contact erased")
    assert dedupe("lookup", "ann@x.org").code == 2  # at once
    assert dedupe("import", file, "--source", "fair").code == 0
    dedupe("nightly")
    assert dedupe("lookup", "ann@x.org").code == 2
    assert dedupe("lookup", "bo@x.org").code == 0
    monkeypatch.delenv("TEST_KEY")
    assert dedupe("nightly").code == 2


def test_a_cell_of_a_megabyte_is_a_value_that_is_too_long(dedupe, contacts):
    file = contacts("record_id,name,email\n1," + "x" * 1_000_000 + ",ann@example.org\n2,Bob,\n")
    told = dedupe("normalize", file, "--output", "out.csv")
    assert told.code == 0, told.err
    assert "too long" in told.out + told.err


def test_no_record_one_or_all_the_same_is_matched(dedupe, contacts, tmp_path):
    head = "record_id,name,email\n"
    for rows, people in (([], 0), (["Ann Ash,ann@example.org"], 1), (["Ann Ash,ann@example.org"] * 300, 1)):
        content = head + "".join(f"{number},{row}\n" for number, row in enumerate(rows))
        ran = dedupe("match", contacts(content), "--output", "out.csv")
        assert ran.code == 0, ran.err
        clusters = {
            line.split(",")[1] for line in (tmp_path / "out.csv").read_text(encoding="utf-8").split()[1:]
        }
        assert len(clusters) == people


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read: No such file or directory"),
        ("{", "it is not JSON"),
        (b"\xff\xfe\x00\x01", "it is no match model"),
        ({"format": "contact-dedupe match model, version 99"}, "not a match model that this version reads"),
        ({"link": 100, "review": 5000}, "the review threshold 5000 lies above the link threshold 100"),
        ({"link": "high"}, "the match model is damaged"),
        ({"calibration": {"weights": [5, 4, 3], "log_odds": [1, 2, 3]}}, "its calibration is no curve"),
        ({"calibration": {"weights": [3, 4, 5], "log_odds": [1, 2]}}, "its calibration is no curve"),
        ({"calibration": {"weights": [3, 4, 5], "log_odds": [1, 3, 2]}}, "its calibration falls"),
        ({"comparisons": []}, "has other comparisons than this version"),
    ],
)
def test_a_model_file_that_cannot_be_used_is_named_with_what_to_do(dedupe, contacts, tmp_path, content, said):
    if isinstance(content, dict):
        content = json.dumps(json.loads(default_model().to_json()) | content)
    if content is not None:
        contacts(content, "model.json")
    ran = dedupe("match", contacts(ANN), "--output", "out.csv", "--model", "model.json")
    assert ran.code == 2, ran.err
    assert said in ran.err
    assert "dedupe: model.json: " in ran.err
    assert "`dedupe model export FILE` writes one" in ran.err


def test_a_weight_too_large_to_hold_is_a_damaged_model(dedupe, contacts):
    model = json.loads(default_model().to_json())
    model["comparisons"][0]["levels"][0]["weights"] = [10**12] * 3
    contacts(json.dumps(model), "model.json")
    ran = dedupe("match", contacts(ANN), "--output", "out.csv", "--model", "model.json")
    assert (ran.code, "damaged" in ran.err) == (2, True), ran.err


@pytest.mark.parametrize("probability", [0, 1])
def test_thresholds_at_either_end_link_everything_worth_a_look_or_nothing(
    dedupe, config, contacts, tmp_path, probability
):
    config(f"[match]\nlink_probability = {probability}\n")
    file = contacts(ANN + "2,Ann Ash,ann@example.org\n3,Bo Ek,bo@example.net\n")
    ran = dedupe("match", file, "--output", "out.csv")
    assert ran.code == 0, ran.err
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count('"1"') == (2 if probability else 3)


@pytest.mark.parametrize("limit", ["lots", "10", "", "-1"])
def test_a_memory_limit_that_is_none_is_told_with_the_key(dedupe, config, contacts, limit):
    config(f'[engine]\nmemory_limit = "{limit}"\n')
    ran = dedupe("match", contacts(ANN), "--output", "out.csv")
    assert ran.code == 2
    assert "engine.memory_limit: is no amount of memory; write it as 2GB, 500MB or 80%" in ran.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04" + b"\x00" * 60, "it is a workbook or another packed file; save it as CSV"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 60, "it is a workbook of old Excel; save it as CSV"),
        (b"\x1f\x8b" + b"\x00" * 60, "it is compressed; unpack it first"),
    ],
)
@pytest.mark.parametrize("name", ["crm.csv", "crm.xlsx"])
def test_a_workbook_or_a_packed_file_is_named_as_one(dedupe, contacts, name, content, said):
    ran = dedupe("match", contacts(content, name), "--output", "out.csv")
    assert (ran.code, f"dedupe: {name}: {said}" in ran.err) == (2, True), ran.err


def test_a_region_that_is_none_is_refused_and_its_case_is_not(dedupe, contacts, tmp_path):
    file = contacts("name,phone\nAnn Ash,030 123456\n")
    refused = dedupe("match", file, "--output", "out.csv", "--region", "germany")
    assert (refused.code, "write its two capitals, as US, IL or DE" in refused.err) == (2, True)
    assert dedupe("normalize", file, "--output", "out.csv", "--region", "de").code == 0
    assert "+4930123456" in (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert dedupe("import", file).code == 0
    assert dedupe("explain", "030 123456", "crm:row:1", "--region", "germany").code == 2


def test_doctor_tells_of_the_sources_though_the_database_is_down(dedupe, monkeypatch, config, contacts):
    path = contacts("name,email\nAnn Ash,ann@example.org\n")
    config(f'[sources.fair]\nprovider = "file"\npath = "{path}"\n')
    monkeypatch.setenv("TEST_DATABASE", "postgresql://nobody@127.0.0.1:9/none")
    ran = dedupe("doctor")
    assert ran.code == 2
    assert "database (postgres): does not work" in ran.out
    assert "fair (file): works" in ran.out


def test_a_row_whose_id_no_index_can_hold_is_set_aside(dedupe, contacts):
    key = "".join(chr(97 + n * 7919 % 26) for n in range(10_000))
    ran = dedupe("import", contacts(f"record_id,name\n{key},Ann Ash\n2,Ben Ash\n"), "--source", "crm")
    assert ran.code == 0
    assert "set aside 1: its id is longer than 1000 bytes" in ran.out
    assert re.search(r"crm +complete +1 +1 ", ran.out)


def test_a_source_named_without_end_is_refused(dedupe, contacts):
    ran = dedupe("import", contacts(f"record_id,source,name\n1,{'x' * 5000},Ann Ash\n"))
    assert ran.code == 2
    assert "more than 1000 bytes" in ran.err
    assert "xxxxx" not in ran.err
