"""Normalization of contacts: a table of schema GIVEN in, one of schema CONTACTS out.

Pure and total. In each block of rows a distinct value is normalized once and put back to its contacts; a
contact's result doesn't depend on other contacts. The docstrings of `names`, `emails`, `phones`,
`identifiers`, `companies`, `places` and `birth_dates` define each struct field and its `keys`;
`docs/normalizing.md` has the rules.

Values of one contact with the same normalized form are kept once, with the best attestation. `rejected`
holds what was given and isn't valid: `field` is name, email, phone, identifier, company, country or birth.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version as installed
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import repeat

import numpy as np
import pyarrow

from dedupe.arrays.distinct_values import Ordered, Rows, combined, distinct, explode, regroup
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.normalizers.company_names import without_company_names
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
from dedupe.normalizers.job_titles import job_title_keys
from dedupe.normalizers.region_hints import email_regions, place_regions
from dedupe.normalizers.regions import region_of
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.schemas import CONTACTS, GIVEN

_LIBRARIES = ("phonenumbers", "email-validator", "anyascii", "pycountry", "nicknames", "jellyfish")
_CORES = 2  # threads; more gain little, since much is held by one lock (chosen)
Keep = Callable[[pyarrow.Table], pyarrow.Table]
_FEW = 1000  # contacts after which memory is not worth giving back (chosen)
_BLOCK = 65_536
"""Contacts worked on at once; a smaller table is one block and starts no threads."""

__all__ = ["NormalizeSettings", "code_files", "normalize", "version"]


@cache
def _code() -> str:
    """A hash of the code and rules that determine the result."""
    texts = [f"{name}\n{text}" for name, text in code_files()]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


def code_files() -> Iterator[tuple[str, str]]:
    """Name and text of every file of this room and those below that it asks: code, rules and lists."""
    for room in ("dedupe.arrays", "dedupe.name_lists", "dedupe.normalizers"):
        yield from _sources(files(room), room)


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.is_dir():
            yield from _sources(path, f"{name}/{path.name}")
        elif path.name.endswith((".py", ".toml", ".txt")):
            yield f"{name}/{path.name}", path.read_text("utf-8")


def version(settings: NormalizeSettings) -> str:
    """A version that changes whenever normalizing the same contact may give another result."""
    libraries = " ".join(f"{name} {installed(name)}" for name in _LIBRARIES)
    return f"code {_code()} {libraries} settings {settings.fingerprint()}"


def normalize(given: pyarrow.Table, settings: NormalizeSettings, keep: Keep | None = None) -> pyarrow.Table:
    """Normalize a table of schema GIVEN; gives CONTACTS, numbered in byte order of (source, external_id).

    Large tables are processed in blocks, two at a time: Arrow and NumPy release Python's lock, and the
    block bounds the memory. `keep` says where a finished block goes: it gives the same table, on disk.
    """
    given = given.select(GIVEN.names).cast(GIVEN)
    order = pc.sort_indices(given, sort_keys=[("source", "ascending"), ("external_id", "ascending")])
    starts = range(0, max(len(given), 1), _BLOCK)
    blocks = [Ordered(given, order.slice(start, _BLOCK), start) for start in starts]
    if len(blocks) == 1:
        return _normalized(blocks[0], settings)
    with _memory_given_back(), ThreadPoolExecutor(_CORES) as cores:
        return pyarrow.concat_tables(cores.map(_kept, blocks, repeat(settings), repeat(keep)))


@contextmanager
def _memory_given_back() -> Iterator[None]:
    """Use the system's memory pool, which frees a block's memory; Arrow's own keeps it."""
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _kept(rows: Ordered, settings: NormalizeSettings, keep: Keep | None) -> pyarrow.Table:
    block = _normalized(rows, settings)
    return keep(block) if keep else block


def _normalized(rows: Ordered, settings: NormalizeSettings) -> pyarrow.Table:
    """Normalize one block."""
    count = len(rows)
    place = place_column(rows)
    birth, company = birth_column(rows, settings), company_column(rows)
    names = without_company_names(name_elements(rows), company)
    emails = email_elements(rows, settings, names)
    lists = {
        "names": names,
        "emails": emails,
        "phones": phone_elements(rows, _regions(rows, place.values, emails, settings), settings),
        "identifiers": identifier_elements(rows, settings),
    }
    columns = {
        "contact": pa.array(np.arange(rows.start, rows.start + count)),
        "kind": pc.fill_null(rows["kind"], "person"),
        "company": company.values,
        "job_title_key": job_title_keys(combined(rows["job_title"])),
        "place": place.values,
        "birth": birth.values,
        **{name: regroup(found.rows, found.values, count) for name, found in lists.items()},
        "rejected": _rejected([*lists.values(), company, place, birth], count),
    }
    whole = [columns[field.name] if field.name in columns else rows[field.name] for field in CONTACTS]
    table: pyarrow.Table = pa.table(whole, schema=CONTACTS)
    if count > _FEW:
        pa.default_memory_pool().release_unused()
    return table


def _regions(
    given: Ordered, place: Array, emails: Elements, settings: NormalizeSettings
) -> list[tuple[str, Array]]:
    """The regions that a contact's numbers may be from, by origin, the most trusted first."""
    sources, codes = distinct(combined(given["source"]))

    def by_source(regions: Mapping[str, str], otherwise: str | None = None) -> Array:
        found = [regions.get(name, otherwise) for name in sources.to_pylist()]
        return pa.array(found, pa.string()).take(pa.array(codes))

    everywhere = pa.array([settings.usual_in_file], pa.string())
    return [
        ("country", pc.struct_field(place, "country")),
        ("place", place_regions(place, _has_plain_numbers(given))),
        ("email", email_regions(emails.rows, emails.values, len(given))),
        ("source", by_source(settings.default_region, settings.fallback_region)),
        ("language", _told_regions(given)),
        ("usual_in_source", by_source(settings.usual_in_source)),
        ("usual_in_file", everywhere.take(pa.array(np.zeros(len(given), np.int64)))),
    ]


def _has_plain_numbers(given: Ordered) -> Array:
    """Which contacts have a number without a plus, whose country is asked for."""
    rows, phones = explode(given["phones"])
    written = pc.fill_null(pc.struct_field(phones, "given"), "")
    plain = pc.invert(pc.match_substring(written, "+")).to_numpy(zero_copy_only=False)
    found = np.zeros(len(given), bool)
    found[rows[plain]] = True
    return pa.array(found)


def _told_regions(given: Ordered) -> Array:
    zones, zone_codes = distinct(combined(given["time_zone"]))
    languages, language_codes = distinct(combined(given["language"]))
    width = max(len(languages), 1)
    mixed, back = np.unique(zone_codes * width + language_codes, return_inverse=True)
    zone_texts, language_texts = zones.to_pylist(), languages.to_pylist()
    regions = [region_of(zone_texts[code // width], language_texts[code % width]) for code in mixed]
    return pa.array(regions, pa.string()).take(pa.array(back.reshape(-1)))


def _rejected(found: list[Elements], count: int) -> Array:
    rows: Rows = np.concatenate([elements.rejected_rows for elements in found])
    order = np.argsort(rows, kind="stable")
    values = pa.concat_arrays([elements.rejected for elements in found])
    return regroup(rows[order], values.take(pa.array(order)), count)
