"""The generated page of the command line is current."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_page_of_the_command_line_is_what_the_generator_writes() -> None:
    code = "import runpy; print(runpy.run_path('docs/write_cli.py')['document'](), end='')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), "run: python docs/write_cli.py"
