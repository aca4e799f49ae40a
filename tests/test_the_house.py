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
