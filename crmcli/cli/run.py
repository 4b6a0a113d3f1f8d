"""A process from its arguments to its exit code: the one place that turns errors into messages and statuses."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from typing import TYPE_CHECKING

import typer

from crmcli.cli.app import command_line, merge_verbosity
from crmcli.cli.blame import name_origin, usage_error
from crmcli.cli.completion import for_bash, is_bash_request, join_split_words
from crmcli.cli.context import State
from crmcli.errors import CrmcliError
from crmcli.exit_codes import ExitCode
from crmcli.present.console import Environment
from crmcli.present.messages import print_error
from crmcli.present.output import write_stdout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType


class TerminatedError(BaseException):
    """SIGTERM arrived; unwinds the stack so that temporary files are removed."""


def run_process(arguments: Sequence[str]) -> int:
    """Run one command line on the streams of this process and return its exit code."""
    environment = Environment.detect(os.environ, sys.stdin, sys.stdout, sys.stderr)
    signal.signal(signal.SIGTERM, _on_terminate)
    state = State(environment)
    try:
        program(list(arguments), state)
    except CrmcliError as error:
        return _fail(state, name_origin(error, state), error.exit_code)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except TerminatedError:
        return ExitCode.TERMINATED
    except BaseException as error:  # noqa: BLE001 — the last line of defence; a panic within Polars is no Exception
        return _fail(state, _unexpected(error), ExitCode.UNEXPECTED)
    return state.exit_code


def program(arguments: list[str], state: State) -> None:
    """Parse and run, letting errors through.

    Raises:
        CrmcliError: everything that is expected to go wrong.
    """
    variables, prefix = join_split_words(os.environ) if is_bash_request(os.environ) else ({}, "")
    os.environ.update(variables)
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")) as printed:
        result = _parse_and_run(arguments, state)
        printed.flush()
    # Help, version and completion scripts are typer's to print; they reach stdout as any result does.
    if text := printed.buffer.getvalue():
        write_stdout(state.environment.stdout, for_bash(text.decode(), prefix).encode() if variables else text)
    if isinstance(result, int):
        state.exit_code = result


def _parse_and_run(arguments: list[str], state: State) -> object:
    try:
        # Completion asks for the options of commands that no argument names.
        application = command_line(None if "_CRMCLI_COMPLETE" in os.environ else arguments)
        return application(merge_verbosity(arguments), prog_name="crmcli", standalone_mode=False, obj=state)
    except SystemExit as end:  # Typer's completion ends the process itself.
        return end.code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as error:
        raise usage_error(error) from None


def _unexpected(error: BaseException) -> CrmcliError:
    first = str(error).splitlines()[0] if str(error) else ""
    return CrmcliError(
        f"unexpected {type(error).__name__}: {first}",
        remedy="This is a defect of crmcli. Run again with --debug and report what it prints.",
    )


def _fail(state: State, error: CrmcliError, code: int) -> int:
    if state.debug:
        import traceback  # noqa: PLC0415 — only for --debug

        traceback.print_exc()
    print_error(state.environment, error)
    return int(code)


def _on_terminate(_signal: int, _frame: FrameType | None) -> None:
    raise TerminatedError
