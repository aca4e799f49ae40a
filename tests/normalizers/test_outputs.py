from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.normalizers.outputs import OUTPUT, SUMMARY, output_table, summary, unread_notes
from tests.normalizers.given_contacts import contact, given

HERE = NormalizeSettings(fallback_region="DE")


def test_the_output_has_a_row_a_contact_with_cells_joined_by_semicolons() -> None:
    ann = contact(names=["Ann Smith"], emails=["Ann@x.org", "nobody", "ann@y.org"], phones=["030 901820"])
    table = output_table(normalize(given(ann, contact()), HERE))
    assert table.schema.equals(OUTPUT)
    first, second = table.to_pylist()
    assert first["emails"] == "ann@x.org;ann@y.org"
    assert first["phones"] == "+4930901820"
    assert first["phone_keys"] == "+4930901820;sub:0901820;nat:30901820"
    assert first["name_keys"].startswith("ann smith;t:ann smith;")
    assert first["rejected"] == "email: no @-sign (nobody)"
    assert second == {"record_id": "1"} | dict.fromkeys(OUTPUT.names[1:], "")


def test_the_summary_tells_the_share_of_valid_values_by_source_and_reason() -> None:
    rows = [contact(source="crm", emails=["a@x.org", "b"]), contact(source="app", emails=["c", "d", "e@"])]
    table = summary(normalize(given(*rows), HERE))
    assert table.schema.equals(SUMMARY)
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        ("app", "email", "no @-sign", 2, 2 / 3),
        ("app", "email", "nothing before or after the @-sign", 1, 1 / 3),
        ("crm", "email", "valid", 1, 0.5),
        ("crm", "email", "no @-sign", 1, 0.5),
    ]


def test_a_phone_without_its_country_is_told_with_the_reason_and_what_to_do() -> None:
    contacts = normalize(given(contact(phones=["0151 12345678", "12"])), NormalizeSettings())
    [row] = output_table(contacts).to_pylist()
    assert (row["phones"], row["phone_keys"]) == ("", "nat:15112345678;sub:2345678")
    assert "phone: no country code (0151 12345678)" in row["rejected"]
    assert [row["outcome"] for row in summary(contacts).to_pylist()] == ["no country code", "no such number"]
    open_, wrong = unread_notes(contacts)
    assert open_.startswith("not read: 1 of phone: no country code; ")
    assert "--region" in open_
    assert wrong == "not read: 1 of phone: no such number"


def test_the_summary_of_nothing_is_empty() -> None:
    assert summary(normalize(given(contact()), HERE)).num_rows == 0
