"""Golden contacts are read whole, and by whatever is known of them."""

from dedupe import lookup
from dedupe.storage import lookups
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.storage.golden_contacts import FieldValue
from tests.served_contacts import Golden, event, retire, seed, serve

ADA = Visitor("Ada", "api")


def test_a_contact_comes_whole_with_the_source_of_each_value(database: Database) -> None:
    with database.begin() as connection:
        serve(
            connection,
            Golden(
                ["crm:1", "mail:7"],
                emails=["ada@x.org"],
                phones=["+442079460018"],
                blocked=True,
                preferences={"sms": False},
            ),
        )
        [hit] = lookups.by_email(connection, ADA, "ada@x.org", "ada@x.org")
    contact = hit.contact
    assert contact.id == seed("crm:1")
    assert contact.fields["display_name"] == FieldValue("Ada Lovelace", seed("crm:1"))
    assert [email.source_contacts for email in contact.emails] == [[seed("crm:1")]]
    assert [(link.source, link.external_id, link.weight) for link in contact.source_links] == [
        ("crm", "1", 2.0),
        ("mail", "7", 2.0),
    ]
    assert contact.phones[0].value == "+442079460018"
    assert contact.blocked
    assert contact.preferences == {"sms": False}


def test_the_value_itself_comes_before_what_counts_as_the_same(database: Database) -> None:
    with database.begin() as connection:
        serve(
            connection,
            Golden(["crm:1"], emails=[("a.da@gmail.com", "ada@gmail.com")]),
            Golden(["crm:2"], emails=[("ada@gmail.com", "ada@gmail.com")]),
            Golden(["crm:3"], emails=["eve@gmail.com"]),
        )
        hits = lookups.by_email(connection, ADA, "ada@gmail.com", "ada@gmail.com")
    assert [(hit.by, hit.contact.id) for hit in hits] == [("value", seed("crm:2")), ("key", seed("crm:1"))]


def test_by_source_contact(database: Database) -> None:
    with database.begin() as connection:
        serve(connection, Golden(["crm:1", "mail:7"]), Golden(["mail:1"]))
        [hit] = lookups.by_source_contact(connection, ADA, "mail", "7")
        assert hit.contact.id == seed("crm:1")
        assert lookups.by_source_contact(connection, ADA, "crm", "7") == []


def test_a_retired_id_leads_over_many_merges_and_splits_to_what_is_served(database: Database) -> None:
    with database.begin() as connection:
        serve(connection, Golden(["crm:1"]), Golden(["crm:2"]))
        retire(connection, seed("crm:3"), seed("crm:1"), seed("crm:2"))
        retire(connection, seed("crm:4"), seed("crm:3"))
        retire(connection, seed("crm:5"))
        both = sorted([seed("crm:1"), seed("crm:2")])
        assert lookups.leads_to(connection, seed("crm:4")) == both
        assert lookups.leads_to(connection, seed("crm:1")) == [seed("crm:1")]
        assert lookups.leads_to(connection, seed("crm:5")) == []
        assert not lookups.was_published(connection, seed("crm:6"))


def test_ids_that_lead_in_a_circle_end(database: Database) -> None:
    with database.begin() as connection:
        retire(connection, seed("crm:1"), seed("crm:2"))
        retire(connection, seed("crm:2"), seed("crm:1"))
        assert lookups.leads_to(connection, seed("crm:1")) == []


def test_history_holds_what_happened_to_an_id_and_to_others_through_it(database: Database) -> None:
    with database.begin() as connection:
        event(connection, "made", seed("crm:1"))
        event(connection, "made", seed("crm:2"))
        event(connection, "merged", seed("crm:1"), seed("crm:2"))
        assert [item.kind for item in lookups.history(connection, seed("crm:2"))] == ["made", "merged"]
        second, third = lookups.events_after(connection, 1, limit=10)
        assert (second.golden_id, third.kind) == (seed("crm:2"), "merged")


def test_a_contact_without_a_name_is_called_by_its_address(database: Database) -> None:
    with database.begin() as connection:
        serve(
            connection, Golden(["crm:1"], name=None, phones=["+442079460018"]), Golden(["crm:2"], name=None)
        )
        first, second = lookups.by_ids(connection, ADA, [seed("crm:1"), seed("crm:2")])
    assert {first.contact.name, second.contact.name} == {"+442079460018", str(seed("crm:2"))}


def test_digits_that_may_be_two_numbers_find_who_has_either(database: Database) -> None:
    with database.begin() as connection:
        serve(
            connection,
            Golden(["crm:1"], phones=["+4915112345678"]),
            Golden(["crm:2"], phones=["+33612345678"]),
        )
        found = [lookup.by_phone(connection, ADA, text, "DE") for text in ("4915112345678", "33612345678")]
    assert [[hit.contact.id for hit in hits] for hits in found] == [[seed("crm:1")], [seed("crm:2")]]
