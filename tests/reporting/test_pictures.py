"""Pictures as SVG: well-formed, self-contained, small, the same everywhere, harmless, fit for dark pages."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from chart_rows import EN, MIGRATION, SEGMENTS, ZH, pictures
from hostile import CONTROLS, NAMES

from crmcli.reporting.charts.ageing import ageing_bars
from crmcli.reporting.charts.cohorts import cohort_heat_map
from crmcli.reporting.charts.migration import migration_flows
from crmcli.reporting.charts.palette import DARK, HATCH
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.purchases import purchase_plot
from crmcli.reporting.charts.rf_grid import rf_heat_map
from crmcli.reporting.charts.segments import segment_bars
from crmcli.reporting.charts.tracking import tracking_chart
from crmcli.reporting.pictures import svg

if TYPE_CHECKING:
    from collections.abc import Iterator

SVG = "{http://www.w3.org/2000/svg}"
HELPERS = Path(__file__).parents[1] / "helpers"
ALL = pictures() | {f"{name} (zh)": picture for name, picture in pictures(ZH).items()}
DRAWN = {name: svg(picture) for name, picture in ALL.items()}

each = pytest.mark.parametrize("name", ALL)


def _elements(drawn: bytes) -> Iterator[ET.Element]:
    return ET.fromstring(drawn).iter()  # noqa: S314 - our own output


@each
def test_a_picture_is_named_described_and_hides_nothing_from_a_reader_of_screens(name: str) -> None:
    root, picture = next(iter(_elements(DRAWN[name]))), ALL[name]
    described = {child.tag: (child.get("id"), child.text) for child in root[:2]}

    assert root.get("role") == "img"
    assert described == {
        f"{SVG}title": (f"picture-{picture.id}-title", picture.title),
        f"{SVG}desc": (f"picture-{picture.id}-desc", picture.alt),
    }
    assert root.get("aria-labelledby") == f"picture-{picture.id}-title picture-{picture.id}-desc"
    assert root.get("lang") == ("zh-Hans" if "zh" in name else "en")


@each
def test_a_picture_refers_to_nothing_outside_and_runs_nothing(name: str) -> None:
    text = DRAWN[name].decode()
    tags = {element.tag.removeprefix(SVG) for element in _elements(DRAWN[name])}

    assert re.findall(r"(?:https?:)?//[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"@import|@font-face|\bon\w+=|href|javascript:", text)
    assert tags <= {"svg", "title", "desc", "style", "pattern", "g", "path", "circle", "text"}


@each
def test_a_picture_is_small(name: str) -> None:
    assert len(DRAWN[name]) < 25_000


@each
def test_every_id_and_rule_belongs_to_this_picture(name: str) -> None:
    root = f"picture-{ALL[name].id}"
    ids = [element.get("id", root) for element in _elements(DRAWN[name])]
    style = next(element.text or "" for element in _elements(DRAWN[name]) if element.tag == f"{SVG}style")
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", re.sub(r"@media[^{]+\{", "", style))

    assert all(one == root or one.startswith(f"{root}-") for one in ids)
    assert selectors
    assert all(selector.strip("}").startswith(f"#{root} ") for selector in selectors)


@each
def test_every_colour_has_its_counterpart_on_dark_pages(name: str) -> None:
    text = DRAWN[name].decode()
    used = set(re.findall(r'(fill|stroke)="(#[0-9a-f]+)"', text))

    assert used
    assert {colour for _, colour in used} <= DARK.keys()
    assert "(prefers-color-scheme:dark)" in text
    for attribute, colour in used:
        assert f'[{attribute}="{colour}"]{{{attribute}:{DARK[colour]}}}' in text


@each
def test_every_text_keeps_its_middle_and_grows_on_phones(name: str) -> None:
    elements = list(_elements(DRAWN[name]))
    sizes = {element.get("font-size") for element in elements} - {None}
    texts = [element for element in elements if element.tag == f"{SVG}text"]

    assert texts
    assert all(element.get("dy") == ".32em" and element.get("x") and element.get("y") for element in texts)
    assert sizes <= {"13px", "12px"}
    assert "max-width:480px" in DRAWN[name].decode()


def test_unfinished_cells_are_striped() -> None:
    striped = [
        element for element in _elements(DRAWN["cohorts"]) if element.get("fill") == "url(#picture-cohorts-hatch)"
    ]
    patterns = [element for element in _elements(DRAWN["cohorts"]) if element.tag == f"{SVG}pattern"]

    assert sum(element.get("d", "").count("Z") for element in striped) == 3 + 1, "three cells, and the key"
    assert [pattern.get("id") for pattern in patterns] == ["picture-cohorts-hatch"]
    assert patterns[0][0].get("stroke") == HATCH
    assert b"hatch" not in DRAWN["segments"]


@pytest.mark.parametrize("text", [*NAMES, "{{7*7}}", "datum.x", "<script>alert(1)</script>", "]]>", "\ufffe", "&#x1b;"])
def test_names_of_the_data_are_text_and_nothing_else(text: str) -> None:
    segments = segment_bars([{**SEGMENTS[0], "segment": text}, SEGMENTS[1]], EN)
    moves = migration_flows([{**MIGRATION[0], "from_segment": text}], EN)

    assert segments is not None
    assert moves is not None
    for picture in (segments, moves):
        drawn = svg(picture).decode()
        elements = list(_elements(drawn.encode()))
        assert not set(drawn) & CONTROLS
        assert not any(element.tag.removeprefix(SVG) in {"script", "b", "a"} for element in elements)
        shown = "".join(element.text or "" for element in elements if element.tag == f"{SVG}text")
        assert shown.isprintable()


def test_a_title_and_an_alt_text_are_made_harmless_too() -> None:
    segments = pictures()["segments"]
    drawn = svg(Picture("x", "</title>\x1b", "]]>\u202e", segments.spec)).decode()

    assert "&lt;/title&gt;␛" in drawn
    assert "\\u202e" in drawn


def test_a_picture_is_the_same_bytes_whatever_the_clock_and_the_locale_of_the_machine() -> None:
    script = (
        "import hashlib, chart_rows; from crmcli.reporting.pictures import svg\n"
        "drawn = b''.join(svg(one) for words in (chart_rows.EN, chart_rows.ZH)"
        " for one in chart_rows.pictures(words).values())\n"
        "print(hashlib.sha256(drawn).hexdigest())"
    )
    places = [
        {"TZ": "Pacific/Kiritimati", "LANG": "de_DE.UTF-8", "POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "1"},
        {"TZ": "America/Los_Angeles", "LANG": "C", "LC_ALL": "C", "POLARS_MAX_THREADS": "2", "PYTHONHASHSEED": "2"},
    ]
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, **place, "PYTHONPATH": str(HELPERS)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for place in places
    }

    assert found == {hashlib.sha256(b"".join(DRAWN.values())).hexdigest()}


def _largest() -> dict[str, Picture | None]:
    """As much as every chart can show."""
    long = "长" * 40
    segments = [{**SEGMENTS[0], "segment": f"{long}{number}"} for number in range(40)]
    scores = [
        {"r_score": r, "f_score": f, "customers": 10_000 * r + f, "revenue": 10**9}
        for r in range(1, 11)
        for f in range(1, 11)
    ]
    cohorts = [
        {
            "cohort": f"2025-W{week:02}",
            "age": age,
            "eligible": 99_999,
            "retention": 0.999 - week / 60,
            "complete": age < 12,
        }
        for week in range(40)
        for age in range(40)
    ]
    cohorts += [{**row, "cohort": "all"} for row in cohorts[:40]]
    weeks = [{"key": f"{week}", "actual": week * 1e6 / 7, "expected": week * 1.1e6 / 7} for week in range(1, 1100)]
    ahead = [
        {"week": 900.1 + 12 * step, **dict.fromkeys(("actual", "expected", "low", "high"), 1.2e8)} for step in range(17)
    ]
    names = [f"{long}{number}" for number in range(12)]
    moves = [
        {"from_segment": one, "to_segment": other, "own_behaviour": 100_000, "direction": "demoted"}
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    ]
    buckets = [
        {"currency": f"C{number:02}", "bucket": f"d{bucket}", "amount": Decimal(10**12)}
        for number in range(9)
        for bucket in range(13)
    ]
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=number) for number in range(2000)]
    purchases = [{"date": day, "orders": 3, "net": Decimal("-1.25") if day.day % 9 else Decimal(10**9)} for day in days]
    return {
        "segments": segment_bars(segments, ZH),
        "rf_grid": rf_heat_map(scores, ZH, scores=10),
        "rf_grid of five": rf_heat_map([row for row in scores if max(row["r_score"], row["f_score"]) <= 5], ZH),
        "cohorts": cohort_heat_map(cohorts, ZH),
        "tracking": tracking_chart(weeks, ZH, forecast=ahead),
        "migration": migration_flows(moves, ZH),
        "ageing": ageing_bars(buckets, ZH),
        "purchases": purchase_plot(purchases, ZH),
        "purchases by day": purchase_plot(purchases[:120], ZH),
    }


@pytest.mark.parametrize(("name", "picture"), _largest().items())
def test_a_picture_with_as_much_as_it_can_show_is_small_too(name: str, picture: Picture | None) -> None:
    assert picture is not None, name
    assert len(svg(picture)) < 25_000
    assert len(picture.alt) < 2_500
