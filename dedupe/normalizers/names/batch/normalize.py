"""Names by the batch, with exactly the results of `names.normalize_name` for one.

The column path takes names of plain words, written whole (up to four words) or in parts (up to two each).
A word is plain when no rule of `names.parts` applies to it; each distinct word is checked once. Everything
else goes to `normalize_name`. A differential test compares the two.
"""

from collections.abc import Sequence

import numpy as np

from dedupe.arrays.distinct_values import Rows, columns_of, distinct, lists_of
from dedupe.arrays.joining import joined
from dedupe.arrays.untyped import Array, Table, pa, pc
from dedupe.normalizers.names import vocabulary
from dedupe.normalizers.names.batch.plain_names import (
    LoneNames,
    PlainNames,
    lone_names,
    long_enough,
    plain_names,
)
from dedupe.normalizers.names.columns import PHONE, Mask, alone, written
from dedupe.normalizers.names.normalize import (
    KINDS,
    family_core,
    formal_keys,
    make_name,
    name_keys,
    normalize_name,
    sound,
)
from dedupe.normalizers.names.order import written_together
from dedupe.normalizers.names.parts import NameParts
from dedupe.normalizers.text import LONGEST

_STEP = 65_536
"""Names worked on at once."""


def normalize_names(fields: Sequence[Array]) -> Table:
    """Normalize distinct given names (a column for each of FIELDS, "" where absent); gives KINDS, `row`
    being the input row."""
    count = len(fields[0])
    steps = [(start, [column.slice(start, _STEP) for column in fields]) for start in range(0, count, _STEP)]
    parts = [_normalize(start, part) for start, part in steps]
    return pa.concat_tables(parts).combine_chunks() if parts else columns_of(KINDS, [])


def _normalize(start: int, fields: Sequence[Array]) -> Table:
    texts, is_family = alone(fields)
    plain, lone = plain_names(written(fields)), lone_names(texts, is_family)
    phones = _phone_rows(fields)
    tables = [_table(plain, start), _lone_table(lone, start), _phone_table(fields, phones, start)]
    tables.append(_together_table(texts, lone.together, start))
    known = np.concatenate([plain.rows, lone.rows, lone.together, phones])
    slow = np.setdiff1d(np.arange(len(fields[0])), known, assume_unique=True)
    slow_names = zip(*(column.take(pa.array(slow)).to_pylist() for column in fields), strict=True)
    asked = zip((slow + start).tolist(), slow_names, strict=True)
    found = [(row, *name) for row, texts in asked for name in normalize_name(*texts)]
    both = pa.concat_tables([*tables, columns_of(KINDS, found)])
    return both.take(pc.array_sort_indices(both["row"]))


def _phone_rows(fields: Sequence[Array]) -> Rows:
    """Names that are a phone number and nothing else."""
    only = pc.equal(pc.binary_join_element_wise(*fields[1:], ""), "")
    short = pc.less_equal(pc.utf8_length(fields[0]), LONGEST)
    phones = pc.and_(pc.and_(only, short), pc.match_substring_regex(fields[0], PHONE))
    rows: Rows = pc.indices_nonzero(phones).to_numpy()
    return rows.astype(np.int64)


def _phone_table(fields: Sequence[Array], rows: Rows, start: int) -> Table:
    columns = {name: pa.nulls(len(rows), kind) for name, kind in KINDS.items()}
    columns |= {
        "row": pa.array(rows + start),
        "given": fields[0].take(pa.array(rows)),
        "keys": lists_of([pa.nulls(len(rows), pa.string())]),
        "reason": pa.repeat("a phone number", len(rows)),
    }
    return pa.table(columns).cast(pa.schema(list(KINDS.items())))


def _lone_table(names: LoneNames, start: int) -> Table:
    places, is_family = pa.array(names.codes), pa.array(names.is_family)
    shouted = pa.array([word.upper or word.lower for word in names.words], pa.bool_())
    wanted = pc.and_(shouted, pc.greater(pc.utf8_length(names.texts), 3))
    shown = pa.array([word.shown for word in names.words], pa.string())
    mended = pc.if_else(wanted, shown, names.texts).take(places)
    folded = pa.array([word.folded for word in names.words], pa.string()).take(places)
    columns = {name: pa.nulls(len(names.rows), pa.string()) for name in KINDS}
    columns |= {
        "row": pa.array(names.rows + start),
        "given": names.texts.take(places),
        "value": mended,
        "given_name": pc.if_else(is_family, None, mended),
        "family_name": pc.if_else(is_family, mended, None),
        "first": pc.if_else(is_family, "", folded),
        "middle": pa.repeat("", len(names.rows)),
        "last": pc.if_else(is_family, folded, ""),
        "keys": _lone_keys(names),
    }
    return pa.table(columns).cast(pa.schema(list(KINDS.items())))


def _together_table(texts: Array, rows: Rows, start: int) -> Table:
    """Names in East Asian script without a space."""
    values, codes = distinct(texts.take(pa.array(rows)))
    parted = [(text, written_together(text)) for text in values.to_pylist()]
    found = [(0, *make_name(text, NameParts(given, family=family))) for text, (given, family) in parted]
    table = columns_of(KINDS, found).take(pa.array(codes))
    return table.set_column(0, "row", pa.array(rows + start))


def _lone_keys(names: LoneNames) -> Array:
    given = [name_keys(word.folded, "", "") for word in names.words]
    family = [name_keys("", "", word.folded) for word in names.words]
    keys = pa.array([*given, *family], pa.list_(pa.string()))
    return keys.take(pa.array(names.codes + len(given) * names.is_family))


def _table(names: PlainNames, start: int) -> Table:
    folded = [word.folded for word in names.words.every]
    first, middle, last = _spelled(names, pa.array(folded, pa.string()))
    columns = {name: pa.nulls(len(names.rows), kind) for name, kind in KINDS.items()}
    mended = _mended(names)
    columns |= {
        "row": pa.array(names.rows + start),
        "given": names.given,
        "value": _shown(names, *mended),
        "suffix": names.suffix,
        "given_name": mended[0],
        "middle_name": mended[1],
        "family_name": mended[2],
        "first": first,
        "middle": pc.fill_null(middle, ""),
        "last": last,
        "keys": _keys(names, folded, first, last),
    }
    return pa.table(columns).cast(pa.schema(list(KINDS.items())))


def _mended(names: PlainNames) -> list[Array]:
    """First, middle and family name with capitals corrected, where the whole or a part is in small letters
    only."""
    own, family = names.parts()
    alike, written = names.in_one_case(), _spelled(names, names.words.texts)
    shown = _spelled(names, pa.array([word.shown for word in names.words.every], pa.string()))
    several = pc.greater(pc.utf8_length(written[2]), 1).to_numpy(zero_copy_only=False)
    whole = alike & long_enough(names)
    small = [names.in_case("lower", own), False, names.in_case("lower", family) & several]
    wanted = [whole | (part & ~alike) for part in small]
    both = zip(wanted, shown, written, strict=True)
    return [pc.if_else(pa.array(mask), new, old) for mask, new, old in both]


def _shown(names: PlainNames, given: Array, middle: Array, family: Array) -> Array:
    """The name for display, in East Asian scripts with the family name first."""
    own, family_at = names.parts()
    asian = names.flags("asian")
    turned = pa.array((asian & own).any(axis=1) & (asian & family_at).any(axis=1))
    usual = [
        pc.if_else(turned, family, given),
        pc.if_else(turned, given, middle),
        pc.if_else(turned, middle, family),
    ]
    return joined([*usual, names.suffix], " ")


def _spelled(names: PlainNames, texts: Array) -> tuple[Array, Array, Array]:
    """First, middle and family name with `texts` for the words; middle null where there is none."""
    own, family = names.parts()
    between = (names.codes >= 0) & ~own & ~family
    first, middle, last = (_words_at(names, texts, places) for places in (own, between, family))
    return first, pc.if_else(pc.equal(middle, ""), None, middle), last


def _words_at(names: PlainNames, texts: Array, places: Mask) -> Array:
    """The words at these positions, joined by spaces; "" where there are none."""
    used = np.flatnonzero(places.any(axis=0))
    columns = [texts.take(pa.array(names.codes[:, at], mask=~places[:, at])) for at in used]
    return joined(columns, " ") if columns else pa.repeat("", len(places))


def _keys(names: PlainNames, folded: list[str], first: Array, last: Array) -> Array:
    """`names.name_keys` for columns."""
    families, family = distinct(last)
    given, named = distinct(first)
    sounds = [
        *(sound(family_core(text)) for text in families.to_pylist()),
        *(sound(text.replace(" ", "")) for text in given.to_pylist()),
    ]
    heads = pc.utf8_slice_codeunits(first, 0, 1)
    spoken = pa.array(sounds, pa.string()).take(pa.array(family))
    keys = [
        pc.binary_join_element_wise(first, last, " "),
        _sorted_words("t:", *_pieces(names, folded)),
        pc.binary_join_element_wise(_prefixed("p:", spoken), heads, " "),
        _sorted_words("q:", sounds, [named + len(families), family], once=True),
    ]
    return _with_formal(keys, given, named, last)


def _pieces(names: PlainNames, folded: list[str]) -> tuple[list[str], Rows]:
    """The words of each name, one with a hyphen as two: (texts, codes by place and name, −1 for none).

    Particles of the family name are left out, unless nothing stands behind.
    """
    parted = [text.split() for text in folded]
    texts = [text for pieces in parted for text in pieces]
    sizes = np.array([len(pieces) for pieces in parted] + [0], np.int64)
    starts = np.cumsum(sizes) - sizes
    minor = np.array([*(text in vocabulary.particles() for text in texts), False], bool)
    family, last = names.parts()[1], names.counts - 1
    places = []
    for at, codes in enumerate(names.codes.T):
        for nth in (0, 1):
            place = np.where(sizes[codes] > nth, starts[codes] + nth, -1)
            final = (last == at) & (sizes[codes] == nth + 1)
            places.append(np.where(family[:, at] & minor[place] & ~final, -1, place))
    return texts, np.stack(places)


def _prefixed(prefix: str, column: Array) -> Array:
    return pc.binary_join_element_wise(prefix, column, "")


def _sorted_words(prefix: str, texts: list[str], codes: Sequence[Rows] | Rows, once: bool = False) -> Array:
    """The sorted words of each row after a prefix; code −1 is no word; `once`: equal words count once."""
    values, ranks = np.unique(np.array(["", *texts], dtype=str), return_inverse=True)
    ordered = np.sort(np.stack([ranks.reshape(-1)[code + 1] for code in codes]), axis=0)
    if once:
        ordered[1:][ordered[1:] == ordered[:-1]] = 0
        ordered = np.sort(ordered, axis=0)
    known = pa.array(values.tolist(), pa.string())
    columns = [known.take(pa.array(rank, mask=rank == 0)) for rank in ordered]
    return _prefixed(prefix, joined(columns, " "))


def _formal(first: str) -> list[str]:
    return sorted({*formal_keys(first), *formal_keys(first.split()[0])})


def _with_formal(keys: list[Array], given: Array, named: Rows, last: Array) -> Array:
    """The keys of each name, and behind them one for each name that its first name may be short for."""
    count, width = len(named), len(keys)
    formal = [_formal(name) for name in given.to_pylist()]
    sizes = np.array([len(found) for found in formal], np.int64)
    flat = pa.array([f"n:{name}" for found in formal for name in found], pa.string())
    counts = sizes[named]
    owner = np.repeat(np.arange(count), counts)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    short = flat.take(pa.array((np.cumsum(sizes) - sizes)[named[owner]] + nth))
    offsets = np.concatenate([[0], np.cumsum(counts + width)])
    places = np.empty(offsets[-1], np.int64)
    for index in range(width):
        places[offsets[:-1] + index] = index * count + np.arange(count)
    places[offsets[owner] + width + nth] = width * count + np.arange(len(owner))
    every = [*keys, pc.binary_join_element_wise(short, last.take(pa.array(owner)), " ")]
    texts = pa.concat_arrays([column.cast(pa.string()) for column in every]).take(pa.array(places))
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), texts)
