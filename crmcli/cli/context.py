"""What commands share while they run: the surroundings, and what the user said about noise."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmcli.cli.progress import Progress
from crmcli.exit_codes import ExitCode

if TYPE_CHECKING:
    from crmcli.present.console import Environment


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of an option comes from: flag, environment, file or default, and the variable or file."""

    layer: str
    place: str = ""


FLAG = Origin("flag")
DEFAULT = Origin("default")


@dataclass(slots=True)
class State:
    """The state of one run; the only mutable object that commands see.

    `config` is what --config names; `origins` says, by the long name of an option, where its value comes from.
    """

    environment: Environment
    debug: bool = False
    exit_code: int = ExitCode.OK
    config: str | None = None
    origins: dict[str, Origin] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def set_flags(self, *, quiet: int, verbose: bool, no_color: bool, debug: bool) -> None:
        """Apply -q, -v, --no-color and --debug, which may stand before or after the command."""
        self.environment = self.environment.with_flags(quiet=quiet, verbose=verbose, no_color=no_color)
        self.debug = self.debug or debug

    def progress(self, stage: str) -> Progress:
        """What shows that a long stage of the run is under way."""
        return Progress(self.environment, stage, self.started)
