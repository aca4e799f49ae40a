"""Numbers whose country nobody tells."""

from typing import Any

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from dedupe.normalizers.contacts import NormalizeSettings
from tests.normalizers.given_contacts import contact, normalized

NOWHERE = NormalizeSettings()
OTHERWISE = {
    "CN": "a mobile's digits are a number of North America with its 1 as well",
    "CO": "its example is a number of Belgium with its code as well",
    "AR": "mobiles have a 15 at home and a 9 abroad",
    "GA": "its example is a number of the old plan",
    "HU": "behind its trunk prefix 06 the same digits are a landline of Germany",
    "TM": "behind its trunk prefix 8 the same digits are a number of Spain",
}


def phones(*given: str, settings: NormalizeSettings = NOWHERE, **fields: Any) -> list[dict[str, Any]]:
    [found] = normalized(contact(phones=list(given), **fields), settings=settings)
    kept: list[dict[str, Any]] = found["phones"]
    return kept


def national_key(phone: dict[str, Any]) -> str:
    [key] = [key for key in phone["keys"] if key.startswith("nat:")]
    return str(key)


def test_an_open_number_is_kept_as_given_with_its_national_digits() -> None:
    [phone] = phones("(0151) 123-45678")
    assert (phone["given"], phone["value"], phone["region"]) == ("(0151) 123-45678", None, None)
    assert phone["keys"] == ["nat:15112345678", "sub:2345678"]


@pytest.mark.parametrize("text", ["12", "call office", "0049 12", "0000000000", "030 901820 ab 18 Uhr"])
def test_what_is_a_number_in_no_country_is_rejected_with_the_reason(text: str) -> None:
    [found] = normalized(contact(phones=[text]), settings=NOWHERE)
    assert found["phones"] == []
    assert [item["reason"] for item in found["rejected"]] != ["no country code"]


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS - OTHERWISE.keys()))
def test_a_number_without_its_country_meets_itself_with_it(region: str) -> None:
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None or len(phonenumbers.national_significant_number(number).lstrip("0")) < 7:
            continue
        [known] = phones(phonenumbers.format_number(number, PhoneNumberFormat.E164))
        [open_] = phones(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
        assert {"placeholder"} & {*open_["marks"]} or national_key(open_) == national_key(known)


def test_trunk_prefixes_other_than_zero_are_known() -> None:
    assert national_key(phones("8 916 123-45-67")[0]) == "nat:9161234567"
    assert national_key(phones("8 029 491-19-11")[0]) == "nat:294911911"


def test_a_placeholder_without_a_country_is_never_a_match_key() -> None:
    [phone] = phones("1234567890")
    assert (phone["marks"], phone["keys"]) == (["placeholder"], [])


def test_our_own_number_is_ours_without_its_country() -> None:
    ours = NormalizeSettings(ours_phones=frozenset({"+49 30 901820"}))
    [phone] = phones("030 901820", settings=ours)
    assert (phone["marks"], phone["keys"]) == (["ours"], [])


def test_two_spellings_of_an_open_number_are_kept_once() -> None:
    [phone] = phones("0151 12345678", "0151/12345678")
    assert phone["given"] == "0151 12345678"


def test_an_open_number_has_its_extension() -> None:
    [phone] = phones("030 901820 ext. 12")
    assert (phone["value"], phone["extension"]) == (None, "12")


def test_ten_digits_of_north_america_are_no_number_of_egypt_without_its_plus() -> None:
    [phone] = phones("(201) 555-0123")
    assert (phone["value"], national_key(phone)) == (None, "nat:2015550123")


def test_an_open_number_takes_its_country_from_a_repaired_number_of_its_contact() -> None:
    stated, open_ = phones("+49 (0)30 901820", "0151 12345678")
    assert (stated["value"], open_["value"]) == ("+4930901820", "+4915112345678")
    assert open_["region_from"] == "other_number"


def test_digits_with_signs_between_them_may_lack_their_plus() -> None:
    [without] = phones("92-42-7925774", country="Pakistan")
    [with_plus] = phones("+92 42 7925774")
    assert without["value"] == with_plus["value"] == "+924237925774"
