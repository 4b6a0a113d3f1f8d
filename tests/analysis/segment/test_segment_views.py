from __future__ import annotations

import subprocess
import sys

from crmcli.analysis.segment.views import SEGMENT_CATALOGUE
from crmcli.analysis.views import Kind


def test_the_declarations_load_no_frame_library() -> None:
    code = "import sys, crmcli.analysis.segment.views; print('polars' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_the_page_and_the_default_are_views() -> None:
    assert {SEGMENT_CATALOGUE.default, *SEGMENT_CATALOGUE.page} <= set(SEGMENT_CATALOGUE.names())


def test_every_column_says_what_it_means_and_every_number_its_unit() -> None:
    unitless = {Kind.ID, Kind.TEXT, Kind.FLAGS, Kind.DATE, Kind.BOOLEAN}
    for view in SEGMENT_CATALOGUE.views:
        assert set(view.key) <= set(view.column_names())
        for column in view.columns:
            assert column.meaning.endswith("."), f"{view.name}.{column.name}"
            assert bool(column.unit) != (column.kind in unitless), f"{view.name}.{column.name}"
