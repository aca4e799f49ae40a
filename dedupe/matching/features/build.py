"""Features of contacts: columns of encoded values, which blocking and comparisons work on.

`Features` are built once from a CONTACTS table. Values that say nothing of who somebody is (placeholders, our
own numbers, no-reply addresses) are left out here, for blocking, comparing and explaining alike.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.hashing import Hashes, hash_prefixes, hash_texts, mix
from dedupe.arrays.numpy_columns import Column, equals, flags, integers, parents, whole
from dedupe.arrays.numpy_columns import ids as as_ids
from dedupe.matching.features.encoding import Ids, Lists, Pool, encode, encode_one, hashes_at, lists, lists_of
from dedupe.matching.features.types import Births as Births
from dedupe.matching.features.types import Emails as Emails
from dedupe.matching.features.types import Features as Features
from dedupe.matching.features.types import Flags as Flags
from dedupe.matching.features.types import Identifiers as Identifiers
from dedupe.matching.features.types import Names as Names
from dedupe.matching.features.types import Phones as Phones
from dedupe.matching.features.types import Places as Places
from dedupe.matching.features.types import features_between as features_between
from dedupe.matching.features.value_columns import distinct, examples, marked, marked_keys, nth_key
from dedupe.matching.features.word_similarity import NameWords, words_of
from dedupe.model import Kind

IGNORED_MARKS = ("placeholder", "ours", "noreply", "shared", "anothers")
"""Marks of values that say nothing of who somebody is."""
GUESSED_MARKS = ("plus_added", "zero_restored")
"""Marks of phone numbers that were repaired by a guess."""
GUESSED_ORIGINS = ("language", "email", "usual_in_source", "usual_in_file")
"""Where a number's country is from, if it is nothing that its contact says of a place or a number."""
NATIONAL_FROM = 9
"""So many national digits, and more, tell a line whatever its country: as many as mobiles and landlines of
large countries have, so that two countries seldom give out the same. Chosen."""
GENERATIONS = ("jr", "sr", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "filho", "neto", "sobrinho")


def build_features(contacts: pa.Table, staff: bool = False) -> Features:
    """The features of a CONTACTS table. With `staff`, staff are matched too, with each other."""
    return features_with(contacts, staff, words_of)


def features_with(contacts: pa.Table, staff: bool, told: Callable[[Pool], NameWords]) -> Features:
    """As `build_features`; of the words of names, which is dear, `told` tells."""
    kind = whole(contacts, "kind")
    is_staff = flags(equals(kind, Kind.STAFF.value))
    words, names = _names(whole(contacts, "names"))
    company, company_of = encode_one(pc.struct_field(whole(contacts, "company"), "key"))
    job_title, job_title_of = encode_one(whole(contacts, "job_title_key"))
    return Features(
        size=len(contacts),
        matched=flags(equals(kind, Kind.PERSON.value)) | (is_staff & staff),
        staff=is_staff,
        words=told(words),
        names=names,
        emails=_emails(whole(contacts, "emails")),
        phones=_phones(whole(contacts, "phones")),
        identifiers=_identifiers(whole(contacts, "identifiers")),
        company=company,
        company_of=company_of,
        job_title=job_title,
        job_title_of=job_title_of,
        places=_places(whole(contacts, "place")),
        births=_births(whole(contacts, "birth")),
        region=_regions(contacts),
        source=_sources(contacts),
        household=_households(whole(contacts, "names")),
    )


def _names(column: Column) -> tuple[Pool, Names]:
    rows = pc.list_flatten(column)
    parts = [pc.struct_field(rows, part) for part in ("first", "middle", "last")]
    parts.append(pc.utf8_lower(pc.struct_field(rows, "nickname")))
    words, (first, middle, last, nickname) = encode(parts)
    suffix = _generation(pc.struct_field(rows, "suffix"))
    hashes = mix(
        *(hashes_at(words.hashes, part) for part in (first, middle, last, nickname)), suffix.astype(np.int64)
    )
    silent = (first < 0) & (last < 0) & (nickname < 0)
    latin = _latin(pc.struct_field(rows, "value"))
    ids, example = distinct(mix(hashes, latin.astype(np.int64)), silent)
    keys = pc.struct_field(rows, "keys").take(pa.array(example))
    formal_of, formal = _formals(words, first[example], last[example], keys)
    names = Names(
        held=lists(column, ids),
        first=first[example],
        middle=middle[example],
        last=last[example],
        nickname=nickname[example],
        suffix=suffix[example],
        hashes=hashes[example],
        latin=latin[example],
        sound=_sounds(keys),
        formal_of=formal_of,
        formal=formal,
        known=_known(keys),
    )
    return words, names


def _households(column: Column) -> Flags:
    """The contacts of several people with a family name in common: their given names are shown and not
    compared, because whose they are can't be told (`normalizers.names`)."""
    rows = pc.list_flatten(column)
    owners = parents(column)
    household = np.zeros(len(column), dtype=bool)
    first, last = (
        integers(pc.binary_length(pc.struct_field(rows, part)).fill_null(0)) > 0 for part in ("first", "last")
    )
    shown = flags(pc.is_valid(pc.struct_field(rows, "given_name")))
    household[owners[shown & ~first & last]] = True
    household[owners[first]] = False
    return household


def _latin(values: Column) -> Flags:
    if pc.all(pc.string_is_ascii(values)).as_py() is not False:
        return np.ones(len(values), dtype=bool)
    foreign = pc.match_substring_regex(values, pattern=r"[^\p{Latin}\P{L}]")
    return ~flags(foreign)


def _sounds(keys: Column) -> Hashes:
    rows, texts = marked_keys(keys, "q:")
    sounds = np.zeros(len(keys), dtype=np.int64)
    sounds[rows] = hash_texts(texts)
    return sounds


def _formals(words: Pool, first: Ids, last: Ids, keys: Column) -> tuple[Lists, Hashes]:
    """For each name the given names that it may stand for (match keys "n:formal last"), itself among them."""
    rows, texts = marked_keys(keys, "n:")
    sizes = np.append(integers(pc.binary_length(words.values)) + 1, 0)  # of " last"; silence is cut by none
    bare = np.maximum(integers(pc.binary_length(texts)) - sizes[last[rows]], 0)
    own = np.flatnonzero(first >= 0)
    all_rows = np.concatenate([own, rows])
    hashes = np.concatenate([words.hashes[first[own]], hash_prefixes(texts, bare)])
    order = np.argsort(all_rows, kind="stable")
    formal, ids = np.unique(hashes[order], return_inverse=True)
    return lists_of(all_rows[order], ids.astype(np.int32), len(first)), formal


def _known(keys: Column) -> Flags:
    known = np.zeros(len(keys), dtype=bool)
    known[marked_keys(keys, "n:")[0]] = True
    return known


def _generation(column: Column) -> Ids:
    bare = pc.replace_substring_regex(pc.utf8_lower(column), r"[^a-z0-9]", "")
    return as_ids(pc.index_in(bare, pa.array(GENERATIONS)))


def _emails(column: Column) -> Emails:
    rows = pc.list_flatten(column)
    address, ids = encode_one(pc.struct_field(rows, "value"))
    marks = pc.struct_field(rows, "marks")
    usable = np.where(marked(marks, IGNORED_MARKS), np.int32(-1), ids)
    example = examples(ids, len(address))
    local, local_of = encode_one(pc.struct_field(rows, "local"))
    domain, domain_of = encode_one(pc.struct_field(rows, "domain"))
    key = nth_key(rows, 0, address.hashes, ids)
    return Emails(
        held=lists(column, usable),
        address=address,
        key=key[example],
        untagged=_untagged(pc.struct_field(rows, "keys"), key)[example],
        local=local,
        local_of=local_of[example],
        domain_of=domain_of[example],
        domain=domain,
        free=marked(marks, ("free", "disposable", "relay"))[example],
        role=marked(marks, ("role",))[example],
    )


def _untagged(keys: Column, otherwise: Hashes) -> Hashes:
    rows, texts = marked_keys(keys, "untagged:")
    found = otherwise.copy()
    found[rows] = hash_texts(texts)
    return found


def _phones(column: Column) -> Phones:
    rows = pc.list_flatten(column)
    number, number_of = encode_one(pc.struct_field(rows, "value"))
    extensions, extension_of = encode_one(pc.struct_field(rows, "extension"))
    extension = hashes_at(extensions.hashes, extension_of)
    national, national_of = _nationals(pc.struct_field(rows, "keys"))
    silent = ((number_of < 0) & (national_of < 0)) | marked(pc.struct_field(rows, "marks"), IGNORED_MARKS)
    guessed = flags(pc.is_in(pc.struct_field(rows, "region_from"), pa.array(GUESSED_ORIGINS)))
    guessed |= marked(pc.struct_field(rows, "marks"), GUESSED_MARKS) | (number_of < 0)
    digits = hashes_at(national.hashes, national_of)
    told = mix(hashes_at(number.hashes, number_of), digits, extension, guessed.astype(np.int64))
    ids, example = distinct(told, silent)
    key = nth_key(rows, 0, number.hashes, number_of)
    long = np.append(national.sizes >= NATIONAL_FROM, False)[national_of]
    toll_free = flags(pc.is_in(pc.struct_field(rows, "type"), pa.array(["toll_free", "shared_cost", "uan"])))
    return Phones(
        held=lists(column, ids),
        number=number,
        number_of=number_of[example],
        extension=extension[example],
        key=key[example],
        national=national,
        national_of=national_of[example],
        line=np.where(long, digits, key)[example],
        long=long[example],
        subscriber=nth_key(rows, 1, number.hashes, number_of)[example],
        toll_free=toll_free[example],
        guessed=guessed[example],
    )


def _nationals(keys: Column) -> tuple[Pool, Ids]:
    """The pool of national digits, and each row's; −1 where it has none."""
    owners, texts = marked_keys(keys, "nat:")
    pool, ids = encode_one(texts)
    found = np.full(len(keys), -1, dtype=np.int32)
    found[owners] = ids
    return pool, found


def _identifiers(column: Column) -> Identifiers:
    rows = pc.list_flatten(column)
    value, ids = encode_one(pc.struct_field(rows, "value"))
    example = examples(ids, len(value))
    spaces = pc.list_element(pc.split_pattern(value.values, ":"), 0)
    namespaces, namespace_of = encode_one(spaces)
    return Identifiers(
        held=lists(column, ids),
        value=value,
        key=nth_key(rows, 0, value.hashes, ids)[example],
        namespace=hashes_at(namespaces.hashes, namespace_of),
        unique=flags(pc.struct_field(rows, "unique"))[example],
    )


def _places(column: Column) -> Places:
    street, street_of = encode_one(pc.struct_field(column, "street_key"))
    city, city_of = encode_one(pc.struct_field(column, "city_key"))
    postcode, postcode_of = encode_one(pc.struct_field(column, "postcode_key"))
    return Places(street, street_of, city, city_of, postcode, postcode_of)


def _regions(contacts: pa.Table) -> Hashes:
    phones = whole(contacts, "phones")
    pool, ids = encode_one(pc.struct_field(pc.list_flatten(phones), "region"))
    country, country_of = encode_one(pc.struct_field(whole(contacts, "place"), "country"))
    regions = hashes_at(country.hashes, country_of)
    told = np.flatnonzero(ids >= 0)[::-1]  # the first phone is written last, and stays
    regions[parents(phones)[told]] = hashes_at(pool.hashes, ids[told])
    return regions


def _sources(contacts: pa.Table) -> Hashes:
    pool, ids = encode_one(whole(contacts, "source"))
    return hashes_at(pool.hashes, ids)


def _births(column: Column) -> Births:
    def part(name: str) -> npt.NDArray[np.int16]:
        numbers = pc.struct_field(column, name).fill_null(0)
        return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int16)

    marks = [flags(pc.struct_field(column, mark)) for mark in ("century_guessed", "out_of_range")]
    return Births(part("year"), part("month"), part("day"), *marks)
