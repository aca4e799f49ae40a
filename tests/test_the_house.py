"""What holds for the repository as a whole."""

import ast
from importlib.metadata import version
from pathlib import Path

import dedupe

SOURCES = sorted(Path(str(dedupe.__file__)).parent.rglob("*.py"))


def test_the_package_and_the_distribution_name_the_same_version() -> None:
    assert dedupe.__version__ == version("contact-dedupe")


def test_whoever_takes_a_lock_goes_on_with_the_database_under_it() -> None:
    """Its transactions check the lock; those of the database it was taken from don't."""
    taken = 0
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        entered = {id(item.context_expr): item.optional_vars for item in _with_items(tree)}
        assigned = {
            id(inner): node.targets[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            for inner in node.value.args
        }
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _takes_a_lock(node)]
        for call in calls:
            taken += 1
            assert entered.get(id(call)) or assigned.get(id(call)), f"{path.name}:{call.lineno}"
    assert taken > 10


def _with_items(tree: ast.AST) -> list[ast.withitem]:
    return [item for node in ast.walk(tree) if isinstance(node, ast.With) for item in node.items]


def _takes_a_lock(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr != "lock":
        return False
    return isinstance(function.value, ast.Name) and function.value.id in ("database", "self", "locked")


SHAPES_OF_THE_API = "dedupe.web."
"""Its classes bear the names that the OpenAPI document gives them."""


def test_every_public_class_has_a_name_of_its_own() -> None:
    named: dict[str, str] = {}
    for path in SOURCES:
        module = _module(path)
        if module.startswith(SHAPES_OF_THE_API):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert named.setdefault(node.name, module) == module, node.name
    assert len(named) > 200


def test_nobody_takes_a_private_name_of_another_module() -> None:
    taken = []
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dedupe")
            for alias in node.names
            if f"{node.module}.{alias.name}" in MODULES
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dedupe"):
                taken += [(path.name, one.name) for one in node.names if _is_private(one.name)]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                taken += [(path.name, node.attr)] * (node.value.id in modules and _is_private(node.attr))
    assert taken == []


def test_no_file_is_longer_than_a_newcomer_reads_at_once() -> None:
    assert [path.name for path in SOURCES if len(path.read_text(encoding="utf-8").splitlines()) > 300] == []


def _module(path: Path) -> str:
    parts = path.relative_to(Path(str(dedupe.__file__)).parents[1]).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {_module(path) for path in SOURCES}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
