from typing import Any

import pytest
from phonenumbers import PhoneNumberType, example_number_for_type

from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.normalizers.phones.cleaning import split_phones
from dedupe.normalizers.queries import email_query, phone_query
from tests.normalizers.given_contacts import contact, normalized


def phones(*given: Any, settings: NormalizeSettings | None = None, **fields: Any) -> list[dict[str, Any]]:
    [found] = normalized(contact(phones=list(given), **fields), settings=settings or NormalizeSettings())
    kept: list[dict[str, Any]] = found["phones"]
    return kept


def reasons(*given: str, **fields: Any) -> list[str]:
    [found] = normalized(contact(phones=list(given), **fields), settings=NormalizeSettings())
    return [item["reason"] for item in found["rejected"]]


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("DE", "DE"),
        ("deu", "DE"),
        ("Deutschland", "DE"),
        ("Germany", "DE"),
        ("276", "DE"),
        ("Allemagne", "DE"),
    ],
)
def test_a_number_without_country_code_is_read_in_the_country_of_its_contact(
    country: str, region: str
) -> None:
    [phone] = phones("030 901820", country=country)
    assert (phone["value"], phone["region"], phone["region_from"]) == ("+4930901820", region, "country")


def test_the_region_comes_from_the_most_trusted_hint() -> None:
    everything = NormalizeSettings(default_region={"crm": "FR"}, fallback_region="US")
    stated, guessed = phones("+49 30 901820", "030 901821", settings=everything)
    assert (stated["region_from"], guessed["region_from"], guessed["region"]) == (
        "number",
        "other_number",
        "DE",
    )
    [by_source] = phones("01 42 68 53 00", settings=everything, time_zone="Europe/Berlin")
    assert (by_source["region_from"], by_source["region"]) == ("source", "FR")
    [by_zone] = phones("030 901820", time_zone="Europe/Berlin")
    assert (by_zone["region_from"], by_zone["region"]) == ("language", "DE")
    [by_tag] = phones("11 98123-4567", language="pt_BR")
    assert (by_tag["region_from"], by_tag["region"]) == ("language", "BR")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0049 30 901820", "+4930901820"),
        ("+49 (0)30 901820", "+4930901820"),
        ("tel:+49-30-901820", "+4930901820"),
        ("whatsapp:+4930901820", "+4930901820"),
        ("＋４９ ３０ ９０１８２０", "+4930901820"),
        ("+٤٩ ٣٠ ٩٠١٨٢٠", "+4930901820"),
        ("\u200e+49\u200b30\u202c901820", "+4930901820"),
        ("+1 800 FLOWERS", "+18003569377"),
        ("4930901820.0", "+4930901820"),
        ("4.930901820E+9", "+4930901820"),
        ("+00 49 30 901820", "+4930901820"),
        ("+011 49 30 901820", "+4930901820"),
        ("4930901820@s.whatsapp.net", "+4930901820"),
        ("https://wa.me/4930901820?text=Hi", "+4930901820"),
        ("call +49 30 901820 after 5pm", "+4930901820"),
    ],
)
def test_spellings_of_one_number_are_one_value(text: str, value: str) -> None:
    [phone] = phones(text)
    assert phone["value"] == value


def test_an_extension_makes_a_key_of_its_own_behind_the_line() -> None:
    [phone] = phones("+49 30 901820 ext. 12")
    assert (phone["value"], phone["extension"]) == ("+4930901820", "12")
    assert phone["keys"] == ["+4930901820", "sub:0901820", "+4930901820x12", "nat:30901820"]


@pytest.mark.parametrize(
    ("text", "today"),
    [
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+55 11 8123-4567", "+5511981234567"),
        ("+225 07 12 34 56", "+2250707123456"),
        ("+229 90 01 12 34", "+2290190011234"),
        ("+54 11 15 2345-6789", "+5491123456789"),
        ("+84 122 345 6789", "+84773456789"),
        ("+225 20 21 22 23", "+2252720212223"),
        ("+20 12 2123456", "+201222123456"),
        ("+593 9 1234567", "+593991234567"),
        ("+44 171 234 5678", "+442072345678"),
        ("+972 59 912 3456", "+970599123456"),
        ("+377 44 123 456", "+38344123456"),
        ("+241 07 12 34 56", "+24177123456"),
    ],
)
def test_an_old_number_shares_the_key_of_todays(text: str, today: str) -> None:
    [old], [new] = phones(text), phones(today)
    assert old["keys"][0] == new["keys"][0] == today


@pytest.mark.parametrize("landline", ["+55 11 3123-4567", "+54 11 2345-6789"])
def test_a_landline_gets_no_key_of_a_mobile(landline: str) -> None:
    [phone] = phones(landline)
    assert phone["keys"][0] == phone["value"]
    assert "moved" not in phone["marks"]


def test_a_number_of_an_old_plan_says_where_its_country_is_from() -> None:
    [guessed] = phones("(11) 8123-4567", country="Brasil")
    assert (guessed["value"], guessed["region_from"]) == ("+5511981234567", "country")
    [stated] = phones("+55 11 8123-4567", country="DE")
    assert stated["region_from"] == "number"
    [prefixed] = phones("044 55 1234 5678", country="Mexico")
    assert (prefixed["value"], prefixed["marks"]) == ("+525512345678", ["moved"])


def test_a_number_valid_both_ways_keeps_its_value() -> None:
    [phone] = phones("+972 59 912 3456")
    assert (phone["value"], phone["marks"]) == ("+972599123456", [])


def test_an_extension_by_a_local_word_is_read() -> None:
    [phone] = phones("030 901820 Durchwahl 12", country="DE")
    assert (phone["extension"], phone["marks"]) == ("12", ["repaired", "extension_read"])


@pytest.mark.parametrize(
    ("text", "value", "extension"),
    [
        ("030 901820 App. 12", "+4930901820", "12"),
        ("030 901820 ab 18 Uhr", "+4930901820", None),
        ("0800 FLOWERS", "+498003569377", None),
    ],
)
def test_words_behind_a_number_are_not_dialled(text: str, value: str, extension: str | None) -> None:
    [phone] = phones(text, country="DE")
    assert (phone["value"], phone["extension"]) == (value, extension)


def test_what_was_repaired_is_said() -> None:
    [label] = phones("0171 7654321 (mobile)", country="DE")
    assert (label["value"], label["marks"]) == ("+491717654321", ["repaired", "label_cut"])
    [plus] = phones("447911123456", country="US")
    assert plus["marks"] == ["repaired", "plus_added"]
    [zero] = phones("212345678", country="IT")
    assert (zero["value"], zero["marks"]) == ("+390212345678", ["repaired", "zero_restored"])


def test_digits_that_a_channel_carries_are_a_whatsapp_id() -> None:
    carried = {"given": "447911123456", "attested": "channel"}
    [phone] = phones(carried, country="DE")
    assert (phone["value"], phone["region_from"], phone["marks"]) == ("+447911123456", "number", [])


@pytest.mark.parametrize("end", [".0", ",0", ",00"])
def test_decimals_of_a_spreadsheet_are_no_extension(end: str) -> None:
    [whole] = phones("491712345678" + end, country="DE")
    assert (whole["value"], whole["marks"]) == (
        "+491712345678",
        ["repaired", "plus_added", "spreadsheet"],
    )
    [local] = phones("1712345678" + end, country="DE")
    assert not any("x" in key for key in local["keys"] or [])


def test_digits_lost_by_a_spreadsheet_are_rejected_with_the_reason() -> None:
    assert reasons("4.47911E+11", country="GB") == ["digits lost by a spreadsheet"]
    [whole] = phones("4.47911123456E+11", country="GB")
    assert (whole["value"], whole["marks"]) == ("+447911123456", ["spreadsheet"])


def test_our_own_and_placeholder_numbers_are_values_but_no_match_keys() -> None:
    settings = NormalizeSettings(ours_phones=frozenset({"030 901820"}), fallback_region="DE")
    [ours] = phones("+49 30 901820", settings=settings)
    assert (ours["value"], ours["keys"], ours["marks"]) == ("+4930901820", [], ["ours"])
    [fake] = phones("+49 30 7777777")
    assert (fake["keys"], fake["marks"]) == ([], ["placeholder"])


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("030 901820; 0171 1234567", ["030 901820", "0171 1234567"]),
        ("030 901820 / 0171 1234567", ["030 901820", "0171 1234567"]),
        ("0301901820 or 0171 1234567", ["0301901820", "0171 1234567"]),
        ("+49 30 901820 +49 171 1234567", ["+49 30 901820", "+49 171 1234567"]),
        ("030/901820", ["030/901820"]),
        ("(650)253-0000(650)253-0001", ["(650)253-0000", "(650)253-0001"]),
        ("6502530000 6502530001", ["6502530000", "6502530001"]),
        ("+16502530000+442079460958", ["+16502530000", "+442079460958"]),
        ("home: 650-253-0000 cell: 650-253-0001", ["home: 650-253-0000", "cell: 650-253-0001"]),
        ("+49(0)2151/1234567", ["+49(0)2151/1234567"]),
        ("030 901820,12", ["030 901820,12"]),
        ("030 901820 0171 1234567", ["030 901820", "0171 1234567"]),
        ("T 030 901820 F 030 901821", ["T 030 901820", "F 030 901821"]),
        ("650-253-0000 (cell) 650-253-0001 (home)", ["650-253-0000 (cell)", "650-253-0001 (home)"]),
        ("650-253-0000c 650-253-0001h", ["650-253-0000c", "650-253-0001h"]),
        ("650-253-0000 650-253-0001", ["650-253-0000", "650-253-0001"]),
        ("650-253-0000 ext 1234567", ["650-253-0000 ext 1234567"]),
        ("+49 30 901820;ext=12", ["+49 30 901820;ext=12"]),
    ],
)
def test_a_field_gives_its_numbers(field: str, parts: list[str]) -> None:
    assert split_phones(field) == parts


def test_a_query_is_normalized_as_contacts_are() -> None:
    [phone] = phones("0171 1234567", country="DE")
    assert phone_query("0171/1234567", "DE") == (phone["value"], tuple(phone["keys"]), None, None)
    assert phone_query("nonsense").reason == "not a number"
    assert email_query("J.Smith+x@googlemail.com").keys[0] == "jsmith@gmail.com"


@pytest.mark.parametrize(
    ("written", "country", "value", "other"),
    [
        ("4915112345678", "DE", "+4915112345678", "+494915112345678"),
        ("49 170 1234567", "DE", "+491701234567", "+49491701234567"),
        ("(49) 30-901820", "DE", "+4930901820", None),
        ("62812974236", "ID", "+62812974236", "+6262812974236"),
        ("46701234567", "SE", "+46701234567", None),
        ("393471234567", "IT", "+393471234567", None),
        ("3912345678", "IT", "+393912345678", None),  # a mobile number of Italy as it stands
        ("358401234567", "FI", "+358401234567", None),
        ("447911123456", "DE", "+447911123456", "+49447911123456"),
        (
            "33612345678",
            "DE",
            "+4933612345678",
            "+33612345678",
        ),  # a landline without its zero, as far as one can say
        ("15112345678", "DE", "+4915112345678", None),  # not +1 511 …: a mobile number is one
        ("6502530000", "US", "+16502530000", None),
        ("38344123456", "XK", "+38344123456", "+38338344123456"),
    ],
)
def test_digits_without_a_plus_are_read_as_what_they_likelier_are(
    written: str, country: str, value: str, other: str | None
) -> None:
    [phone] = phones(written, country=country)
    assert phone["value"] == value
    assert [key.removeprefix("or:") for key in phone["keys"] if key.startswith("or:")] == (
        [other] if other else []
    )


def test_a_reading_that_is_likelier_only_is_marked_as_a_guess() -> None:
    [guessed], [stated] = phones("4915112345678", country="DE"), phones("+4915112345678", country="DE")
    assert {"repaired", "plus_added"} <= set(guessed["marks"])
    assert stated["marks"] == []


@pytest.mark.parametrize("written", ["4915112345678", "0151 12345678", "33612345678", "447911123456"])
def test_a_lookup_reads_bare_digits_as_contacts_of_its_region_are_read(written: str) -> None:
    [phone] = phones(written, country="DE")
    query = phone_query(written, "DE")
    assert (query.value, list(query.keys)) == (phone["value"], phone["keys"])


def test_a_source_that_writes_international_numbers_without_plus_is_taken_at_its_word() -> None:
    settings = NormalizeSettings(international_without_plus=frozenset({"crm"}))
    [phone] = phones("33612345678", country="DE", settings=settings)
    assert (phone["value"], phone["region_from"], phone["marks"]) == ("+33612345678", "number", [])
    [national] = phones("0151 12345678", country="DE", settings=settings)
    assert national["value"] == "+4915112345678"


@pytest.mark.parametrize("region", sorted({"DE", "AT", "SE", "FI", "ID", "IT", "GB", "US", "BR", "IN", "XK"}))
def test_every_mobile_without_its_plus_is_found_in_its_own_country(region: str) -> None:
    example = example_number_for_type(region, PhoneNumberType.MOBILE)
    assert example is not None
    [phone] = phones(f"{example.country_code}{example.national_number}", country=region)
    assert phone["value"] == f"+{example.country_code}{example.national_number}"


@pytest.mark.parametrize(
    ("field", "numbers"),
    [
        ("0171 2345678/9", ["0171 2345678", "0171 2345679"]),
        ("030 901820/21/22", ["030 901820", "030 901821", "030 901822"]),
        ("(030) 901820/-21", ["(030) 901820", "(030) 901821"]),
        ("030/901820", ["030/901820"]),
        ("0171-23456/78", ["0171-23456/78"]),  # 78 doesn't follow 56: signs within one number
        ("0171 2345678/5", ["0171 2345678", "0171 2345675"]),  # no number has a slash before its last digit
    ],
)
def test_a_short_form_of_lines_that_follow_each_other_is_written_out(field: str, numbers: list[str]) -> None:
    assert split_phones(field) == numbers
