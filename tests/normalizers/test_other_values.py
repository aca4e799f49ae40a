from typing import Any

import pytest
from hypothesis import given as given_two_digits
from hypothesis import strategies as st

from dedupe.normalizers.birth_dates import REFERENCE_YEAR, Birth, date_order, parse_birth
from dedupe.normalizers.companies import company_key
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.normalizers.conventions import with_conventions
from dedupe.normalizers.phones.parsing import REGIONS
from dedupe.normalizers.places import country_code, place_key, postcode_key, street_key
from dedupe.normalizers.regions import region_of
from dedupe.normalizers.text import clean, fold
from tests.normalizers.given_contacts import contact, given, normalized


@pytest.mark.parametrize(
    ("text", "order", "birth"),
    [
        ("1980-04-03", None, (1980, 4, 3, False)),
        ("1980-04-03T00:00:00Z", None, (1980, 4, 3, False)),
        ("19800403", None, (1980, 4, 3, False)),
        ("03/04/1980", None, (1980, 4, 3, True)),
        ("03/04/1980", "mdy", (1980, 3, 4, False)),
        ("03.04.80", "dmy", (1980, 4, 3, False)),
        ("13/04/1980", None, (1980, 4, 13, False)),
        ("04/13/1980", None, (1980, 4, 13, False)),
        ("04/04/1980", None, (1980, 4, 4, False)),
        ("--04-03", None, (None, 4, 3, False)),
        ("1980", None, (1980, None, None, False)),
        ("1980-04", None, (1980, 4, None, False)),
        ("3. März 1980", None, (1980, 3, 3, False)),
        ("March 3rd, 1980", None, (1980, 3, 3, False)),
        ("3 de abril de 1980", None, (1980, 4, 3, False)),
        ("1980年4月3日", None, (1980, 4, 3, False)),
        ("04/12", None, (None, 4, 12, True)),
        ("04/12", "dmy", (None, 12, 4, False)),
        ("25/12", None, (None, 12, 25, False)),
        ("4.12.", None, (None, 12, 4, False)),
        ("1604-04-12", None, (None, 4, 12, False)),
        ("0000-04-12", None, (None, 4, 12, False)),
        ("15-Mar-92", None, (1992, 3, 15, False)),
        ("25-Jun-08", None, (2008, 6, 25, False)),
        ("8/Ene/1971", None, (1971, 1, 8, False)),
        ("Mar 15, '92", None, (1992, 3, 15, False)),
        ("15MAR1992", None, (1992, 3, 15, False)),
        ("1992-Mar-15", None, (1992, 3, 15, False)),
        ("June 8th", None, (None, 6, 8, False)),
        ("1066-10-14", None, (1066, 10, 14, False)),
    ],
)
def test_a_date_of_birth_is_read_as_far_as_it_is_told(text: str, order: Any, birth: tuple[Any, ...]) -> None:
    assert parse_birth(text, order)[:4] == birth


@pytest.mark.parametrize("text", ["15-Mar-92", "03.04.80", "13/04/26"])
def test_a_century_that_nobody_told_is_marked_as_guessed(text: str) -> None:
    assert parse_birth(text, None).century_guessed
    assert not parse_birth("1980-04-03", None).century_guessed


@given_two_digits(st.integers(0, 99))
def test_nobody_is_born_after_the_reference_year(year: int) -> None:
    found = parse_birth(f"13.04.{year:02}", None).year
    assert found is not None
    assert found % 100 == year
    assert REFERENCE_YEAR - 100 < found <= REFERENCE_YEAR


@pytest.mark.parametrize(("text", "out"), [("1795-12-04", True), ("2101-01-31", True), ("1880-01-31", False)])
def test_a_year_in_which_nobody_alive_is_born_is_kept_and_marked(text: str, out: bool) -> None:
    found = parse_birth(text, None)
    assert (found.reason, found.out_of_range) == (None, out)


@pytest.mark.parametrize("text", ["soon", "Mar 92", "32-Mar-92", "1980-13-40", "30.02.1980", "0001-01-01"])
def test_what_is_no_date_of_birth_is_rejected(text: str) -> None:
    assert parse_birth(text, None).reason


@pytest.mark.parametrize("text", ["0/0/00", "00/00/0000", "00.00.0000", "0000-00-00", "0000-00-00 00:00:00"])
def test_a_date_of_zeros_is_silence(text: str) -> None:
    assert parse_birth(text, None) == Birth()


def test_a_file_tells_its_order_of_day_and_month_where_one_value_does() -> None:
    assert date_order(["03/04/1980", "13/04/1980"]) == "dmy"
    assert date_order(["03/04/1980", "04/13/1980"]) == "mdy"
    assert date_order(["03/04/1980", "1980-01-01"]) is None
    assert date_order(["13/04/1980", "04/13/1980"]) is None
    assert date_order(["04/12", "25/12"]) == "dmy"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme GmbH & Co. KG", "ACME"),
        ("Acme, Inc.", "acme incorporated"),
        ("The Acme Company", "Acme"),
        ("Müller & Söhne OHG", "Muller and Sohne"),
        ("www.acme.com", "Acme S.r.l."),
        ("ООО Ромашка", "Romashka"),
    ],
)
def test_spellings_of_one_company_share_a_key(one: str, other: str) -> None:
    assert company_key(one) == company_key(other) is not None


@pytest.mark.parametrize("text", ["(No value)", "n/a", "-", "NULL", "Keine Angabe"])
def test_what_a_program_writes_for_nothing_is_no_place(text: str) -> None:
    assert (place_key(text), street_key(text), postcode_key(text)) == (None, None, None)


@pytest.mark.parametrize(
    "text",
    ["", "-", "n/a", "self-employed", "none", "Jackson Household", "Familie Huber", "The Smith Family"],
)
def test_no_company_has_no_key(text: str) -> None:
    assert company_key(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("United Kingdom", "GB"),
        ("uk", "GB"),
        ("U.S.A.", "US"),
        ("Österreich", "AT"),
        ("Россия", "RU"),
        ("日本", "JP"),
        ("ישראל", "IL"),
        ("Nemecko", "DE"),
        ("Korea", "KR"),
        ("Germany (DE)", "DE"),
        ("USA / Germany", None),
        ("DE-BY", "DE"),
        ("+49", "DE"),
        ("+1", None),
        ("🇩🇪", "DE"),
        ("of", None),
        ("X", None),
    ],
)
def test_countries_are_read_by_code_and_by_name(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("time_zone", "language", "region"),
    [
        ("Asia/Calcutta", "", "IN"),
        ("Berlin", "fr", "DE"),
        ("Eastern Time (US & Canada)", "", "US"),
        ("", "de_AT.UTF-8", "AT"),
        ("", "zh-Hant-TW", "TW"),
        ("", "Hebrew", "IL"),
        ("", "en", None),
        ("EST", "es", None),
    ],
)
def test_a_time_zone_or_a_language_tells_a_country(time_zone: str, language: str, region: str | None) -> None:
    assert region_of(time_zone, language) == region


def test_streets_and_postcodes_fold_their_usual_spellings() -> None:
    assert street_key("12 Main Street, Apt. 4") == street_key("12 main st apt 4")
    assert street_key("Hauptstraße 5") == street_key("Hauptstrasse 5") == street_key("Hauptstr. 5")
    assert postcode_key("12345-6789") == postcode_key("12345")
    assert postcode_key("SW1A 1AA") == postcode_key("sw1a1aa")


@pytest.mark.parametrize(
    ("namespace", "given", "key"),
    [
        ("url", "https://www.linkedin.com/in/Ann-Smith/?x=1", "linkedin:ann-smith"),
        ("twitter", "@AnnSmith", "twitter:annsmith"),
        ("social", "https://x.com/AnnSmith", "twitter:annsmith"),
        ("facebook", "https://facebook.com/profile.php?id=12345", "facebook:12345"),
        ("telegram", "t.me/ann_smith", "telegram:ann_smith"),
        ("https", "//x.com/AnnSmith", "twitter:annsmith"),  # an address cut at its first colon
        ("url", "https://de-de.facebook.com/ann.smith", "facebook:annsmith"),
        ("url", "https://instagram.com/stories/ann_smith/123", "instagram:ann_smith"),
        ("url", "https://www.linkedin.com/in/j%C3%BCrgen-m/", "linkedin:jürgen-m"),
        ("url", "https://linkedin.com/pub/ann-smith/1/2a/3b", "linkedin:ann-smith/1/2a/3b"),
        ("linkedin", "in/ann-smith", "linkedin:ann-smith"),
        ("whatsapp", "+49 171 1234567", "whatsapp:491711234567"),
        ("url", "https://api.whatsapp.com/send?phone=491711234567&text=Hi", "whatsapp:491711234567"),
        ("社員番号", "17", "crm/sheyuanfanhao:17"),
        ("会員番号", "１７", "crm/huiyuanfanhao:17"),
        ("crm", "A-17", "crm/crm:a-17"),
        ("customer", "A-17", "customer:a-17"),
    ],
)
def test_an_identifier_is_a_typed_key(namespace: str, given: str, key: str) -> None:
    settings = NormalizeSettings(shared_namespaces=frozenset({"customer"}))
    [found] = normalized(contact(identifiers=[{"namespace": namespace, "given": given}]), settings=settings)
    assert [item["keys"] for item in found["identifiers"]] == [[key]]


@pytest.mark.parametrize(
    ("namespace", "given", "key"),
    [
        ("ssn", "521-21-2123", "ssn:521212123"),
        ("Social Security Number", "521 21 2123", "ssn:521212123"),
        ("passport", "72129291@CAN", "passport:72129291@CA"),
        ("passport", "7212 9291 (Canada)", "passport:72129291@CA"),
        ("drivers_license", "823123@Texas", "drivers_license:823123@US-TX"),
        ("Driver License", "823-123 (TX)", "drivers_license:823123@US-TX"),
        ("drivers_license", "112233@CA", "drivers_license:112233@US-CA"),
        ("passport", "112233@Nowhere", "passport:112233"),
        ("Passport No.", "７２１２ ９２９１", "passport:72129291"),
        ("ssn", "٥٢١-٢١-٢١٢٣", "ssn:521212123"),
    ],
)
def test_an_official_document_is_one_key_whoever_tells_of_it(namespace: str, given: str, key: str) -> None:
    for source in ("crm", "desk"):
        [found] = normalized(contact(source=source, identifiers=[{"namespace": namespace, "given": given}]))
        assert [item["keys"] for item in found["identifiers"]] == [[key]]


@pytest.mark.parametrize(
    ("namespace", "given", "reason"),
    [
        ("ssn", "28", "not a number of this kind"),
        ("ssn", "000-00-0000", "placeholder"),
        ("passport", "123456789", "placeholder"),
        ("domain", "acme.org", "names an organisation"),
        ("url", "https://www.linkedin.com/company/acme", "names an organisation"),
        ("url", "https://www.instagram.com/p/Cxyz123/", "leads to no profile"),
        ("url", "https://facebook.com/groups/12345", "leads to no profile"),
        ("url", "https://youtube.com/watch?v=12345", "leads to no profile"),
        ("customer", "0", "placeholder"),
    ],
)
def test_what_identifies_nobody_is_kept_with_the_reason(namespace: str, given: str, reason: str) -> None:
    [found] = normalized(contact(identifiers=[{"namespace": namespace, "given": given}]))
    assert found["identifiers"] == []
    assert [(item["given"], item["reason"]) for item in found["rejected"]] == [(given, reason)]


def test_a_person_has_one_social_security_number_and_may_have_several_passports() -> None:
    ids = [{"namespace": "ssn", "given": "521-21-2123"}, {"namespace": "passport", "given": "72129291"}]
    [found] = normalized(contact(identifiers=ids))
    assert [item["unique"] for item in found["identifiers"]] == [True, False]


def test_a_person_has_one_identifier_of_a_unique_namespace() -> None:
    settings = NormalizeSettings(unique_namespaces=frozenset({"crm"}))
    stated = {"namespace": "device", "given": "2", "unique": True}
    ids = [{"namespace": "crm", "given": "1"}, stated, {"namespace": "x", "given": "3"}]
    [found] = normalized(contact(identifiers=ids), settings=settings)
    assert [item["unique"] for item in found["identifiers"]] == [True, True, False]


def test_settings_about_namespaces_go_before_the_kinds_that_are_known() -> None:
    settings = NormalizeSettings(
        shared_namespaces=frozenset({"Customer No.", "passport", "employer_id"}),
        unique_namespaces=frozenset({"domain", "passport_number", "Customer No."}),
    )
    ids = [
        {"namespace": "customer_no", "given": "A-17"},
        {"namespace": "passport", "given": "7212-9291"},
        {"namespace": "passport_number", "given": "7212-9291"},
        {"namespace": "employer_id", "given": "7"},
        {"namespace": "domain", "given": "acme.org"},
    ]
    [found] = normalized(contact(identifiers=ids), settings=settings)
    assert [(item["value"], item["unique"]) for item in found["identifiers"]] == [
        ("customer_no:A-17", True),
        ("passport:7212-9291", False),
        ("passport:72129291", True),
        ("employer_id:7", False),
        ("crm/domain:acme.org", True),
    ]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "strasse"),
        ("O’Brien", "obrien"),
        ("Jean-Luc", "jean luc"),
        ("Ωμέγα", "omega"),
        ("ＡＢＣ", "abc"),
        ("😀", "grinning"),
    ],
)
def test_folding_gives_latin_letters(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_cleaning_drops_what_nobody_sees() -> None:
    assert clean(" A\u200bnn\u202e\t\x00Smith\ufeff ") == "Ann Smith"


@pytest.mark.parametrize(
    "text", ["XK", "xkx", "Kosovo", "Kosova", "Republic of Kosovo", "Косово", "科索沃", "+383"]
)
def test_kosovo_is_a_country(text: str) -> None:
    assert country_code(text) == "XK"


def test_every_region_that_has_phone_numbers_is_a_country() -> None:
    assert [region for region in sorted(REGIONS) if country_code(region) != region] == []


def file(*rows: dict[str, Any]) -> NormalizeSettings:
    """What is learned from a file of these rows."""
    return with_conventions(given(*rows), NormalizeSettings())


def test_a_file_that_writes_its_numbers_without_plus_is_noticed() -> None:
    foreign = [contact(phones=[f"336123456{number:02}"]) for number in range(20)]
    assert file(*foreign).international_without_plus == {"crm"}
    assert file(*foreign[:10]).international_without_plus == frozenset()  # too few to tell
    national = [contact(phones=[f"0170 12345{number:02}"]) for number in range(5)]
    assert file(*foreign, *national).international_without_plus == frozenset()


def test_a_file_s_order_of_day_and_month_is_learned_but_for_a_source_that_is_configured() -> None:
    rows = [contact(birth="04/13/1980"), contact(birth="03/04/1980")]
    assert file(*rows).date_order == {"crm": "mdy"}
    configured = NormalizeSettings(date_order={"crm": "dmy"})
    assert with_conventions(given(*rows), configured).date_order == {"crm": "dmy"}


@pytest.mark.parametrize(
    "text",
    [
        "Zeta GmbH und Co. KG",
        "Zeta G.m.b.H.",
        "Zeta UG (haftungsbeschränkt) & Co. KG",
        "Zeta gGmbH",
        "Zeta A.G.",
        "Zeta P.L.C.",
        "ZETA SPA",
        "Zeta S.p.A.",
        "Zeta spółka z o.o.",
        "Zeta Sp. z o.o. Sp. k.",
        "Zeta EIRL",
        "Zeta FZE",
        "Zeta S. de R.L. de C.V.",
        "Oy Zeta Ab",
        "SARL Zeta",
        "Société à responsabilité limitée Zeta",
        "Zeta Co., Ltd.",
        "Zeta Inc. (the)",
        "株式会社ゼタ|ゼタ",
        "ゼタ（株）|ゼタ",
        "泽塔有限公司|泽塔",
        "주식회사 제타|제타",
        'זטה בע"מ|זטה',
        "ТОО Зета|Зета",
        "Общество с ограниченной ответственностью Зета|Зета",
        "Общество с ограинченной ответственностью Зета|Зета",  # with a slip
        "Obshchestvo s ogranichennoj otvetstvennost'yu Zeta",
        "Besloten Vennootschap Zeta",
        "PT Zeta Tbk",
    ],
)
def test_a_legal_form_is_no_part_of_a_company_s_key(text: str) -> None:
    whole, _, name = text.partition("|")
    key = company_key(whole)
    assert key is not None
    assert key.removesuffix(" the") == company_key(name or "Zeta")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Zeta Inc. (Canada)", "zeta canada"),
        ("Day Spa", "day spa"),
        ("Limited Brands", "limited brands"),
        ("A S Watson", "a s watson"),
        ("National Association of Zetas", "national association of zetas"),
        ("GmbH", "gmbh"),
        ("Co", "co"),
        ("Stiftung Zeta", "stiftung zeta"),
        ("Big Mike", "big mike"),
        ("Johnson & Johnson", "johnson and johnson"),
        ("Zeta Type I Ltd", "zeta type i"),
    ],
)
def test_words_of_a_name_that_look_like_a_legal_form_stay(text: str, key: str) -> None:
    assert company_key(text) == key
