"""What stands beside ours: the floor of exact keys, Splink, GoldenMatch, and the ceiling that the truth
allows.

Peers run in an environment of their own (`peers.py`), on the values that we normalized.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import venv
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dedupe.arrays.numpy_columns import Column, integers, pairs_of, parents, whole
from dedupe.clustering.clusters import components
from dedupe.clustering.metrics import figures
from dedupe.matching.blocking.candidate_pairs import RULE_NAMES, rules_for
from dedupe.matching.comparisons.definitions import NAMES
from dedupe.matching.model.match_model import RIVALS, MatchModel
from dedupe.matching.model.scoring import score, weigh_parts
from dedupe.pipeline.record_linkage import LinkageInputs

PEERS = ("splink>=5,<6", "scikit-learn", "pyarrow", "duckdb")
GOLDENMATCH = ("goldenmatch==3.22.*", "pyarrow")
SPLINKS = ("splink", "splink-lists", "splink-parts", "splink-parts-lists")
PRECISE, FOLDS = 0.985, 5
SWEEPS, STEPS = 3, 15
"""Thresholds tried: so many steps, and again between the neighbours of the best."""
MOST_PAIRS = 3_000_000
"""The ceiling is learned from so many candidate pairs at most, the likeliest by our weight."""

Labels = npt.NDArray[np.int64]
Found = dict[str, Any]


def measured(truth: Labels, clusters: Labels) -> Found:
    found = figures(truth, clusters)
    return {**asdict(found), "share_of_wrong_merges": found.share_of_wrong_merges}


def exact_keys(contacts: pa.Table, truth: Labels) -> Found:
    """The floor: contacts with the same email, phone or identifier key are one person."""
    lefts, rights = [], []
    for field in ("emails", "phones", "identifiers"):
        owners, keys = strongest_keys(contacts, field)
        _, first, which = np.unique(_numbered(keys), return_index=True, return_inverse=True)
        lefts.append(owners[first][which])
        rights.append(owners)
    return measured(truth, components(len(contacts), np.concatenate(lefts), np.concatenate(rights)))


def strongest_keys(contacts: pa.Table, field: str) -> tuple[Labels, Column]:
    """The strongest match key of each value of a list column that has one, and whose it is."""
    values = whole(contacts, field)
    owners = parents(values)
    keys: Any = _call("list_slice", _call("struct_field", _call("list_flatten", values), "keys"), 0, 1)
    return owners[parents(keys)], _call("list_flatten", keys)


def _numbered(texts: Column) -> Labels:
    """Equal texts get equal numbers."""
    return integers(texts.dictionary_encode().indices)


def _call(name: str, column: Column, *options: Any) -> Column:
    """A compute function of pyarrow, whose published types don't follow nested columns."""
    return getattr(pc, name)(column, *options)


def splink(contacts: pa.Table, truth: Labels, python: Path, configuration: str) -> Found:
    """Splink's figures at the threshold that is best for it; `configuration` is one of `SPLINKS`."""
    scored, told = peer(python, configuration, flat(contacts))
    return {**best_threshold(truth, scored), **told}


def goldenmatch(contacts: pa.Table, truth: Labels, python: Path) -> Found:
    """GoldenMatch's figures by its own configuration and clusters."""
    clusters, told = peer(python, "goldenmatch", flat(contacts))
    return {**measured(truth, integers(clusters["cluster"])), **told}


def best_of(tries: dict[str, Found]) -> Found:
    """The figures of the configuration with the best F1."""
    best = max(tries, key=lambda name: float(tries[name]["f1"]))
    f1s = {name: found["f1"] for name, found in tries.items()}
    return {**tries[best], "configuration": best, "f1_by_configuration": f1s}


def best_threshold(truth: Labels, scored: pa.Table) -> Found:
    """Closure of the strongest so many pairs: where the pairwise F1 is best, looked for ever more closely."""
    left, right = pairs_of(scored)
    weight = np.asarray(scored["weight"].to_numpy(), dtype=np.float64)
    falling = np.sort(weight)[::-1]
    found: dict[int, Found] = {}
    low, high = 1, len(falling)
    for _ in range(SWEEPS):
        for rank in np.unique(np.linspace(low, high, STEPS).astype(np.int64)).tolist():
            if rank not in found and rank:
                kept = weight >= falling[rank - 1]
                clusters = components(len(truth), left[kept], right[kept])
                found[rank] = {**measured(truth, clusters), "threshold": round(float(falling[rank - 1]), 4)}
        ranks = sorted(found)
        best = max(ranks, key=lambda rank: float(found[rank]["f1"]), default=0)
        place = ranks.index(best) if best else 0
        low, high = (ranks[max(place - 1, 0)], ranks[min(place + 1, len(ranks) - 1)]) if best else (1, 0)
    precise = [each["recall"] for each in found.values() if each["precision"] >= PRECISE]
    nobody = measured(truth, np.arange(len(truth)))
    return {**found.get(best, nobody), f"recall_at_precision_{PRECISE}": max(precise, default=0.0)}


def ceiling(prepared: LinkageInputs, model: MatchModel, truth: Labels, python: Path) -> Found:
    """Our candidates judged by a classifier that knows the truth; and what blocking alone lets through."""
    facts, context, pairs = prepared.features, prepared.term_frequencies, prepared.pairs
    scored = score(facts, context, model, pairs)
    if len(pairs) > MOST_PAIRS:
        weight = integers(scored["weight"])
        kept = pa.array(weight >= np.partition(weight, -MOST_PAIRS)[-MOST_PAIRS])
        scored, pairs = scored.filter(kept), pairs.filter(kept)
    left, right = pairs_of(scored)
    same = truth[left] == truth[right]
    likely = same | (integers(scored["weight"]) >= model.review)
    fold = folds(len(truth), left[likely], right[likely])[left]
    columns = {"left": left, "right": right, "same": same, "fold": fold, **_seen(scored)}
    weights, _ = weigh_parts(facts, context, model, pairs)
    columns |= {f"{name}_weight": weights[:, 0, number] for number, name in enumerate(NAMES)}
    columns |= {f"sum_{rival}": weights[:, number].sum(axis=1) for number, rival in enumerate(RIVALS)}
    rules = integers(pairs["rules"])
    for number in rules_for(facts.size):
        columns[f"rule_{RULE_NAMES[number]}"] = (rules >> number & 1).astype(np.int8)
    judged, told_of_it = peer(python, "ceiling", pa.table(columns))
    all_left, all_right = pairs_of(prepared.pairs)
    right_pairs = truth[all_left] == truth[all_right]
    perfect = measured(truth, components(len(truth), all_left[right_pairs], all_right[right_pairs]))
    return {
        **best_threshold(truth, judged),
        **told_of_it,
        "candidate_pairs": len(prepared.pairs),
        "right_candidates": int(right_pairs.sum()),
        "right_candidates_judged": int(same.sum()),
        "recall_of_a_perfect_judge": perfect["recall"],
    }


def folds(count: int, left: Labels, right: Labels) -> Labels:
    """The fold of each contact: one for all of a component, so that nothing is judged by what was learned of
    the same people or of those they are likely to be taken for."""
    label = components(count, left, right)
    order = np.random.default_rng(7).permutation(count)
    return order[label] % FOLDS


def _seen(scored: pa.Table) -> dict[str, npt.NDArray[Any]]:
    return {name: scored[name].to_numpy() for name in (*NAMES, "weight")}


def flat(contacts: pa.Table) -> pa.Table:
    """A row a contact of normalized values: the first of each list, and emails and phones whole."""
    size = len(contacts)
    first, last = (_first_name(contacts, part) for part in ("first", "last"))
    columns: dict[str, Column] = {"unique_id": pa.array(np.arange(size)), "first_name": first}
    columns |= {"last_name": last, "full_name": _call("binary_join_element_wise", first, last, " ")}
    for field in ("emails", "phones", "identifiers"):
        owners, keys = strongest_keys(contacts, field)
        columns[field.removesuffix("s")] = _spread(size, owners, keys)
        columns[field] = _lists(size, owners, keys)
    place, company = whole(contacts, "place"), whole(contacts, "company")
    for name in ("city", "postcode", "street"):
        columns[name] = _told(_call("struct_field", place, f"{name}_key"))
    columns["company"] = _told(_call("struct_field", company, "key"))
    columns["birth"] = _births(whole(contacts, "birth"))
    return pa.table(columns)


def _first_name(contacts: pa.Table, part: str) -> Column:
    names = _call("list_slice", whole(contacts, "names"), 0, 1)
    texts = _call("struct_field", _call("list_flatten", names), part)
    return _told(_spread(len(contacts), parents(names), texts))


def _spread(size: int, owners: Labels, values: Column) -> Column:
    """The first value of each contact, null where there is none."""
    place = np.full(size, -1, dtype=np.int64)
    place[owners[::-1]] = np.arange(len(owners))[::-1]
    return values.take(pa.array(place, mask=place < 0))


def _lists(size: int, owners: Labels, values: Column) -> Column:
    """All values of each contact, null where there is none."""
    counts = np.bincount(owners, minlength=size)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    silent = np.append(counts == 0, False)
    lists: Any = pa.ListArray  # the published types want no nulls among the offsets
    return lists.from_arrays(pa.array(offsets, mask=silent), values)


def _told(texts: Column) -> Column:
    """Without empty texts."""
    return _call("if_else", _call("equal", texts, ""), None, texts)


def _births(births: Column) -> Column:
    parts = [_call("struct_field", births, part).to_pylist() for part in ("year", "month", "day")]
    return pa.array(
        [f"{y:04d}-{m:02d}-{d:02d}" if y and m and d else None for y, m, d in zip(*parts, strict=True)],
        pa.string(),
    )


def peer(python: Path, what: str, given: pa.Table) -> tuple[pa.Table, Found]:
    """What a peer makes of a table, and what it tells of itself."""
    script = Path(__file__).with_name("peers.py")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "given.parquet", Path(folder) / "found.parquet"
        pq.write_table(given, source)
        command = [str(python), str(script), what, str(source), str(target)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return pq.read_table(target), json.loads(done.stdout.splitlines()[-1])


def peers_python(folder: Path, packages: tuple[str, ...] = PEERS) -> Path:
    """The interpreter of a peer's own environment, made with these packages if it isn't there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
    return python
