"""One column's name: what it means, and what it must never be taken for."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.fetchers.fields import FIELDS
from dedupe.fetchers.files.columns.headers import meaning_of
from dedupe.fetchers.files.columns.interpretation import understand


@pytest.mark.parametrize(
    "name",
    [
        "company email",
        "Company phone",
        "owner email",
        "Contact Owner Email",
        "created by",
        "Created By Name",
        "assigned to",
        "Assigned to: Email",
        "emergency contact",
        "Emergency contact phone",
        "ICE/Emergency Phone #2",
        "spouse",
        "Spouse email",
        "referred by",
        "Referred By Phone",
        "email opt out",
        "Email Opt-In",
        "email status",
        "Email verified?",
        "phone extension",
        "Phone Ext.",
        "Phone type",
        "Email domain",
        "email_sha256",
        "Fax",
        "Home fax",
        "Telefax geschäftlich",
        "Pager",
        "Assistant's Phone",
        "Telefon Assistent",
        "Téléphone de l'assistant(e)",
        "Manager name",
        "Mother's first name",
        "Parent 1 Email",
        "Person2 Email",
        "Account manager name",
        "Sales Rep Email",
        "Vendor contact email",
        "Teacher email",
        "Event name",
        "Product name",
        "Campaign name",
        "Bank account name",
        "Opportunity Title",
        "First contact",
        "Last contact",
        "Last seen",
        "First visit",
        "Email sent",
        "Phone (neighbour)",
        "IP address",
        "Web address",
        "Company Linkedin Url",
        "Twitter followers",
        "E-Mail: Angezeigter Name",
        "Yomi Name",
        "Maiden name",
        "Lead status",
        "Street name of school",
    ],
)
def test_what_is_somebody_elses_or_no_value_is_not_read(name: str) -> None:
    assert meaning_of(name).field is None
    assert name not in understand(["email", name]).fields


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (
            ["EMAIL", "E-Mail", "e_mail", "eMail", "email-address", "e-mail 1 - value", "Email (work)"],
            "email",
        ),
        (["Work email", "Email - Work", "Person - Email - Work", "E-mail, private", "Email #2"], "email"),
        (["Secondary Email", "Alternate e-mail", "Other Email 2", "Correo electrónico", "E-posta"], "email"),
        (["Mobile", "mobilePhone", "Phone (Mobile)", "Mobile - Phone", "TEL. MOBIL", "Handynr."], "phone"),
        (
            ["Téléphone", "Telephone", "telefoonnummer", "טלפון נייד", "Telefon komórkowy", "İş telefonu"],
            "phone",
        ),
        (["first_name", "FirstName", "FIRST NAME", "Vorname", "Prénom", "Imię", "שם פרטי"], "given_name"),
        (["Mailing Zip/Postal Code", "PLZ", "Code postal", "ZIP", "Postleitzahl privat"], "postcode"),
        (["State/Province", "Bundesland", "Mailing State"], "region"),
        (["land (iso - bijv. nl)", "Country/Region", "Country Code"], "country"),
        (["Date of Birth", "DOB", "birthDate", "Geb.-Datum", "Fecha de nacimiento"], "birth_date"),
        (["LinkedIn", "linkedin_url", "LinkedIn Profile URL", "Person Linkedin Url"], "identifier:linkedin"),
    ],
)
def test_case_accents_punctuation_and_order_do_not_count(names: list[str], field: str) -> None:
    assert {name: meaning_of(name).field for name in names} == dict.fromkeys(names, field)


def fields(*names: str) -> dict[str, str]:
    return understand(names).fields


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Nombre(s)", "given_name"),
        ("C.P.", "postcode"),
        ("Calle y número", "street"),
        ("Address Lines", "street"),
        ("Service Address", "street"),
        ("ship_pincode", "postcode"),
        ("Caller Name", "full_name"),
        ("姓名/Name", "full_name"),
        ("手机/Mobile", "phone"),
        ("电子邮箱", "email"),
        ("生年月日", "birth_date"),
        ("이메일", "email"),
        ("Фамилия", "family_name"),
        ("Телефон", "phone"),
        ("البريد", "email"),
        ("Sukunimi", "family_name"),
        ("Postnummer", "postcode"),
        ("Iskolai irányítószám", None),
        ("Telefon / Fax", None),
    ],
)
def test_columns_of_other_languages_and_products_are_known(name: str, field: str | None) -> None:
    beside = ["Apellidos"] if name == "Nombre(s)" else []
    assert understand([name, *beside]).fields.get(name) == field


def test_a_contact_name_beside_first_and_last_name_may_be_an_organization() -> None:
    names = ["Contact Name", "First Name", "Last Name"]
    understood = understand(names)
    assert set(understood.fields.values()) == {"given_name", "family_name"}
    assert understood.instead == {"Contact Name": "full_name"}
    assert understand(["Contact Name", "Email"]).fields["Contact Name"] == "full_name"


def test_a_family_beside_a_last_name_is_a_household() -> None:
    assert "Family" not in understand(["First Name", "Last Name", "Family"]).fields
    assert understand(["First", "Family"]).fields["Family"] == "family_name"


def test_a_given_name_is_never_lost_beside_a_family_name() -> None:
    assert fields("Nom", "Prénom", "Téléphone") == {
        "Nom": "family_name",
        "Prénom": "given_name",
        "Téléphone": "phone",
    }
    assert fields("Name", "Vorname")["Name"] == "family_name"
    assert fields("Nombre", "Apellidos")["Nombre"] == "given_name"
    assert fields("Nombre", "Email")["Nombre"] == "full_name"


def test_a_title_beside_a_job_title_stands_before_the_name() -> None:
    assert fields("Name", "Title")["Title"] == "job_title"
    assert fields("Name", "Title", "Job Title")["Title"] == "prefix"


def test_a_buyer_is_the_person_only_where_nobody_else_is() -> None:
    assert fields("Buyer name", "Buyer email") == {"Buyer name": "full_name", "Buyer email": "email"}
    beside = understand(["Attendee name", "Attendee email", "Buyer name", "Buyer email"])
    assert set(beside.fields) == {"Attendee name", "Attendee email"}
    assert beside.aside["Buyer email"] == "somebody else's"


def test_a_source_is_one_of_keys_and_not_where_a_lead_came_from() -> None:
    assert fields("id", "name", "source")["source"] == "source"
    assert "Source" not in fields("First Name", "Email", "Source")


def test_one_column_holds_the_key() -> None:
    found = understand(["ID", "External ID", "Name"])
    assert found.fields["ID"] == "record_id"
    assert found.aside["External ID"] == "a second one of its kind"
    mapped = understand(["ID", "External ID", "Name"], {"External ID": "record_id"})
    assert (mapped.fields["External ID"], "ID" in mapped.fields) == ("record_id", False)


def test_custom_keeps_a_column_out_and_says_so() -> None:
    found = understand(["name", "email"], {"email": "custom"})
    assert (found.fields, found.aside) == ({"name": "full_name"}, {"email": "kept out by --map"})


def test_header_lines_of_strangers_are_decided_right() -> None:
    told = tomllib.loads((Path(__file__).parents[1] / "exports" / "strangers.toml").read_text("utf-8"))
    columns = wrong = 0
    for text in told.values():
        wanted = {
            name.strip(): to.strip() for name, _, to in (line.partition(" | ") for line in text.split("\n"))
        }
        wanted.pop("", None)
        found = {name: understand(wanted).fields.get(name, "") for name in wanted}
        columns += len(wanted)
        wrong += sum(found[name] != to for name, to in wanted.items())
        assert not [name for name, to in found.items() if to and not wanted[name]]
    assert columns > 300
    assert wrong <= columns * 0.02


@given(st.text(max_size=30))
def test_any_name_means_a_field_or_nothing(name: str) -> None:
    found = meaning_of(name).field
    assert found is None or found in FIELDS or found.startswith("identifier:")
