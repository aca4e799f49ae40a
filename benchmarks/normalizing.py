"""Speed of normalizing, beside phonenumbers and email-validator one at a time, in the same run.

    python -m benchmarks.normalizing [--values 300000] [--contacts 1000000] [--one-at-a-time 5000]

Values are distinct and drawn anew; each batch is the first of its process (compiling included), then
repeated. phonenumbers is measured as it comes, without the pattern cache that the normalizers switch on.
Contacts come from the population generator; the floor is what reading, ordering and writing columns costs.
"""

import argparse
import multiprocessing
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import phonenumbers
import pyarrow as pa
import pyarrow.parquet as pq
from email_validator import validate_email
from phonenumbers import re_util

from dedupe.fetchers.given import given_table
from dedupe.fetchers.providers import askelephant, chatwoot, openmrp, whippy
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.normalizers.emails.batch import normalize_emails
from dedupe.normalizers.emails.normalize import NOT_OURS
from dedupe.normalizers.names.batch.normalize import normalize_names
from dedupe.normalizers.names.normalize import FIELDS, normalize_name
from dedupe.normalizers.phones.batch.parsing import parse_numbers
from dedupe.schemas import GIVEN
from dedupe.simulators.population.population import population

SEED = 7
SETTINGS = NormalizeSettings(fallback_region="DE")
READERS = {
    "digital99": chatwoot.read,
    "livedesk": chatwoot.read,
    "whippy": whippy.read,
    "askelephant": askelephant.read,
    "openmrp": openmrp.read,
}
_GIVEN = [
    "Ann",
    "Maria",
    "John",
    "Peter",
    "Sofia",
    "Ahmed",
    "Olga",
    "Bob",
    "José",
    "Jürgen",
    "Łukasz",
    "Иван",
]
_FAMILY = ["Smith", "Miller", "García", "Novák", "Kowalski", "Silva", "Rossi", "Schmidt", "Haddad", "Yılmaz"]
_MIDDLE = [f"{letter}." for letter in "BCFGHJKLMNPRSTUVWZ"]
_DOMAINS = ["gmail.com", "yahoo.com", "outlook.com", "icloud.com", "gmx.de", "hotmail.com"]


def draw_phones(regions: list[str], count: int) -> list[tuple[str, str]]:
    """Distinct numbers of the regions as people write them, with the region."""
    draw = random.Random(1)
    examples = [
        (region, number)
        for region in regions
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
        if (number := phonenumbers.example_number_for_type(region, kind))
    ]
    ways = [phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL]
    written = [(r, phonenumbers.format_number(n, way)) for r, n in examples for way in [*ways, 0]]
    found: set[tuple[str, str]] = set()
    while len(found) < count:
        region, text = draw.choice(written)
        digits = [place for place, char in enumerate(text) if char.isdigit()][-6:]
        chars = list(text)
        for place in digits:
            chars[place] = draw.choice("0123456789")
        found.add(("".join(chars), region))
    return sorted(found)


def draw_emails(count: int) -> list[str]:
    """Distinct addresses, six of ten at free providers, the rest at 20,000 companies."""
    draw = random.Random(2)
    found: set[str] = set()
    while len(found) < count:
        name = f"{draw.choice('abcdefghijklm')}{draw.choice('aeiou')}nt{draw.randrange(99_999)}"
        tag = "+news" if draw.random() < 0.05 else ""
        domain = draw.choice(_DOMAINS) if draw.random() < 0.6 else f"company-{draw.randrange(20_000)}.com"
        found.add(f"{name}.{draw.choice(['smith', 'miller', 'novak'])}{tag}@{domain}")
    return sorted(found)


def draw_names(count: int) -> list[tuple[str, ...]]:
    """Distinct names, whole and in parts, one of ten with something about it."""
    draw = random.Random(3)
    found: set[tuple[str, ...]] = set()
    while len(found) < count:
        given, family = draw.choice(_GIVEN), f"{draw.choice(_FAMILY)}{_ending(draw)}"
        fields = dict.fromkeys(FIELDS, "")
        odd = draw.random() < 0.1
        if draw.random() < 0.5:
            middle = draw.choice(_MIDDLE)
            fields["full"] = f"Dr. {given} van {family} 🐾" if odd else f"{given} {middle} {family}"
        else:
            second = draw.choice(_GIVEN)
            fields |= {"given": f"{given} {second}", "family": f"de {family}" if odd else family}
        found.add(tuple(fields[name] for name in FIELDS))
    return sorted(found)


def _ending(draw: random.Random) -> str:
    return "".join(draw.choice("aeiou") + draw.choice("nrstlk") for _ in range(2))


def rate(count: int, work: Callable[[], object]) -> float:
    """Values a second."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def compare(
    name: str, count: int, batch: Callable[[], object], few: int, single: Callable[[], object]
) -> None:
    """First and repeated speed of the batch, and the ratio of the first to one at a time."""
    first = rate(count, batch)
    again = statistics.median(rate(count, batch) for _ in range(3))
    alone = rate(few, single)
    print(
        f"{name:22} {first:10,.0f} /s first  {again:10,.0f} /s then (median of 3)"
        f"  one at a time {alone:8,.0f} /s  ratio {first / alone:6.1f} / {again / alone:6.1f}",
        flush=True,
    )


def phones(name: str, regions: list[str], count: int, few: int) -> None:
    cases = draw_phones(regions, count)
    texts, told = pa.array([text for text, _ in cases]), pa.array([region for _, region in cases])
    chosen = random.Random(4).sample(cases, few)

    def one_at_a_time() -> None:
        vars(re_util)["_COMPILED_PATTERNS"] = None
        for text, region in chosen:
            try:
                number = phonenumbers.parse(text, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                phonenumbers.number_type(number)

    compare(name, count, lambda: parse_numbers(texts, told), few, one_at_a_time)


def emails(count: int, few: int) -> None:
    cases = draw_emails(count)
    column, chosen = pa.array(cases), random.Random(5).sample(cases, few)
    compare(
        "emails",
        count,
        lambda: normalize_emails(column, NOT_OURS),
        few,
        lambda: [validate_email(text, check_deliverability=False) for text in chosen],
    )


def names(count: int, few: int) -> None:
    cases = draw_names(count)
    columns = [pa.array(texts, pa.string()) for texts in zip(*cases, strict=True)]
    chosen = random.Random(6).sample(cases, few)
    compare(
        "names",
        count,
        lambda: normalize_names(columns),
        few,
        lambda: [normalize_name(*fields) for fields in chosen],
    )


def write_population(path: Path, count: int) -> None:
    """About `count` given contacts as Parquet."""
    with pq.ParquetWriter(path, GIVEN) as writer:
        written = 0
        for table in _given(count):
            writer.write_table(table.slice(0, count - written))
            written += len(table)
            if written >= count:
                return


def _given(count: int) -> Iterator[pa.Table]:
    rows = []
    for one in population(count // 2 + 100, SEED).contacts():
        rows.append((one.provider, one.external_id, READERS[one.provider](one.payload)))
        if len(rows) == 20_000:
            yield given_table(rows)
            rows = []
    if rows:
        yield given_table(rows)


def contacts(path: Path, out: Path, floor_seconds: float) -> None:
    """One process: read, normalize, write; prints seconds, processor seconds and the peak of memory."""
    table = pq.read_table(path)
    start, used = time.perf_counter(), time.process_time()
    found = normalize(table, SETTINGS)
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    pq.write_table(found, out)
    print(
        f"normalize {len(found):,} contacts: {seconds:.1f} s ({processor:.1f} s of processor), {_peak()}, "
        f"{seconds / floor_seconds:.1f} times the floor; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def floor(path: Path, out: Path, told: Path) -> None:
    """What reading, ordering and writing the columns alone costs; tells the seconds in a file as well."""
    start = time.perf_counter()
    table = pq.read_table(path)
    pq.write_table(table.sort_by([("source", "ascending"), ("external_id", "ascending")]), out)
    seconds = time.perf_counter() - start
    told.write_text(str(seconds), encoding="utf-8")
    print(f"floor (read, order, write the given columns): {seconds:.1f} s, {_peak()}", flush=True)


def _peak() -> str:
    return f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"


def _alone(work: Callable[..., None], *arguments: object) -> None:
    """In a fresh process, so that nothing is compiled yet and the peak is its own."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--values", type=int, default=300_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--one-at-a-time", type=int, default=5_000)
    parser.add_argument("--given", type=Path, help="Parquet of given contacts instead of drawing them")
    parser.add_argument("--skip-contacts", action="store_true")
    chosen = parser.parse_args()
    count, few = chosen.values, chosen.one_at_a_time
    everywhere = sorted(phonenumbers.SUPPORTED_REGIONS)
    for name, regions in (("phones, one region", ["DE"]), ("phones, all regions", everywhere)):
        _alone(phones, name, regions, count, few)
    _alone(emails, count, few)
    _alone(names, count, few)
    if chosen.skip_contacts:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.given or Path(folder) / "given.parquet"
        if chosen.given is None:
            print(f"population profile {population(1, 1).profile_hash()}, seed {SEED}", flush=True)
            _alone(write_population, path, chosen.contacts)
        told = Path(folder) / "floor.txt"
        _alone(floor, path, Path(folder) / "floor.parquet", told)
        _alone(contacts, path, Path(folder) / "contacts.parquet", float(told.read_text("utf-8")))


if __name__ == "__main__":
    main()
