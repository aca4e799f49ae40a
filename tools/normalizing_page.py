"""`docs/normalizing.md`, made from the data that the code uses.

python -m tools.normalizing_page > docs/normalizing.md
"""

import inspect
import sys
from collections.abc import Iterable
from typing import Any

from dedupe.normalizers import birth_dates, companies, identifiers, places
from dedupe.normalizers.emails import normalize
from dedupe.normalizers.names import normalize as names
from dedupe.normalizers.names.nicknames import formal_names
from dedupe.normalizers.phones import normalize as phones
from dedupe.normalizers.rules import phrases, rules

_INTRODUCTION = """\
<!-- made by `python -m tools.normalizing_page`; change the rules in dedupe/normalizers/data instead -->

# How values are normalized

What a provider gave is kept as it was given. Beside it stands the **value** (normalized, shown, looked up)
and its **match keys**, which only find candidates. A value that can't be normalized is kept with the reason.
Nothing here depends on the other contacts, on their order, or on the network.

`dedupe normalize FILE` shows all of it for a file, and how many values of each source are valid, and why not.
"""
_ROOMS: list[tuple[str, Any]] = [
    ("Names", names),
    ("Emails", normalize),
    ("Phones", phones),
    ("Identifiers", identifiers),
    ("Companies", companies),
    ("Places", places),
    ("Dates of birth", birth_dates),
]


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for title, room in _ROOMS:
        parts.append(f"## {title}\n\n{inspect.getdoc(room)}\n")
        parts.extend(_RULES.get(title, lambda: [])())
    parts.append(_tables())
    return "\n".join(parts).rstrip() + "\n"


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines) + "\n"
    )


def _list(title: str, text: str) -> str:
    """A list of words under its title, in the order of the alphabet."""
    return f"**{title}:** {', '.join(sorted(text.replace('|', ', ').split()))}\n"


def _email_rules() -> list[str]:
    data = rules("emails")
    providers = _table(
        ["provider", "one mailbox on", "dots don't count", "tag after", "also", "as of", "source"],
        [_provider_row(rule) for rule in rules("email_providers")["providers"]],
    )
    meant = {**data["near_miss"], **data["near_miss_ends"]}
    slips = _table(["meant", "written"], [[name, slip] for name, slip in meant.items()])
    return [
        "### Mailbox providers\n\nDomains not named here keep their dots and tags.\n",
        providers,
        f"### Marks\n\nAs of {data['since']}: {data['source']}.\n",
        "Disposable domains are those of the package disposable-email-domains.\n",
        _list("Role mailboxes", data["roles"]),
        _list("Answering nobody", data["noreply"]),
        _list("Free providers, besides those above", data["free"]),
        _list("Relays", data["relay"]),
        _list("Placeholders, this half alone", data["sure_placeholder_locals"]),
        _list("Placeholders, that half alone", data["sure_placeholder_domains"]),
        _list("Placeholders at a placeholder domain", data["placeholder_locals"]),
        _list("Placeholder domains", data["placeholder_domains"]),
        "### Slips of the keyboard\n\nThe value stays; the key of the domain that was meant comes second.\n",
        slips,
    ]


def _provider_row(rule: dict[str, Any]) -> list[str]:
    aliases = "; ".join(" = ".join(group) for group in rule.get("aliases", []))
    also = f"{rule['swap'][0]} is {rule['swap'][1]}" if "swap" in rule else ""
    domains = aliases or f"each of {len(rule['domains'])} domains: {' '.join(rule['domains'])}"
    dots = "yes" if rule.get("dots") else ""
    return [rule["name"], domains, dots, rule.get("tag", ""), also, rule["since"], rule["source"]]


def _phone_rules() -> list[str]:
    plans = rules("numbering_plans")
    rows = [_move_row(move) for move in plans["moves"]]
    return [
        _list("Words before an extension, besides those of phonenumbers", plans["extension_words"]),
        "### Numbering plans that moved\n\nAn old number, valid no longer, becomes the number of today. "
        "Where it is valid both ways, it stays, and only its match key is that of today.\n",
        _table(["code", "what", "national number", "since", "source"], rows),
    ]


def _move_row(move: dict[str, Any]) -> list[str]:
    code, new = f"+{move['country_code']}", f"`{move['old']}` → `{move['new']}`"
    if "new_country_code" in move:
        code = f"{code} → +{move['new_country_code']}"
    what = f"{move['what']} (valid both ways)" if move.get("valid") else move["what"]
    return [code, what, new, move["since"], move["source"]]


def _name_rules() -> list[str]:
    data = rules("names")
    relations = [
        [short, ", ".join(sorted(formal_names(short)))] for short in ("bob", "alex", "sasha", "pepe", "kuba")
    ]
    return [
        f"### Words of names\n\nAs of {data['since']}: {data['source']}.\n",
        _list("Particles of family names", data["particles"]["words"]),
        _list("Tails, cut", data["tails"]["words"]),
        _list("Jobs, cut before and after two words and behind a comma", data["jobs"]["words"]),
        _list("Fillers, dropped at either end", data["fillers"]["words"]),
        _list("Companies begin with", data["companies"]["starts"]),
        _list("Companies end with", data["companies"]["words"]),
        _list("Family names that stand first before a Hungarian given name", data["hungarian"]["surnames"]),
        _list(
            "Ends of family names that stand first before a known given name", data["family_endings"]["words"]
        ),
        _list("Words between two people", data["couples"]["words"]),
        _list("The same between known given names only", data["couples"]["beside_given"]),
        _list("No names", data["no_names"]["words"].replace("_", "-")),
        "Nicknames come from the package nicknames and from `data/names.toml`; a few of them:\n",
        _table(["short", "may stand for"], relations),
        *_honorific_rules(),
    ]


def _honorific_rules() -> list[str]:
    data = rules("honorifics")
    titles, letters = data["titles"], data["post_nominals"]
    generations = [[shown, written] for shown, written in data["generations"].items()]
    return [
        f"### Titles, generations, post-nominal letters\n\nAs of {data['since']}: {data['source']}.\n",
        _list("Titles, before any name", f"{titles['sure']} {titles['clergy']}"),
        _list("Titles, before two words", f"{titles['before_two']} {titles['given']}"),
        _list("Titles, with their dot only", titles["abbreviated"]),
        f"**Titles of several words:** {', '.join(sorted(phrases(titles['phrases'])))}\n",
        _list("Before a title, and part of it", titles["modifiers"]),
        _table(["suffix", "written"], generations),
        _list("Letters behind a name, dropped", letters["sure"]),
        _list("The same with dots, or in capitals where the name is not", letters["written_so"]),
        f"**Callings and letters of several words:** {', '.join(sorted(phrases(letters['phrases'])))}\n",
    ]


def _company_rules() -> list[str]:
    data = rules("companies")
    return [
        _list("Legal forms, cut", data["legal_words"]),
        f"**In several words:** {', '.join(sorted(phrases(data['legal_phrases'])))}\n",
    ]


def _place_rules() -> list[str]:
    countries = rules("places")["countries"].items()
    streets = rules("places")["streets"]["words"].replace("|", " / ").splitlines()
    return [
        "Besides ISO 3166's own codes and English names:\n",
        _table(
            ["country", "also written"], [[code, names_.replace("|", ", ")] for code, names_ in countries]
        ),
        f"**Street words:** {' / '.join(filter(None, streets))}\n",
    ]


def _identifier_rules() -> list[str]:
    told = rules("identifiers")
    documents = told["documents"]
    kinds = [
        [
            name,
            documents["aliases"].get(name, ""),
            "one" if name in documents["single"].split() else "several",
        ]
        for name in f"{documents['single']} {documents['several']}".split()
    ]
    hosts = [[network["name"], network["hosts"]] for network in told["networks"]]
    return [
        _table(["network", "addresses at"], hosts),
        _table(["document", "also called", "of which a person has"], kinds),
        f"**Names of organisations, no identifiers of people:** {told['organisations']['namespaces']}\n",
    ]


_RULES: dict[str, Any] = {
    "Names": _name_rules,
    "Emails": _email_rules,
    "Phones": _phone_rules,
    "Companies": _company_rules,
    "Places": _place_rules,
    "Identifiers": _identifier_rules,
}


def _tables() -> str:
    zones = rules("time_zones")
    languages = ", ".join(f"{tag} {code}" for tag, code in zones["languages"].items())
    return (
        f"## Regions of time zones and languages\n\nTime zones: {zones['source']}, as of {zones['since']}.\n"
        f"Languages spoken mainly in one country, used last: {languages}.\n"
    )


if __name__ == "__main__":
    sys.stdout.write(page())
