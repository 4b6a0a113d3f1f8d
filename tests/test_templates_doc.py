"""What docs/templates.md shows is true: its example is filled, its errors are those that come, its lists complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import crmcli
from jinja2.filters import FILTERS
from report_cases import shop_file

from crmcli.reporting.filters import filters
from crmcli.reporting.language import Language
from crmcli.reporting.roots import shipped_folder

if TYPE_CHECKING:
    from command import Outcome

DOC = (Path(__file__).parents[1] / "docs" / "templates.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```jinja\n(.*?)```", DOC, re.DOTALL)
ERRORS = re.findall(r"```text\n(.*?)```", DOC, re.DOTALL)


def report(folder: Path, template: str) -> Outcome:
    (folder / "ours.md.j2").write_text(template, encoding="utf-8")
    return crmcli("-q", "report", shop_file(folder), "--template", folder / "ours.md.j2", "-o", folder / "x.md")


def test_the_example_is_a_template(tmp_path: Path) -> None:
    outcome = report(tmp_path, EXAMPLES[0])
    assert outcome.code == 0, outcome.stderr
    made = (tmp_path / "x.md").read_text(encoding="utf-8")
    assert made.startswith("# Our customers, week to 20")
    assert made.index("> Questions?") < made.index("## ")


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("\n\n\n{{ as_off }}", ERRORS[0]),
        ("\n\n{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", ERRORS[1]),
    ],
)
def test_errors_are_as_shown(tmp_path: Path, template: str, error: str) -> None:
    outcome = report(tmp_path, template)
    assert (outcome.code, outcome.stderr) == (2, error)


def test_every_filter_is_named() -> None:
    known = {*filters(Language("en", {}, "x")), *FILTERS}
    named = {word for word in re.findall(r"\w+", DOC) if word in known}
    assert set(filters(Language("en", {}, "x"))) - {"d", "e"} <= named


def test_every_block_is_named() -> None:
    base = (shipped_folder() / "base.md.j2").read_text(encoding="utf-8")
    blocks = re.findall(r"{% block (\w+)", base)
    assert blocks
    assert [name for name in blocks if f"`{name}`" not in DOC] == []
