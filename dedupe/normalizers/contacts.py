"""Given contacts → normalized contacts: columns in, columns out.

Pure and total. Each distinct value is worked on once and taken back to its contacts; what a contact becomes
does not depend on the others. The meaning of each struct field and of its `keys` stands in the docstrings of
`names`, `emails`, `phones`, `identifiers`, `companies`, `places` and `births`; `docs/normalizing.md` has the
rules.

Values of one contact that normalize alike are kept once, with the best attestation. `rejected` holds what was
given and is no valid value: `field` is name, email, phone, identifier, company or birth.
"""

import hashlib
from functools import cache
from importlib.metadata import version as installed
from importlib.resources import files

import numpy as np

from dedupe.normalizers.arrow import Array, Table, pa, pc
from dedupe.normalizers.columns import Rows, combined, distinct, regroup
from dedupe.normalizers.contact_values import (
    Elements,
    birth_column,
    company_column,
    email_elements,
    identifier_elements,
    name_elements,
    phone_elements,
    place_column,
)
from dedupe.normalizers.regions import region_of
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.schemas import CONTACTS, GIVEN

_LIBRARIES = ("phonenumbers", "email-validator", "anyascii", "pycountry", "nicknames", "jellyfish")
_KEPT = ("job_title", "time_zone", "language", "blocked", "preferences", "created_at", "changed_at", "custom")

__all__ = ["NormalizeSettings", "normalize", "version"]


@cache
def _code() -> str:
    """A hash of this room's own files: code and rules."""
    room = files("dedupe.normalizers")
    texts = [
        f"{path.name}\n{path.read_text('utf-8')}"
        for folder in (room, room / "data")
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if path.name.endswith((".py", ".toml"))
    ]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


def version(settings: NormalizeSettings) -> str:
    """Changes whenever normalizing the same given contact may give another result."""
    libraries = " ".join(f"{name} {installed(name)}" for name in _LIBRARIES)
    return f"code {_code()} {libraries} settings {settings.fingerprint()}"


def normalize(given: Table, settings: NormalizeSettings) -> Table:
    """GIVEN → CONTACTS, numbered in byte order of (source, external_id)."""
    given = _ordered(given)
    count = len(given)
    place = place_column(given)
    birth = birth_column(given, settings)
    company = company_column(given)
    lists = {
        "names": name_elements(given),
        "emails": email_elements(given, settings),
        "phones": phone_elements(given, _regions(given, place, settings), settings),
        "identifiers": identifier_elements(given, settings),
    }
    columns = {
        "contact": pa.array(np.arange(count)),
        "source": given["source"],
        "external_id": given["external_id"],
        "kind": pc.fill_null(given["kind"], "person"),
        "company": company.values,
        "place": place,
        "birth": birth.values,
        **{name: regroup(found.rows, found.values, count) for name, found in lists.items()},
        **{name: given[name] for name in _KEPT},
        "rejected": _rejected([*lists.values(), company, birth], count),
    }
    return pa.table([columns[field.name] for field in CONTACTS], schema=CONTACTS)


def _ordered(given: Table) -> Table:
    given = given.select(GIVEN.names).cast(GIVEN)
    order = pc.sort_indices(given, sort_keys=[("source", "ascending"), ("external_id", "ascending")])
    return given.take(order).combine_chunks()


def _regions(given: Table, place: Array, settings: NormalizeSettings) -> list[tuple[str, Array]]:
    """The regions a contact's numbers may be from, by origin, the most trusted first."""
    sources, codes = distinct(combined(given["source"]))
    defaults = [settings.default_region.get(name, settings.fallback_region) for name in sources.to_pylist()]
    return [
        ("country", pc.struct_field(place, "country")),
        ("source", pa.array(defaults, pa.string()).take(pa.array(codes))),
        ("language", _told_regions(given)),
    ]


def _told_regions(given: Table) -> Array:
    zones, zone_codes = distinct(combined(given["time_zone"]))
    languages, language_codes = distinct(combined(given["language"]))
    width = max(len(languages), 1)
    mixed, back = np.unique(zone_codes * width + language_codes, return_inverse=True)
    zone_texts, language_texts = zones.to_pylist(), languages.to_pylist()
    told = [region_of(zone_texts[code // width], language_texts[code % width]) for code in mixed]
    return pa.array(told, pa.string()).take(pa.array(back.reshape(-1)))


def _rejected(found: list[Elements], count: int) -> Array:
    rows: Rows = np.concatenate([elements.rejected_rows for elements in found])
    order = np.argsort(rows, kind="stable")
    values = pa.concat_arrays([elements.rejected for elements in found])
    return regroup(rows[order], values.take(pa.array(order)), count)
