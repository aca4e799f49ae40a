"""Columns of text → given contacts: which column means what, and the whole table at once.

    understand(names, mapping) -> dict[column, field]
    given_columns(table, fields, source, …) -> pa.Table of schema GIVEN

`table` holds text columns with distinct names; empty cells count as silence. A field is one of `FIELDS`, or
`identifier:NAMESPACE` for a column of bare identifiers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.joining import joined
from dedupe.errors import InputError
from dedupe.fetchers.given import json_text, time_of
from dedupe.fetchers.kernels import Column, pc
from dedupe.model import Attested, Kind
from dedupe.schemas import GIVEN, PREFERENCE

_SPELLINGS: dict[str, str] = {
    "record_id": "recordid id contactid externalid recid rowid uid customerid personid",
    "source": "source sourcesystem sourcename datasource system",
    "full_name": "fullname name contactname displayname fn customername fileas nombrecompleto nomcomplet",
    "given_name": "givenname firstname first forename fname vorname prenom nombre nome שםפרטי",
    "middle_name": "middlename middle additionalname secondname middleinitial",
    "family_name": "familyname lastname last surname lname nachname nomdefamille apellido apellidos "
    "cognome שםמשפחה",
    "prefix": "nameprefix prefix honorific salutation anrede",
    "suffix": "namesuffix suffix generation",
    "nickname": "nickname alias knownas spitzname",
    "email": "email emails mail emailaddress emailaddresses emailvalue primaryemail workemail homeemail "
    "personalemail correo correoelectronico courriel emailadresse דואל",
    "phone": "phone phones tel telephone telephones mobile cell cellphone mobilephone phonenumber "
    "phonenumbers phonevalue telephonenumber mobilenumber mobileno phoneno whatsapp whatsappnumber workphone "
    "businessphone homephone primaryphone otherphone companymainphone telefon telefono handy mobil "
    "telephoneportable movil טלפון נייד",
    "company": "company companyname organization organisation organizationname organisationname employer "
    "org account accountname business businessname firma empresa entreprise societe azienda חברה",
    "job_title": "jobtitle title position organizationtitle occupation",
    "street": "street streetaddress address addressstreet addressline addresslineone addresslinetwo "
    "businessstreet homestreet strasse calle rue כתובת",
    "city": "city town locality addresscity businesscity homecity ort stadt ciudad ville citta suburb עיר",
    "region": "region state province county addressregion addressstate businessstate homestate stateprovince",
    "postcode": "postcode postalcode zip zipcode addresspostalcode addresszip businesspostalcode "
    "homepostalcode plz codepostal codigopostal cap מיקוד",
    "country": "country countrycode addresscountry countryregion businesscountryregion homecountryregion "
    "businesscountry homecountry land pais pays מדינה",
    "birth_date": "birthdate dateofbirth dob birthday born bday geburtsdatum geburtstag fechadenacimiento "
    "datedenaissance תאריךלידה",
    "identifier": "identifier identifiers ids",
    "language": "language locale lang preferredlanguage",
    "time_zone": "timezone tz",
    "created_at": "createdat created createddate creationdate datecreated",
    "updated_at": "updatedat updated lastupdate lastupdated modified modifiedat lastmodified changedat "
    "modifieddate lastmodifieddate datemodified rev",
}
FIELDS = frozenset(_SPELLINGS)
"""What a column can mean. `identifier:NAMESPACE` and `custom` may be named by a mapping as well."""

_BY_SPELLING = {spelling: field for field, words in _SPELLINGS.items() for spelling in words.split()}
_NAME_FIELDS = {
    "full": "full_name",
    "given": "given_name",
    "middle": "middle_name",
    "family": "family_name",
    "prefix": "prefix",
    "suffix": "suffix",
    "nickname": "nickname",
}
_PLAIN = ("company", "job_title", "street", "city", "region", "postcode", "country", "time_zone", "language")
_ASIDE = frozenset({"record_id", "source", "language", "time_zone", "created_at", "updated_at", "country"})
_SEPARATOR = r"\s*(?:;|:::)\s*"


def understand(names: Iterable[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """The field of each column that is understood. `mapping` goes before the usual spellings.

    InputError when the mapping names a column that is not there, or a field that is not known.
    """
    columns = list(names)
    wanted = dict(mapping or {})
    if absent := [column for column in wanted if column not in columns]:
        raise InputError(f"--map names columns that the file hasn't: {', '.join(absent)}")
    for field in wanted.values():
        if field not in FIELDS and field != "custom" and not field.startswith("identifier:"):
            raise InputError(f"--map: {field} is not a field; fields: {', '.join(sorted(FIELDS))}, custom")
    outlook = {"First Name", "Last Name", "Title", "E-mail Address"} <= set(columns)
    found: dict[str, str] = {}
    for column in columns:
        spelled = "prefix" if outlook and column == "Title" else _BY_SPELLING.get(_spelled(column))
        meant = wanted.get(column) or spelled
        if meant and meant != "custom":
            found[column] = meant
    return found


def tells_of_people(fields: Mapping[str, str]) -> bool:
    """Whether any column says something about a person, beyond keys and times."""
    return any(field not in _ASIDE for field in fields.values())


def form_of(names: Iterable[str]) -> str | None:
    """Whose export a header looks like, for the report."""
    columns = set(names)
    if {"E-mail 1 - Value"} <= columns or {"Phone 1 - Value"} <= columns:
        return "Google Contacts"
    if {"E-mail Address", "Business Phone"} <= columns:
        return "Outlook"
    return None


def given_columns(
    table: pa.Table, fields: Mapping[str, str], source: Column | str, external_id: Column
) -> pa.Table:
    """Every row as a given contact. `source` is one name for all or a column; rows keep their order."""
    rows = table.num_rows
    by_field: dict[str, list[Column]] = {}
    for column, field in fields.items():
        by_field.setdefault(field, []).append(_silent(table.column(column)))
    left = [name for name in table.column_names if name not in fields]
    made: dict[str, Column] = {
        "source": _repeated(source, rows) if isinstance(source, str) else source,
        "external_id": external_id,
        "kind": _repeated(Kind.PERSON.value, rows),
        "names": _names(by_field, rows),
        "emails": _values(by_field.get("email", []), rows),
        "phones": _values(by_field.get("phone", []), rows),
        "identifiers": _identifiers(by_field, rows),
        "birth": _first(by_field.get("birth_date"), rows),
        "preferences": _lists(pa.array([], PREFERENCE), np.zeros(rows, dtype=np.int64), pa.list_(PREFERENCE)),
        "created_at": _times(by_field.get("created_at"), rows),
        "changed_at": _times(by_field.get("updated_at"), rows),
        "custom": json_objects(table.select(left), skip_empty=True),
    }
    for field in _PLAIN:
        made[field] = _first(by_field.get(field), rows, ", " if field == "street" else None)
    arrays = [made.get(name, pa.nulls(rows, GIVEN.field(name).type)) for name in GIVEN.names]
    return pa.Table.from_arrays(arrays, schema=GIVEN)


def json_objects(table: pa.Table, skip_empty: bool = False) -> Column:
    """Each row as JSON text, a key a column; null where nothing is left."""
    pieces = []
    for name in table.column_names:
        cells = _silent(table.column(name), trim=False) if skip_empty else _flat(table.column(name))
        key = json_text(name) + ':"'
        pieces.append(pc.binary_join_element_wise(key, _escaped(cells), '"', ""))
    if not pieces:
        return pa.nulls(table.num_rows, pa.string())
    body = joined(pieces, ",")
    objects = pc.binary_join_element_wise("{", body, "}", "")
    return pc.if_else(pc.equal(body, ""), pa.scalar(None, pa.string()), objects)


def _spelled(column: str) -> str:
    decomposed = unicodedata.normalize("NFKD", column.casefold())
    return "".join(letter for letter in decomposed if letter.isalpha())


def _flat(column: Column) -> Column:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _silent(column: Column, trim: bool = True) -> Column:
    """The cells, trimmed, with null where nothing is written."""
    cells = _flat(column)
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed if trim else cells)


def _repeated(text: str, rows: int) -> Column:
    return pa.repeat(pa.scalar(text, pa.string()), rows)


def _first(columns: list[Column] | None, rows: int, between: str | None = None) -> Column:
    if not columns:
        return pa.nulls(rows, pa.string())
    if between is None or len(columns) == 1:
        return pc.coalesce(*columns)
    text = joined(columns, between)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _times(columns: list[Column] | None, rows: int) -> Column:
    cells = _first(columns, rows)
    moments = [None if text is None else time_of(text) for text in cells.to_pylist()]
    return pa.array(moments, GIVEN.field("changed_at").type)


def _names(by_field: Mapping[str, list[Column]], rows: int) -> Column:
    kind = GIVEN.field("names").type
    parts = {part: _first(by_field.get(field), rows) for part, field in _NAME_FIELDS.items()}
    there = np.zeros(rows, dtype=bool)
    for array in parts.values():
        there |= pc.is_valid(array).to_numpy(zero_copy_only=False)
    parts["attested"] = _repeated(Attested.IMPORT.value, rows)
    structs = pa.StructArray.from_arrays(list(parts.values()), names=list(parts))
    return _lists(structs.filter(pa.array(there)), there.astype(np.int64), kind)


def _values(columns: list[Column], rows: int) -> Column:
    texts, counts = _spread(columns, rows)
    marks = _repeated(Attested.IMPORT.value, len(texts))
    structs = pa.StructArray.from_arrays([texts, marks], names=["given", "attested"])
    return _lists(structs, counts, GIVEN.field("emails").type)


def _identifiers(by_field: Mapping[str, list[Column]], rows: int) -> Column:
    columns = list(by_field.get("identifier", []))
    for field, cells in by_field.items():
        if field.startswith("identifier:"):
            namespace = field.partition(":")[2]
            columns += [pc.binary_join_element_wise(namespace + ":", cell, "") for cell in cells]
    texts, counts = _spread(columns, rows)
    typed = pc.extract_regex(texts, r"^\s*(?P<namespace>[^:\s][^:]*?)\s*:\s*(?P<given>.*\S)")
    namespace = pc.if_else(pc.is_valid(typed), pc.struct_field(typed, "namespace"), "identifier")
    given = pc.if_else(pc.is_valid(typed), pc.struct_field(typed, "given"), texts)
    marks = _repeated(Attested.IMPORT.value, len(texts))
    unique = pa.array(np.zeros(len(texts), dtype=bool))
    names = ["namespace", "given", "unique", "attested"]
    structs = pa.StructArray.from_arrays([namespace, given, unique, marks], names=names)
    return _lists(structs, counts, GIVEN.field("identifiers").type)


def _spread(columns: list[Column], rows: int) -> tuple[Column, np.ndarray[Any, Any]]:
    """The single values of all columns in row order, and how many each row has."""
    texts, owners = [], []
    for column in columns:
        split = pc.split_pattern_regex(column, _SEPARATOR)
        counts = pc.fill_null(pc.list_value_length(split), 0).to_numpy(zero_copy_only=False)
        texts.append(pc.utf8_trim_whitespace(pc.list_flatten(split)))
        owners.append(np.repeat(np.arange(rows), counts))
    if not columns:
        return pa.array([], pa.string()), np.zeros(rows, dtype=np.int64)
    text, owner = pa.concat_arrays(texts), np.concatenate(owners)
    kept = np.asarray(pc.not_equal(text, "").to_numpy(zero_copy_only=False))
    order = np.flatnonzero(kept)[np.argsort(owner[kept], kind="stable")]
    return text.take(pa.array(order)), np.bincount(owner[kept], minlength=rows)


def _lists(items: Column, counts: np.ndarray[Any, Any], kind: pa.DataType) -> Column:
    offsets = np.zeros(len(counts) + 1, dtype=np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items).cast(kind)


def _escaped(cells: Column) -> Column:
    """Cells as they stand between the quotes of a JSON string."""
    odd = pc.fill_null(pc.match_substring_regex(cells, r"[\x00-\x1f]"), False)
    text = pc.replace_substring(pc.replace_substring(cells, "\\", "\\\\"), '"', '\\"')
    if not pc.any(odd).as_py():
        return text
    replaced = [json_text(cell)[1:-1] for cell in cells.filter(odd).to_pylist()]
    return pc.replace_with_mask(text, odd, pa.array(replaced, pa.string()))
