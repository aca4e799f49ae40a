"""What the commands on files tell of the reading, on screen and in their reports: columns, never cells."""

import json

ROWS = "Name,Kontaktweg,Fax\nAnn Ash,ann@example.org,+1 415 555 0109\nBo Birch,bo@example.org,\n"


def test_every_command_on_a_file_tells_what_it_read_and_what_it_missed(dedupe, tmp_path):
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")
    commands = (
        ("normalize", "people.csv", "--output", "out.csv", "--report", "report.json"),
        ("match", "people.csv", "--output", "out.csv", "--model", "default", "--report", "report.json"),
        ("import", "people.csv", "--report", "report.json"),
    )
    for command in commands:
        ran = dedupe(*command)
        assert ran.code == 0
        assert "read: full_name ← Name" in ran.err
        assert "--map 'Kontaktweg=email'" in ran.err
        told = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        columns = told.get("columns") or told["sources"][0]["columns"]
        assert [one["read_as"] for one in columns] == ["full_name", None, None]
        assert [one["looks_like"] for one in columns] == ["names", "emails", "phones"]
        assert "ann@example.org" not in ran.out + ran.err + json.dumps(told)


def test_records_within_an_answer_are_imported_and_read(dedupe, tmp_path):
    page = {"left": [{"name": "Ann"}], "right": [{"id": 1, "properties": {"email": "bo@example.org"}}]}
    (tmp_path / "page.json").write_text(json.dumps(page), encoding="utf-8")
    asked = dedupe("import", "page.json", "--source", "crm")
    assert (asked.code, "--records 'right'" in asked.err) == (2, True)
    assert dedupe("import", "page.json", "--source", "crm", "--records", "right").code == 0
    assert dedupe("import", "page.json", "--source", "crm", "--records", "[").code == 2


def test_every_command_on_a_file_of_cards_tells_which_properties_it_read(dedupe, tmp_path):
    cards = "BEGIN:VCARD\nUID:1\nFN:Ann Ash\nEMAIL:ann@example.org\nX-HOBBY:chess\nEND:VCARD\n"
    (tmp_path / "people.vcf").write_text(cards, encoding="utf-8")
    commands = (
        ("normalize", "people.vcf", "--output", "out.csv", "--report", "report.json"),
        ("match", "people.vcf", "--output", "out.csv", "--model", "default", "--report", "report.json"),
        ("import", "people.vcf", "--report", "report.json"),
    )
    for command in commands:
        ran = dedupe(*command)
        assert ran.code == 0
        assert "full_name ← FN (1 line); email ← EMAIL (1 line)" in ran.err
        assert "kept, not read: X-HOBBY (1 line; text)" in ran.err
        told = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        columns = told.get("columns") or told["sources"][0]["columns"]
        assert [one["read_as"] for one in columns] == ["record_id", "full_name", "email", None]
        assert "ann@example.org" not in ran.out + ran.err + json.dumps(told)
