"""Runs the installed command as a real process, with the surroundings that a test wants."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from command import pinned_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = str(Path(sys.executable).with_name("crmcli"))
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_data" / "transactions.csv"
TIMEOUT_SECONDS = 120


def run(
    *arguments: str | Path,
    stdin: bytes | None = None,
    variables: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run one command line to its end; without `stdin`, standard input is empty."""
    words = [COMMAND, *map(str, arguments)]
    environment = {**pinned_environment(), **(variables or {})}
    return subprocess.run(
        words, input=stdin or b"", capture_output=True, env=environment, cwd=cwd, timeout=TIMEOUT_SECONDS, check=False
    )


def shell(script: str, *arguments: str | Path, variables: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Run a bash script in which "$CRMCLI" is the command and $1, $2 … the arguments; its output and errors."""
    environment = {**pinned_environment(), **(variables or {}), "CRMCLI": COMMAND}
    done = subprocess.run(
        ["/bin/bash", "-c", script, "bash", *map(str, arguments)],
        capture_output=True,
        env=environment,
        timeout=TIMEOUT_SECONDS,
        check=True,
    )
    return done.stdout.decode(), done.stderr.decode()


def bare_environment() -> dict[str, str]:
    """Nothing but what starting the interpreter needs: no HOME, no locale."""
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
