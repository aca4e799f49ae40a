"""Normalizing against the conformance files: cases right of cases, and why the others are not.

    python -m benchmarks.conformance --data DIR

DIR holds phone_e164.csv, email_syntax_email_validator.csv, email_canonical.csv, name_pairs_person.csv and
nicknames.csv; a file that is absent is said to be.
"""

import argparse
import ast
import csv
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
from email_validator import EmailNotValidError, validate_email

from dedupe.normalizers.emails.mailboxes import mailbox_key
from dedupe.normalizers.emails.normalize import bare_address, normalize_email
from dedupe.normalizers.names.nicknames import formal_names
from dedupe.normalizers.names.normalize import normalize_name
from dedupe.normalizers.phones.batch.parsing import parse_numbers
from dedupe.normalizers.text import fold

Outcome = str
"""`right`, or why not."""


def phones(rows: list[dict[str, str]]) -> Iterable[Outcome]:
    """The batch's E.164 of each input dialled in its region."""
    regions = pa.array([row["default_region"] for row in rows])
    table, back = parse_numbers(pa.array([row["input"] for row in rows]), regions)
    values, reasons = table["value"].to_pylist(), table["reason"].to_pylist()
    for row, place in zip(rows, back.tolist(), strict=True):
        if values[place] == row["expected_e164"]:
            yield "right"
        else:
            told = (values[place] and "another number than expected") or f"not valid: {reasons[place]}"
            yield f"{row['format']} of a {row['type'].lower()} number, {told}"


def email_syntax(rows: list[dict[str, str]]) -> Iterable[Outcome]:
    """Valid exactly when email-validator, with the options of the normalizer, says so."""
    for row in rows:
        text = _written(row["email"])
        ours, theirs = normalize_email(text).value is not None, _is_valid(bare_address(text).text)
        expected = row["test"].startswith("test_email_valid") or "ISEMAIL_VALID" in row["email"]
        if ours != theirs:
            yield "email-validator says otherwise"
        elif ours == expected or row["test"] == "test_pyisemail_tests":
            yield "right"
        elif ours:
            yield f"{row['test']}: we take the address out of white space, brackets and display names first"
        else:
            yield f"{row['test']}: a quoted local part, which nobody's mailbox has; the option is off"


def _written(text: str) -> str:
    """The test's first argument where the file quotes the whole call."""
    if text.startswith("['"):
        return str(ast.literal_eval(text)[0])
    return text


def _is_valid(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def email_canonical(rows: list[dict[str, str]]) -> Iterable[Outcome]:
    """The mailbox key; the tools whose cases these are disagree with the providers' rules in places."""
    for row in rows:
        email = normalize_email(row["input"])
        key = "" if email.value is None else mailbox_key(*str(email.value).rsplit("@", 1))
        if key == row["expected_canonical"]:
            yield "right"
        else:
            yield _policy(row["input"].lower(), email.value is None)


def _policy(text: str, rejected: bool) -> Outcome:
    if rejected:
        return "not a valid address to email-validator (two dots in a row, quotes)"
    if "@live.com" in text or "@hotmail.com" in text:
        return "dots count at Outlook.com, whatever the tool says"
    if "@me.com" in text:
        return "me.com and icloud.com are one mailbox to Apple"
    return "another policy"


def name_pairs(rows: list[dict[str, str]]) -> Iterable[Outcome]:
    """Whether a pair that is to match shares a key to be found by, and any other shares no strong one."""
    for row in rows:
        one, other = (normalize_name(row[side])[0] for side in ("name1", "name2"))
        shared = set(one.keys) & set(other.keys)
        if row["is_match"] == "true":
            yield (
                "right" if shared else f"a match without a shared key: {row['category'] or row['case_group']}"
            )
        else:
            strong = any(key == one.keys[0] or key.startswith("t:") for key in shared)
            yield "right" if not strong else "no match, but the same words (what else is known must tell)"


def nicknames(rows: list[dict[str, str]]) -> Iterable[Outcome]:
    """Whether the relation is known, in either direction."""
    for row in rows:
        one, other = fold(row["name1"]), fold(row["name2"])
        known = one in formal_names(other) or other in formal_names(one)
        yield "right" if known else "relation unknown"


FILES: dict[str, Callable[[list[dict[str, str]]], Iterable[Outcome]]] = {
    "phone_e164.csv": phones,
    "email_syntax_email_validator.csv": email_syntax,
    "email_canonical.csv": email_canonical,
    "name_pairs_person.csv": name_pairs,
    "nicknames.csv": nicknames,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the conformance files")
    data: Path = parser.parse_args().data
    for name, judge in FILES.items():
        path = data / name
        if not path.exists():
            print(f"{name}: absent")
            continue
        with path.open(encoding="utf-8", newline="") as file:
            outcomes = Counter(judge(list(csv.DictReader(file))))
        cases, right = outcomes.total(), outcomes.pop("right", 0)
        print(f"{name}: {right} right of {cases}")
        for reason, count in outcomes.most_common():
            print(f"    {count:5}  {reason}")


if __name__ == "__main__":
    main()
