"""The rooms of the package: a lower one never imports a higher one."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crmcli

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(crmcli.__file__).parent
BASE = {"errors", "exit_codes", "notes", "temporaries"}
MAY_IMPORT = {
    "errors": {"exit_codes"},
    "exit_codes": set[str](),
    "notes": set[str](),
    "temporaries": set[str](),
    "locking": {"errors"},
    "config_values": {"errors"},
    "config": {"errors", "config_values"},
    "transactions": BASE,
    "customers": BASE | {"transactions"},
    "invoices": BASE | {"transactions"},
    "analysis": BASE | {"customers", "invoices"},
    "present": BASE | {"analysis.views", "analysis.result", "analysis.conform"},
    "reporting": BASE | {"customers", "analysis", "present"},
    "cli": BASE
    | {"config", "config_values", "locking"}
    | {"transactions", "customers", "invoices", "analysis", "present", "reporting"},
    "__main__": {"cli"},
    "__init__": set[str](),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that this test sees them"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _allowed(imported: str, room: str) -> bool:
    target = imported.removeprefix("crmcli.")
    return any(target == name or target.startswith(f"{name}.") for name in MAY_IMPORT[room] | {room, "__version__"})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_its_own_room_and_lower_ones_only(path: Path) -> None:
    imports = [name for name in _imported(ast.parse(path.read_text(encoding="utf-8"))) if name.startswith("crmcli.")]

    assert [name for name in imports if not _allowed(name, _room(path))] == []


def test_every_room_has_a_rule() -> None:
    assert {_room(path) for path in MODULES} <= set(MAY_IMPORT)
