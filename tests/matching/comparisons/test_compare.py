import random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.arrays.numpy_columns import integers
from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import BY_NAME, NAMES
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import LATER_TABLES, TermFrequencies, count_term_frequencies
from tests.matching.normalized_contacts import contact, contacts, pairs, unrelated_people


def levels(left: dict[str, Any], right: dict[str, Any], *others: dict[str, Any]) -> dict[str, str]:
    """The named levels of two contacts, silent comparisons left out."""
    features = build_features(contacts(left, right, *others))
    compared = compare(features, count_term_frequencies(features), np.array([0]), np.array([1]))
    spoken = {name: int(compared[name].level[0]) for name in NAMES}
    return {name: BY_NAME[name].levels[level].name for name, level in spoken.items() if level >= 0}


@pytest.mark.parametrize(
    ("one", "other", "given_name", "family_name"),
    [
        ("william smith", "william smith", "same", "same"),
        ("william smith", "bill smith", "nickname", "same"),
        ("william smith", "w smith", "initial", "same"),
        ("william smith", "smith william", "swapped", "swapped"),
        ("william smith", "wiliam smith", "slip", "same"),
        ("jolifrey smith", "jolliffrie smyth", "alike", "slip"),
        ("tim smith", "tom smith", "different", "same"),
        ("paul smith", "paula smith", "different", "same"),
        ("maria smith", "marie smith", "different", "same"),
        ("catherine smith", "katherine smith", "slip", "same"),
        ("phillip smith", "filip smith", "slip", "same"),
        ("andre smith", "andrea smith", "different", "same"),
        ("jonh smith", "john smith", "slip", "same"),
        ("micheal smith", "michael smith", "slip", "same"),
        ("anna smith", "george smith", "different", "same"),
        ("robert james smith", "james smith", "middle", "same"),
        ("megan smith", "daisy smith", "different", "same"),
        ("jp smith", "john paul smith", "initial", "same"),
        ("kt smith", "john paul smith", "different", "same"),
    ],
)
def test_names_are_compared_part_by_part(one: str, other: str, given_name: str, family_name: str) -> None:
    found = levels(contact(one), contact(other))
    assert (found["given_name"], found["family_name"]) == (given_name, family_name)


@pytest.mark.parametrize("short", ["jp", "j p", "j"])
def test_initials_are_those_of_a_given_name_of_two_words(short: str) -> None:
    found = [levels(_named(short), _named(full))["given_name"] for full in ("jean pierre", "karl tobias")]
    assert found == ["initial", "different"]


def _named(given_name: str) -> dict[str, Any]:
    """With a given name that may have several words."""
    row = contact("x smith")
    row["names"][0] |= {"first": given_name, "keys": [f"{given_name} smith"]}
    return row


def test_a_whole_name_in_the_other_order_is_told_apart_from_two_parts_that_agree() -> None:
    assert levels(contact("ann smith"), contact("smith ann"))["full_name"] == "both_swapped"
    assert levels(contact("ann smith"), contact("ann smith"))["full_name"] == "both_agree"


def test_a_whole_name_in_the_other_order_weighs_nearly_as_much_as_in_its_own() -> None:
    rows = contacts(
        contact("dorothea wexler"),
        contact("dorothea wexler"),
        contact("wexler dorothea"),
        *unrelated_people(300),
    )
    features = build_features(rows)
    own, turned = integers(
        score(features, count_term_frequencies(features), default_model(), pairs((0, 1), (0, 2))).column(
            "weight"
        )
    )
    assert own - 2048 < turned <= own


def test_a_letter_between_the_addresses_of_two_given_names_is_no_slip() -> None:
    ann, dan = contact("ann smith", email="asmith@acme.org"), contact("dan smith", email="dsmith@acme.org")
    assert levels(ann, dan)["email"] == "domain"
    assert levels(ann, contact("ann smith", email="amsith@acme.org"))["email"] == "near"


def test_a_local_part_may_spell_a_name_in_other_letters() -> None:
    def miriam(domain: str) -> dict[str, Any]:
        row = contact("mrym khhn", email=f"miriam.cohen@{domain}")
        return {**row, "names": [{**row["names"][0], "value": "מרים כהן"}]}

    assert "email" not in levels(miriam("acme.org"), miriam("beta.org"))
    one, other = contact(email="miriam.cohen@acme.org"), contact(email="miriam.cohen@beta.org")
    assert levels(one, other)["email"] == "local"


def test_sources_speak_where_there_are_several() -> None:
    here, there = contact("ann smith", source="crm"), contact("ann smith", source="desk")
    assert levels(here, there)["source"] == "different"
    assert levels(here, here, there)["source"] == "same"
    assert "source" not in levels(here, here)


def test_two_contacts_of_one_source_weigh_less_than_of_two() -> None:
    rows = contacts(
        contact("ann smith"), contact("ann smith"), contact("ann smith", source="desk"), *unrelated_people(50)
    )
    features = build_features(rows)
    one, two = integers(
        score(features, count_term_frequencies(features), default_model(), pairs((0, 1), (0, 2))).column(
            "weight"
        )
    )
    assert one < two


def test_a_value_that_only_the_pair_holds_weighs_more_than_one_that_others_hold_too() -> None:
    def weighs(*others: dict[str, Any]) -> int:
        features = build_features(
            contacts(contact("ann wexler"), contact("ann wexler"), *others, *unrelated_people(300))
        )
        return int(
            integers(
                score(features, count_term_frequencies(features), default_model(), pairs((0, 1))).column(
                    "weight"
                )
            )[0]
        )

    alone, few, many = weighs(), weighs(*[contact("eve wexler")] * 3), weighs(*[contact("eve wexler")] * 40)
    assert alone > few > many


def test_a_name_of_one_word_is_silent_about_the_family_name() -> None:
    found = levels(contact("william"), contact("william smith"))
    assert found == {"given_name": "same"}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("jo@x.org", "jo@x.org", "unsettled"),
        ("sailor77@x.org", "sailor77@gmail.com", "local"),
        ("sailorman@x.org", "sailrman@x.org", "near"),
        ("ann@firm.com", "bob@firm.com", "domain"),
        ("ann@gmail.com", "bob@gmail.com", "different"),
        ("smith7@x.org", "smith8@x.org", "domain"),
    ],
)
def test_emails(one: str, other: str, level: str) -> None:
    assert levels(contact(email=one), contact(email=other))["email"] == level


def test_the_same_local_part_elsewhere_says_nothing_when_it_only_spells_a_name_that_agrees() -> None:
    one, other = contact("ann smith", email="annsmith@x.org"), contact("ann smith", email="annsmith@y.org")
    assert "email" not in levels(one, other)
    assert levels(one, contact(email="annsmith@y.org"))["email"] == "local_of_name"


def test_an_address_that_spells_the_others_name() -> None:
    assert (
        levels(contact(email="nicholas.edwards@x.com"), contact("nicholas edwards"))["email_name"]
        == "spelled"
    )


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("+14155550123", "+14155550123", "unsettled"),
        ("+14155550123", "+14155550124", "digit"),
        ("+14155550123", "+12125550123", "subscriber"),
        ("+14155550123x12", "+14155550123x13", "extension"),
        ("+14155550123", "+14159876543", "different"),
    ],
)
def test_phones(one: str, other: str, level: str) -> None:
    assert levels(contact(phone=one), contact(phone=other))["phone"] == level


@pytest.mark.parametrize("guess", [{"region_from": "language"}, {"marks": ["repaired", "zero_restored"]}])
def test_a_number_whose_country_or_digits_are_guessed_weighs_less(guess: dict[str, Any]) -> None:
    stated, row = contact(phone="+14155550123"), contact(phone="+14155550123")
    guessed = {**row, "phones": [{**row["phones"][0], **guess}]}
    assert levels(stated, guessed)["phone"] == levels(guessed, stated)["phone"] == "subscriber"
    assert levels(stated, {**stated})["phone"] == "unsettled"


def test_a_line_that_many_names_use_is_known_by_what_the_data_show() -> None:
    staff = [
        contact(f"{name} {name}son", phone="+14155550100")
        for name in ["adam", "bea", "carl", "dora", "emil", "fay", "gus", "hal", "ida"]
    ]
    assert levels(staff[0], staff[1], *staff[2:])["phone"] == "shared_by_many"


def test_a_mailbox_under_two_names_is_told_from_one_under_one_name() -> None:
    nameless, ann = contact(email="us@x.org"), contact("ann smith", email="us@x.org")
    short, bob = contact("ann", email="us@x.org"), contact("bob smith", email="us@x.org")
    assert levels(ann, short)["email"] == "same"
    assert levels(ann, short, nameless)["email"] == "same"
    assert levels(nameless, ann, bob)["email"] == "shared_by_two"


@pytest.mark.parametrize(("field", "value"), [("email", "us@x.org"), ("phone", "+14155550123")])
def test_who_tells_no_name_may_be_a_second_user(field: str, value: str) -> None:
    ann, nameless = contact("ann smith", **{field: value}), contact(**{field: value})
    assert levels(ann, {**ann})[field] == "same"
    assert levels(ann, nameless)[field] == levels(nameless, {**nameless})[field] == "unsettled"


@pytest.mark.parametrize(
    ("email", "level"),
    [
        ("ann.smith@acme.org", "organisation_named"),
        ("sailor77@acme.org", "organisation_own"),
        ("ann.smith@gmail.com", "provider_named"),
        ("ann.smith84@gmail.com", "provider_own"),
    ],
)
def test_a_mailbox_is_told_by_its_domain_and_by_how_it_was_made(email: str, level: str) -> None:
    ann = contact("ann smith", email=email)
    assert levels(ann, {**ann})["mailbox"] == level
    assert "mailbox" not in levels(ann, contact("ann smith", email="other@x.org"))


def test_a_mailbox_is_contested_by_holders_who_are_not_at_one() -> None:
    def holder(**told: str) -> dict[str, Any]:
        return contact("ann smith", email="ann.smith@acme.org", **told)

    born, twin = holder(birth="1980-01-01"), holder(birth="1955-07-09")
    towns = [holder(city=town) for town in ("oslo", "bergen", "voss")]
    assert levels(born, twin)["mailbox"] == "organisation_named_contested"
    assert levels(born, born, twin)["mailbox"] == "organisation_named"
    assert levels(*towns[:2])["mailbox"] == "organisation_named"
    assert levels(*towns)["mailbox"] == "organisation_named_contested"


def test_an_identifier_under_many_names_is_no_persons_own() -> None:
    names = [
        "ada ek",
        "bea holt",
        "carl iben",
        "dora juul",
        "emil kant",
        "fay lund",
        "gus moe",
        "hal nor",
        "ida oz",
    ]
    staff = [contact(name, identifier="customer:7") for name in names]
    assert levels(staff[0], {**staff[0]})["identifier"] == "same"
    assert levels(*staff[:5])["identifier"] == "shared_by_few"
    assert levels(*staff)["identifier"] == "shared_by_many"


@pytest.mark.parametrize(("other", "level"), [("nhoj smith", "alike"), ("ohp smith", "different")])
def test_a_given_name_of_the_same_letters_is_alike(other: str, level: str) -> None:
    assert levels(contact("john smith"), contact(other))["given_name"] == level


def test_given_names_that_differ_are_known_names_or_not() -> None:
    known, other = contact("william smith"), contact("bill smith")
    assert "given_names_known" not in levels(known, other)
    bruno = [contact("bruno smith")] * 3  # several bear it
    assert levels(known, *bruno)["given_names_known"] == "both"
    assert levels(known, contact("wqlxiam smith"))["given_names_known"] == "not_both"
    assert levels(known, contact("qzbr smith"))["given_names_known"] == "not_both_far"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1970-03-04", "1970-03-04", "same"),
        ("1970-03-04", "1970-04-03", "swapped"),
        ("1970-03-04", "1979-03-04", "digit"),
        ("1970-03-04", "1970-03-28", "two_parts"),
        ("1970-03-04", "1970-11-28", "year"),
        ("1970-03-04", "1970-00-00", "known_parts"),
        ("1970-09-04", "1970-10-04", "digit"),
        ("1969-03-04", "1970-03-04", "two_parts"),
        ("1970-03-04", "1985-11-28", "different"),
    ],
)
def test_birth_dates(one: str, other: str, level: str) -> None:
    assert levels(contact(birth=one), contact(birth=other))["birth"] == level


def test_a_birth_date_that_a_form_gives_to_everybody_says_nothing() -> None:
    dummy = [contact(f"ann{number} ash", birth="1900-01-01") for number in range(31)]
    assert "birth" not in levels(*dummy)
    assert "birth" not in levels(dummy[0], contact(birth="1985-11-28"), *dummy[1:])
    assert levels(*dummy[:20])["birth"] == "same"


@pytest.mark.parametrize("place", ["city", "postcode"])
def test_a_place_that_all_contacts_share_is_no_rarer_for_the_other_being_unknown(place: str) -> None:
    told = [contact(**{place: "springfield"}) for _ in range(50)]
    features = build_features(contacts(*told))
    town = compare(features, count_term_frequencies(features), np.array([0]), np.array([1]))["town"]
    assert town.count is not None
    assert town.count[0] == town.total == 50


def born(date: str, *, guessed: bool) -> dict[str, Any]:
    person = contact(birth=date)
    person["birth"]["century_guessed"] = guessed
    return person


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1925-06-08", "2025-06-08", "known_parts"),
        ("1992-06-08", "1992-06-08", "same"),
        ("1925-06-08", "2025-11-30", "different"),
    ],
)
def test_a_guessed_century_contradicts_no_other(one: str, other: str, level: str) -> None:
    assert levels(born(one, guessed=False), born(other, guessed=True))["birth"] == level


def test_a_year_that_nobody_alive_is_born_in_is_a_slip_beside_another_and_contradicts_nothing() -> None:
    slip, other = contact(birth="8000-02-18"), contact(birth="1961-02-18")
    slip["birth"]["out_of_range"] = True
    assert levels(slip, other)["birth"] == "known_parts"
    assert levels(slip, contact(birth="1961-02-19"))["birth"] == "different"


def test_people_of_an_archive_are_told_apart_by_their_years() -> None:
    one, other = contact(birth="1795-12-04"), contact(birth="1841-07-30")
    one["birth"]["out_of_range"] = other["birth"]["out_of_range"] = True
    assert levels(one, other)["birth"] == "different"
    assert levels(one, one)["birth"] == "same"


def test_centuries_that_were_told_contradict() -> None:
    assert levels(contact(birth="1925-06-08"), contact(birth="2025-06-08"))["birth"] == "two_parts"


@pytest.mark.parametrize(
    ("other", "level"),
    [
        ("president sales vice", "same"),
        ("president sales senior vice", "alike"),
        ("clerk", "different"),
        (None, None),
    ],
)
def test_job_titles(other: str | None, level: str | None) -> None:
    one, two = contact("ann smith"), contact("bob lee")
    one["job_title_key"], two["job_title_key"] = "president sales vice", other
    assert levels(one, two).get("job_title") == levels(two, one).get("job_title") == level


def test_a_job_and_a_company_alone_join_nobody() -> None:
    rows = [contact(name, company="acme") for name in ("ann smith", "bob lee")]
    for row in rows:
        row["job_title_key"] = "chief of the only kind"
    features = build_features(contacts(*rows, *unrelated_people(30)))
    model = default_model()
    scored = score(features, count_term_frequencies(features), model, pairs((0, 1)))
    assert integers(scored["weight"])[0] < model.review


def test_generations_contradict() -> None:
    assert levels(contact("al roe", suffix="Jr."), contact("al roe", suffix="Sr"))["suffix"] == "different"


def test_identifiers_speak_within_their_namespace_only() -> None:
    assert levels(contact(identifier="ssn:1"), contact(identifier="ssn:998"))["identifier"] == "different"
    assert "identifier" not in levels(contact(identifier="ssn:1"), contact(identifier="tax:998"))


def test_placeholders_are_no_evidence() -> None:
    nobody = contact(email="none@none.com")
    nobody["emails"][0]["marks"] = ["placeholder"]
    assert levels(nobody, nobody) == {}


WORDS = st.sampled_from(
    ["ann", "anna", "anne", "bill", "william", "smith", "smyth", "j", "mary ann", "o", "lee"]
)
DATES = st.sampled_from(["1970-03-04", "1970-04-03", "1970-03-05", "1985-11-28", "1970-00-00"])
ADDRESSES = st.sampled_from(
    ["ann@x.org", "annsmith@x.org", "annsmith@y.org", "billsmith@x.org", "info@x.org"]
)
CONTACTS = st.builds(
    contact,
    st.none() | st.builds("{} {}".format, WORDS, WORDS),
    email=st.lists(ADDRESSES, max_size=2, unique=True),
    phone=st.lists(
        st.sampled_from(["+14155550123", "+14155550124", "+12125550123"]), max_size=2, unique=True
    ),
    birth=st.none() | DATES,
    company=st.none() | st.sampled_from(["acme", "acme holding", "zenith"]),
    street=st.none() | st.sampled_from(["1 main st", "1 main street", "99 oak ave"]),
    city=st.none() | st.sampled_from(["leeds", "leedes", "york"]),
    postcode=st.none() | st.sampled_from(["12345", "12346", "99999"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(CONTACTS, min_size=2, max_size=5))
def test_comparing_is_symmetric(rows: list[dict[str, Any]]) -> None:
    features = build_features(contacts(*rows))
    counts = count_term_frequencies(features)
    left, right = np.triu_indices(len(rows), 1)
    there, back = compare(features, counts, left, right), compare(features, counts, right, left)
    for name in NAMES:
        assert there[name].level.tolist() == back[name].level.tolist(), name


@settings(max_examples=40, deadline=None)
@given(st.lists(CONTACTS, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_weights_do_not_depend_on_row_order(rows: list[dict[str, Any]], rng: random.Random) -> None:
    order = list(range(len(rows)))
    rng.shuffle(order)
    assert weights(rows)[np.ix_(order, order)].tolist() == weights([rows[i] for i in order]).tolist()


def weights(rows: list[dict[str, Any]]) -> Any:
    features = build_features(contacts(*rows))
    every = [(i, j) for i in range(len(rows)) for j in range(len(rows)) if i != j]
    scored = score(features, count_term_frequencies(features), default_model(), pairs(*every))
    table = np.zeros((len(rows), len(rows)), dtype=np.int32)
    table[tuple(zip(*every, strict=True))] = scored.column("weight").to_numpy()
    return table


def test_a_rare_name_weighs_more_than_a_common_one() -> None:
    rows = [contact("ann smith"), contact("ann smith"), contact("zoe quux"), contact("zoe quux")]
    rows += [contact(f"ann smith{'' if i % 2 else 'y'}") for i in range(200)] + unrelated_people(500)
    features = build_features(contacts(*rows))
    common, rare = integers(
        score(features, count_term_frequencies(features), default_model(), pairs((0, 1), (2, 3)))["weight"]
    )
    assert rare > common + 3 * BIT


def test_silence_weighs_nothing() -> None:
    rows = [
        contact("ann smith", email="ann@x.org"),
        contact("ann smith", phone="+14155550123"),
        contact("ann smith"),
    ]
    features = build_features(contacts(*rows, *unrelated_people(50)))
    found = (
        score(features, count_term_frequencies(features), default_model(), pairs((0, 1), (1, 2)))
        .column("weight")
        .to_pylist()
    )
    assert found[0] == found[1]


def test_saved_counts_are_read_back_as_they_were() -> None:
    features = build_features(
        contacts(*unrelated_people(300), *[contact("ann smith", phone="+14155550123")] * 5)
    )
    counts = count_term_frequencies(features)
    assert TermFrequencies.from_table(counts.to_table()).to_table().equals(counts.to_table())


def weights_of(*rows: dict[str, Any]) -> list[int]:
    """What the contacts say of the first and each of the next two."""
    features = build_features(contacts(*rows))
    scored = score(features, count_term_frequencies(features), default_model(), pairs((0, 1), (0, 2)))
    return [int(weight) for weight in integers(scored.column("weight"))]


def test_an_initial_that_the_own_address_spells_out_is_not_counted_besides() -> None:
    named, short = contact("warren holloway"), contact("w holloway", email="warrenholloway49@gmail.com")
    found = levels(named, short, *unrelated_people(50))
    assert "given_name" not in found
    assert (found["email_name"], found["full_name"]) == ("given", "both_agree")


def test_a_name_that_an_address_completes_is_as_common_as_the_whole_name() -> None:
    named = contact("warren holloway")
    mail = contact("w holloway", email="warrenholloway49@gmail.com")
    completed, written = weights_of(named, mail, named, *[named] * 60, *unrelated_people(600))
    assert completed < written + BIT


def test_a_middle_name_that_goes_with_the_given_name_in_many_families_says_little() -> None:
    family = [row["names"][0]["last"] for row in unrelated_people(60, 700)]
    usual = [contact(f"joao miguel {one}") for one in family]
    other = [
        contact(f"joao {row['names'][0]['first']} {one}")
        for row, one in zip(unrelated_people(60, 900), family, strict=True)
    ]
    together = [contact("joao miguel pinto"), contact("joao miguel pinto"), contact("joao pinto")]
    with_middle, without = weights_of(*together, *usual, *unrelated_people(300))
    assert with_middle - without < BIT
    rare, plain = weights_of(*together, *other, *unrelated_people(300))
    assert rare - plain > 2048


def test_exact_duplicates_with_a_mailbox_make_nobodys_name_common() -> None:
    ann = contact("ann ash", email="ann@example.org")
    few, many = (weights_of(*[ann] * copies, *unrelated_people(50))[0] for copies in (3, 300))
    assert many >= few


@pytest.mark.parametrize("value", [{"phone": "+14155550100"}, {"email": "home@gmail.com"}])
def test_under_one_name_people_born_years_apart_are_two_users_of_a_value(value: dict[str, str]) -> None:
    """Father and son at one line, and nobody writes Sr. or Jr."""
    (name,) = value
    father, son = (contact("john ali", birth=date, **value) for date in ("1950-03-04", "1981-11-28"))
    undated, slip = contact("john ali", **value), contact("john ali", birth="1905-03-04", **value)
    assert levels(father, son)[name] == levels(undated, son, father)[name] == "shared_by_two"
    assert levels(son, son, father)[name] == "same"
    assert levels(father, slip)[name] == levels(father, undated)[name] == "same"


@pytest.mark.parametrize("value", [{"phone": "+14155550100"}, {"email": "home@gmail.com"}])
def test_a_family_name_alone_may_be_another_member_s(value: dict[str, str]) -> None:
    (name,) = value
    half = contact("ali", **value)
    half["names"][0] |= {"first": None, "last": "ali"}
    assert levels(half, contact("john ali", **value))[name] == "unsettled"


def test_of_two_mailboxes_that_both_use_one_is_looked_at_from_both_sides() -> None:
    boxes = ["annsmith@y.org", "info7@z.org"]
    one, other = contact("ann smith", email=boxes), contact(email=boxes[::-1])
    features = build_features(contacts(one, other))
    counts = count_term_frequencies(features)
    there, back = (compare(features, counts, *map(np.array, pair)) for pair in (([0], [1]), ([1], [0])))
    assert there["mailbox"].level.tolist() == back["mailbox"].level.tolist()


def test_pairs_are_compared_by_what_a_run_of_an_earlier_release_counted() -> None:
    """It didn't count what two generations use."""
    features = build_features(contacts(*[contact("ann ash", email="a@x.org", phone="+14155550100")] * 2))
    saved = count_term_frequencies(features).to_table()
    later = pc.is_in(saved.column("fact"), pa.array(LATER_TABLES))
    earlier = TermFrequencies.from_table(saved.filter(pc.invert(later)))
    found = compare(features, earlier, np.array([0]), np.array([1]))
    assert BY_NAME["email"].levels[found["email"].level[0]].name == "same"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("13 brooks road", "13 brooks road unit 4 canal business park", "near"),
        ("house no e 226", "house no b 94", "different"),
        ("brooks road", "brooks road unit 4 canal business park", "different"),
        ("79 High Street", "89 High Street", "alike"),
        ("ul. Jablonowa 79", "ul. Jabłonowa 89", "alike"),
        ("79 High Street", "79 Hihg Street", "near"),
        ("12 High Street", "12a High Street", "near"),
    ],
)
def test_an_address_that_leaves_out_a_flat_is_near_and_other_numbers_differ(
    one: str, other: str, level: str
) -> None:
    assert levels(contact(street=one), contact(street=other))["street"] == level
