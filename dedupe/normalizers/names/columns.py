"""Names as columns of text: one text per name where its fields agree.

Handles what commonly surrounds a name (`Last, First`, Jr, emoji, a company in brackets, a phone number as
the whole).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import Rows, distinct
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.normalizers.names.cleaning import GLUED, cleaned
from dedupe.normalizers.names.honorifics import is_generation
from dedupe.normalizers.names.nicknames import has_relations
from dedupe.normalizers.names.normalize import FIELDS
from dedupe.normalizers.names.order import CJK, written_together
from dedupe.normalizers.text import LONGEST, fold

Mask = npt.NDArray[np.bool_]
_FULL, _GIVEN, _FAMILY = (FIELDS.index(name) for name in ("full", "given", "family"))
_EMOJI = r"[ \x{1F300}-\x{1FAFF}\x{2600}-\x{2767}\x{2794}-\x{27BF}\x{FE0F}\x{200D}]+"
_AROUND = rf"^{_EMOJI}|{_EMOJI}$"
_INSIDE = r"[^()\[\]{}（）【】\"“”„«»‟'‘’@]*"
_BRACKETS = rf" \({_INSIDE}\)$"
_BRACKETED = rf" \((?P<inner>{_INSIDE})\)$"
PHONE = r"^[+(]?[0-9][0-9 ().+/x*#\-]{4,}$"
_COMMA = r"^(?P<last>[^ ,]+(?: [^ ,]+)?), (?P<first>(?:[^ ,]+ )?[^ ,]*[^ ,.])$"
_STOP = r"( \pL)\.$"  # behind an initial
_SUFFIX = r"^(?P<name>[^ ]+ .*[^ ,]) (?P<suffix>Jr|Sr|II|III|IV)(?:\.)?$"


@dataclass(frozen=True)
class WrittenNames:
    """Names as written: `whole` in the order given, middle, family name ("" where unknown)."""

    whole: Array
    given: Array  # what to show as given
    suffix: Array  # as shown; null where there is none
    stated: Rows  # how many words are given names, where the parts tell; else 0


def written(fields: Sequence[Array]) -> WrittenNames:
    """One text, or given and family name where the whole agrees with them."""
    full, given, family = fields[_FULL], fields[_GIVEN], fields[_FAMILY]
    others = [column for index, column in enumerate(fields) if index not in (_FULL, _GIVEN, _FAMILY)]
    bare = _every(
        [pc.less_equal(pc.utf8_length(full), LONGEST), *(pc.equal(column, "") for column in others)]
    )
    no_family = pc.equal(family, "")
    trimmed = _trimmed(full)
    taken = _is_given(full, given, family)
    given = pc.if_else(taken, full, given)
    no_given = pc.equal(given, "")
    both = pc.invert(pc.or_(no_given, no_family))
    joined = pc.binary_join_element_wise(given, family, " ")
    agreed = _any([taken, _agreed(trimmed, given, family, joined), _together(full, given, family)])
    in_parts = pc.and_(both, agreed)
    part = pc.if_else(no_given, family, given)
    one_text = pc.and_(
        pc.invert(both), _any([pc.equal(text, "") for text in (part, full)] + [pc.equal(part, full)])
    )
    text = _without_stop(pc.if_else(pc.equal(part, ""), trimmed, part))
    text, first_words = _in_order(text)
    whole = pc.if_else(one_text, text, pc.if_else(in_parts, _without_stop(joined), ""))
    found = pc.extract_regex(whole, _SUFFIX)
    named = pc.is_valid(found)
    words = pc.add(pc.count_substring(given, " "), 1).to_numpy(zero_copy_only=False)
    stated = np.where(in_parts.to_numpy(zero_copy_only=False), words, first_words)
    whole = pc.if_else(named, pc.struct_field(found, "name"), whole)
    shown = pc.if_else(pc.equal(full, ""), pc.if_else(both, joined, part), full)
    return WrittenNames(pc.if_else(bare, whole, ""), shown, pc.struct_field(found, "suffix"), stated)


def _without_stop(texts: Array) -> Array:
    """Without a full stop behind a last initial. To compile what is a letter takes as long as many rows."""
    if not pc.any(pc.ends_with(texts, ".")).as_py():
        return texts
    return pc.replace_substring_regex(texts, _STOP, r"\1")


def _trimmed(full: Array) -> Array:
    """Without white space and emoji around it, and without a bracket behind it that says nothing."""
    bare = pc.replace_substring_regex(full, _AROUND, "")
    inner = pc.struct_field(pc.extract_regex(bare, _BRACKETED), "inner")
    values, codes = distinct(pc.fill_null(inner, ""))
    says_something = pa.array([_tells(text) for text in values.to_pylist()], pa.bool_()).take(pa.array(codes))
    return pc.if_else(says_something, bare, pc.replace_substring_regex(bare, _BRACKETS, ""))


def _tells(inner: str) -> bool:
    """Whether the text in brackets may be a nickname or a generation."""
    plain = cleaned(inner).strip()
    return has_relations(fold(plain)) or is_generation(plain, [""], 9)


def _agreed(trimmed: Array, given: Array, family: Array, joined: Array) -> Array:
    """Whether the whole adds nothing to the parts."""
    turned = pc.binary_join_element_wise(family, given, " ")
    listed = pc.binary_join_element_wise(family, given, ", ")
    suffixed = pc.match_substring_regex(joined, _SUFFIX)
    turned, listed = (pc.if_else(suffixed, joined, text) for text in (turned, listed))
    same = _any([pc.equal(trimmed, text) for text in (joined, turned, listed)])
    return pc.or_(same, pc.or_(pc.equal(trimmed, ""), pc.match_substring_regex(trimmed, PHONE)))


def _is_given(full: Array, given: Array, family: Array) -> Array:
    """Where the whole is only the given name: a word unrelated to the family name given beside it."""
    words = pc.binary_join_element_wise(full, family, "")
    one_each = pc.invert(pc.match_substring_regex(words, r"[ ,]"))
    asked = _every([pc.equal(given, ""), pc.not_equal(full, ""), pc.not_equal(family, ""), one_each])
    rows = np.flatnonzero(asked.to_numpy(zero_copy_only=False))
    pairs = zip(*(column.take(pa.array(rows)).to_pylist() for column in (full, family)), strict=True)
    mask = np.zeros(len(full), bool)
    mask[rows] = [_is_beside(first, last) for first, last in pairs]
    return pa.array(mask)


def _is_beside(first: str, last: str) -> bool:
    return fold(last) not in fold(first) and not (CJK.search(first) or GLUED.fullmatch(first))


def _together(full: Array, given: Array, family: Array) -> Array:
    """Where the whole is family and given name in East Asian letters without a space."""
    glued = pc.and_(pc.equal(full, pc.binary_join_element_wise(family, given, "")), pc.not_equal(full, ""))
    rows = np.flatnonzero(glued.to_numpy(zero_copy_only=False))
    texts = zip(*(column.take(pa.array(rows)).to_pylist() for column in (full, given, family)), strict=True)
    mask = np.zeros(len(full), bool)
    mask[rows] = [
        bool(CJK.fullmatch(text)) and written_together(text) == tuple(parts) for text, *parts in texts
    ]
    return pa.array(mask)


def _in_order(text: Array) -> tuple[Array, Rows]:
    """`Last, First` reversed, and the number of given names in it; 0 for other names."""
    found = pc.extract_regex(text, _COMMA)
    turned = pc.is_valid(found)
    first, last = pc.struct_field(found, "first"), pc.struct_field(found, "last")
    words = pc.fill_null(pc.add(pc.count_substring(first, " "), 1), 0).to_numpy(zero_copy_only=False)
    counts: Rows = words.astype(np.int64)
    return pc.if_else(turned, pc.binary_join_element_wise(first, last, " "), text), counts


def _any(masks: Sequence[Array]) -> Array:
    found = masks[0]
    for mask in masks[1:]:
        found = pc.or_(found, mask)
    return found


def _every(masks: Sequence[Array]) -> Array:
    found = masks[0]
    for mask in masks[1:]:
        found = pc.and_(found, mask)
    return found


def alone(fields: Sequence[Array]) -> tuple[Array, Mask]:
    """The only text of a name ("" where there are several), and whether it is a family name."""
    full, given, family = fields[_FULL], fields[_GIVEN], fields[_FAMILY]
    others = [column for index, column in enumerate(fields) if index not in (_FULL, _GIVEN, _FAMILY)]
    no_given, no_family = pc.equal(given, ""), pc.equal(family, "")
    bare = _every([pc.or_(no_given, no_family), *(pc.equal(column, "") for column in others)])
    part = pc.if_else(no_given, family, given)
    text = pc.if_else(pc.equal(part, ""), full, part)
    agreed = pc.or_(pc.equal(full, ""), pc.equal(full, text))
    is_family: Mask = pc.invert(no_family).to_numpy(zero_copy_only=False)
    one_word = pc.invert(pc.match_substring(text, " "))
    return pc.if_else(_every([bare, agreed, one_word]), text, ""), is_family
