"""The sample shop as other systems export it: each file gives exactly the numbers of the clean one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import crmcli
from processes import SAMPLE

from crmcli.analysis.segment.views import SEGMENT_CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

UGLY = SAMPLE.parent / "ugly"
CLEAN = UGLY / "clean.csv"
OPTIONS: dict[str, tuple[str, ...]] = {
    "gbk.csv": ("--encoding", "gb18030"),
    "semicolon.csv": (),
    "utf16.txt": (),
    "packed.csv.gz": (),
    "cr.csv": (),
}
NEED_NOTHING = ("customers", "segments", "thresholds", "abc", "concentration")
ACCOUNT = ("rows_read", "rows_used", "dropped", "quarantined")


def test_every_file_is_tried() -> None:
    assert {path.name for path in UGLY.iterdir()} == {*OPTIONS, CLEAN.name}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("view", SEGMENT_CATALOGUE.names())
def test_each_view_of_each_export_is_that_of_the_clean_file(name: str, view: str) -> None:
    clean = crmcli("segment", CLEAN, "--view", view)
    ugly = crmcli("segment", UGLY / name, *OPTIONS[name], "--strict", "--view", view)
    assert (clean.code, clean.stdout) == (ugly.code, ugly.stdout), ugly.stderr
    # A view that needs an option is refused alike; one that needs none holds rows.
    assert (clean.code, bool(clean.stdout)) in {(0, True), (2, False)}
    assert clean.code == 0 or view not in NEED_NOTHING


@pytest.mark.parametrize("name", OPTIONS)
def test_the_account_and_the_facts_agree_as_well(name: str, tmp_path: Path) -> None:
    documents = []
    for path, options in ((CLEAN, ()), (UGLY / name, OPTIONS[name])):
        facts = tmp_path / f"{path.name}.json"
        assert crmcli("segment", path, *options, "--facts", facts, "-f", "table").code == 0
        documents.append(json.loads(facts.read_text(encoding="utf-8")))
    clean, ugly = documents
    assert (clean["as_of"], clean["facts"]) == (ugly["as_of"], ugly["facts"])
    assert {key: clean["load"][key] for key in ACCOUNT} == {key: ugly["load"][key] for key in ACCOUNT}


@pytest.mark.parametrize("view", ["segments", "thresholds", "abc", "concentration"])
def test_the_clean_export_is_the_sample_since_july(view: str) -> None:
    # The export has no categories, discounts and promotions, which other views use.
    export = crmcli("segment", CLEAN, "--view", view)
    sample = crmcli("segment", SAMPLE, "--since", "2025-07-01", "--view", view)
    assert export.stdout == sample.stdout != b""


def test_without_its_encoding_the_refusal_proposes_it() -> None:
    outcome = crmcli("segment", UGLY / "gbk.csv")
    assert (outcome.code, outcome.stdout) == (3, b"")
    assert "--encoding gb18030 (reads '订单编号')" in outcome.stderr
