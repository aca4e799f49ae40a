"""The country of a contact that names none."""

from typing import Any

import pytest

from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.normalizers.conventions import with_conventions
from dedupe.normalizers.region_hints import domain_region
from tests.normalizers.given_contacts import contact, given, normalized

NATIONAL = {
    "US": "(214) 555-0123",
    "CA": "(613) 555-0123",
    "GB": "020 7946 0018",
    "NL": "020 624 1111",
    "PL": "22 694 60 00",
    "DE": "030 901820",
    "AU": "(08) 9224 6000",
    "BR": "(11) 98123-4567",
    "MX": "33 3668 1600",
}


def region(text: str, settings: NormalizeSettings | None = None, **fields: Any) -> tuple[str, str] | None:
    [found] = normalized(contact(phones=[text], **fields), settings=settings or NormalizeSettings())
    [phone] = found["phones"]
    return (phone["region"], phone["region_from"]) if phone["value"] else None


@pytest.mark.parametrize(
    ("country", "place"),
    [
        ("US", {"region": "TX", "postcode": "75201"}),
        ("US", {"region": "TX", "city": "Dallas"}),
        ("US", {"region": "Texas"}),
        ("CA", {"postcode": "k1a 0b1"}),
        ("GB", {"postcode": "SW1A 1AA"}),
        ("NL", {"postcode": "1012 AB"}),
        ("PL", {"postcode": "00-950"}),
        ("DE", {"postcode": "D-10115"}),
        ("DE", {"city": "München"}),
        ("AU", {"region": "WA", "postcode": "6000"}),
        ("BR", {"region": "SP", "postcode": "01310100"}),
        ("MX", {"region": "Jalisco", "postcode": "44100"}),
    ],
)
def test_state_postcode_and_city_tell_the_country(country: str, place: dict[str, Any]) -> None:
    assert region(NATIONAL[country], **place) == (country, "place")


@pytest.mark.parametrize(
    "place",
    [
        {"postcode": "75201"},  # many countries have five digits
        {"region": "TX"},  # a code alone
        {"region": "CA", "postcode": "09100"},  # no postcode of California's
        {"region": "Ontario", "city": "London"},  # they contradict each other
        {"city": "Birmingham"},  # two countries have a large one
    ],
)
def test_a_place_of_several_countries_tells_none(place: dict[str, Any]) -> None:
    assert region("(214) 555-0123", **place) is None


@pytest.mark.parametrize(
    ("domain", "country"),
    [("web.de", "DE"), ("bbc.co.uk", "GB"), ("acme.com.co", "CO"), ("acme.com.br", "BR"), ("free.fr", "FR")],
)
def test_a_national_domain_tells_the_country(domain: str, country: str) -> None:
    assert domain_region(domain) == country


@pytest.mark.parametrize(
    "domain", ["acme.io", "acme.co", "acme.ai", "acme.me", "acme.tv", "acme.com", "x.eu"]
)
def test_a_domain_sold_to_all_tells_no_country(domain: str) -> None:
    assert domain_region(domain) is None


def test_hints_are_trusted_in_their_order() -> None:
    settings = NormalizeSettings(default_region={"crm": "FR"}, usual_in_source={"crm": "ES"})
    email, paris = ["ann@web.de"], "01 42 68 53 00"
    assert region("030 901820", settings, emails=email) == ("DE", "email")
    assert region("020 7946 0018", settings, emails=email, postcode="SW1A 1AA") == ("GB", "place")
    assert region(paris, settings) == ("FR", "source")
    assert region("91 555 12 34", NormalizeSettings(usual_in_source={"crm": "ES"})) == (
        "ES",
        "usual_in_source",
    )
    assert region("91 555 12 34", NormalizeSettings(usual_in_file="ES")) == ("ES", "usual_in_file")


def test_an_address_that_says_nothing_of_its_owner_tells_no_country() -> None:
    ours = NormalizeSettings(ours_domains=frozenset({"acme.de"}))
    assert region("030 901820", ours, emails=["shop@acme.de"]) is None


def numbers(source: str, start: str, count: int) -> list[dict[str, Any]]:
    return [contact(source=source, phones=[f"{start}{number:07}"]) for number in range(count)]


def test_a_files_usual_regions_are_those_of_nearly_all_its_numbers_with_a_code() -> None:
    german, mixed = numbers("crm", "+49151 1", 30), numbers("shop", "+49151 2", 15)
    mixed += numbers("shop", "+3461 ", 15)
    few = numbers("fair", "+3361 ", 5)
    found = with_conventions(given(*german, *mixed, *few), NormalizeSettings())
    assert found.usual_in_source == {"crm": "DE"}
    assert found.usual_in_file is None
    assert with_conventions(given(*german, *few), NormalizeSettings()).usual_in_file == "DE"


def test_the_order_of_rows_changes_no_convention() -> None:
    table = given(*numbers("crm", "+49151 1", 40), *numbers("crm", "+3461 ", 5))
    turned = table.take(list(reversed(range(len(table)))))
    assert with_conventions(table, NormalizeSettings()) == with_conventions(turned, NormalizeSettings())
