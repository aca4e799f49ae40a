"""`docs/normalizing.md`, made from the data that the code uses (`python -m tools.reference_pages`)."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from dedupe.normalizers import birth_dates, companies, identifiers, job_titles, places, region_hints
from dedupe.normalizers.emails import normalize as emails
from dedupe.normalizers.names import normalize as names
from dedupe.normalizers.names.nicknames import formal_names
from dedupe.normalizers.phones import normalize as phones
from dedupe.normalizers.rules import phrases, rules
from tools.markdown import folded, paragraph, table
from tools.word_lists import word_lists

_INTRODUCTION = """\
<!-- made by `python -m tools.reference_pages`; change the rules in dedupe/normalizers/data instead -->

# How values are normalized

What a provider gave is kept as it was given. Beside it stands the **value** (normalized, shown, looked up)
and its **match keys**, which only find candidates. A value that can't be normalized is kept with the reason.
Nothing here depends on the other contacts, on their order, or on the network.

`dedupe normalize FILE` shows all of it for a file, and how many values of each source are valid, and why not.

Words and domains that rules go by are data, in [`dedupe/normalizers/data/`](../dedupe/normalizers/data): each
rule below names its list there, how long it is, and a few of its words.
"""
_SECTIONS: list[tuple[str, Any]] = [
    ("Names", names),
    ("Emails", emails),
    ("Phones", phones),
    ("Identifiers", identifiers),
    ("Companies", companies),
    ("Job titles", job_titles),
    ("Places", places),
    ("Dates of birth", birth_dates),
]
_EXAMPLES, _SHORT = 4, 80
_DATA = "../dedupe/normalizers/data"


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for title, module in _SECTIONS:
        parts.append(f"## {title}\n\n{inspect.getdoc(module)}\n")
        parts.extend(_RULES.get(title, list[str])())
    parts.extend(_hints())
    parts.append(_regions())
    return "\n".join(parts).rstrip() + "\n"


def _word_rules(name: str, *without: str) -> list[str]:
    """What the lists of words of a file are for, a row each, under where they are from."""
    rows = [
        [one.rule, f"`{one.key}`", str(len(one.items)), _sample(one.items)]
        for one in word_lists(name, without)
    ]
    data = rules(name)
    origin = f" As of {data['since']}: {data['source']}." if "source" in data else ""
    return [
        paragraph(f"Words of [`{name}.toml`]({_DATA}/{name}.toml).{origin}"),
        table(["rule", "list", "of", "such as"], rows),
    ]


def _sample(items: Sequence[str]) -> str:
    """The first few, as long as they are short."""
    few = items[:_EXAMPLES]
    return ", ".join(few) if sum(map(len, few)) <= _SHORT else "(see there)"


def _name_rules() -> list[str]:
    relations = [
        [short, ", ".join(sorted(formal_names(short)))] for short in ("bob", "alex", "sasha", "pepe", "kuba")
    ]
    generations = [[shown, written] for shown, written in rules("honorifics")["generations"].items()]
    return [
        *_word_rules("names"),
        "### Titles, generations, post-nominal letters\n",
        *_word_rules("honorifics", "generations"),
        "Nicknames come from the package nicknames and from `diminutives` of `names.toml`; a few of them:\n",
        table(["short", "may stand for"], relations),
        "Generations, which tell people apart:\n",
        table(["suffix", "written"], generations),
    ]


def _email_rules() -> list[str]:
    data = rules("emails")
    meant = {**data["near_miss"], **data["near_miss_ends"]}
    slips = [[name, str(len(slip.split())), _sample(slip.split())] for name, slip in meant.items()]
    providers = rules("email_providers")["providers"]
    head = ["provider", "one mailbox on", "dots don't count", "tag after", "also"]
    domains = [(one["name"], one["domains"]) for one in providers if not one.get("aliases")]
    return [
        "### Mailbox providers\n\nDomains not named here keep their dots and tags\n"
        f"([`email_providers.toml`]({_DATA}/email_providers.toml)).\n",
        table(head, map(_provider_row, providers)),
        *(folded(f"{name}: {len(listed)} domains", paragraph(", ".join(listed))) for name, listed in domains),
        folded(
            "Where these rules are from",
            table(["provider", "as of", "source"], [[p["name"], p["since"], p["source"]] for p in providers]),
        ),
        "### Marks\n",
        "Disposable domains are those of the package disposable-email-domains.\n",
        *_word_rules("emails", "near_miss", "near_miss_ends"),
        "### Slips of the keyboard\n\nThe value stays; the key of the domain that was meant comes second "
        "(`near_miss` and `near_miss_ends` there).\n",
        table(["meant", "slips", "such as"], slips),
    ]


def _provider_row(rule: dict[str, Any]) -> list[str]:
    aliases = "; ".join(" = ".join(group) for group in rule.get("aliases", []))
    also = f"{rule['swap'][0]} is {rule['swap'][1]}" if "swap" in rule else ""
    domains = aliases or f"each of {len(rule['domains'])} domains (below)"
    return [rule["name"], domains, "yes" if rule.get("dots") else "", rule.get("tag", ""), also]


def _phone_rules() -> list[str]:
    moves = rules("numbering_plans")["moves"]
    return [
        *_word_rules("numbering_plans", "moves"),
        "### Numbering plans that moved\n",
        paragraph(
            "An old number, valid no longer, becomes the number of today. Where it is valid both ways, it "
            "stays, and only its match key is that of today."
        ),
        folded(
            f"The {len(moves)} moves",
            table(["code", "what", "national number", "since", "source"], map(_move_row, moves)),
        ),
    ]


def _move_row(move: dict[str, Any]) -> list[str]:
    code, new = f"+{move['country_code']}", f"`{move['old']}` → `{move['new']}`"
    if "new_country_code" in move:
        code = f"{code} → +{move['new_country_code']}"
    what = f"{move['what']} (valid both ways)" if move.get("valid") else move["what"]
    return [code, what, new, move["since"], move["source"]]


def _place_rules() -> list[str]:
    data = rules("places")
    countries = {code: written.split("|") for code, written in data["countries"].items()}
    rows = [[code, str(len(names_)), _sample(names_)] for code, names_ in countries.items()]
    streets = ", ".join(sorted(phrases(data["streets"]["words"])))
    return [
        paragraph(
            f"Names of countries besides ISO 3166's own codes and English names, and short forms of street "
            f"words: [`places.toml`]({_DATA}/places.toml). As of {data['since']}: {data['source']}."
        ),
        folded(f"{len(countries)} countries", table(["country", "names", "such as"], rows)),
        folded("Street words and their short forms", paragraph(streets)),
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
        table(["network", "addresses at"], hosts),
        table(["document", "also called", "of which a person has"], kinds),
        *_word_rules("identifiers", "networks", "documents"),
    ]


_RULES: dict[str, Callable[[], list[str]]] = {
    "Names": _name_rules,
    "Emails": _email_rules,
    "Phones": _phone_rules,
    "Companies": lambda: _word_rules("companies"),
    "Places": _place_rules,
    "Identifiers": _identifier_rules,
}


def _hints() -> list[str]:
    cities = rules("cities")
    named = sum(len(phrases(names)) for names in cities["cities"].values())
    return [
        f"## Countries of contacts that name none\n\n{inspect.getdoc(region_hints)}\n",
        paragraph(
            f"{named:,} names of cities ([`cities.toml`]({_DATA}/cities.toml); {cities['source']}, as of "
            f"{cities['since']})."
        ),
        *_word_rules("region_hints", "postcodes", "states"),
    ]


def _regions() -> str:
    zones = rules("time_zones")
    languages = ", ".join(f"{tag} {code}" for tag, code in zones["languages"].items())
    return "\n".join(
        [
            "## Regions of time zones and languages\n",
            paragraph(
                f"A time zone tells its region ([`time_zones.toml`]({_DATA}/time_zones.toml), `zones` and "
                f"`links`; {zones['source']}, as of {zones['since']}). A language spoken mainly in one "
                "country goes after the configured region:"
            ),
            folded(f"{len(zones['languages'])} languages", paragraph(languages)),
        ]
    )
