"""What the environment says about colour and width, decided once."""

from __future__ import annotations

import io
import os
import pty
from typing import TYPE_CHECKING

import pytest

from crmcli.present.console import NARROWEST, PLAIN_WIDTH, Environment, Verbosity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def stream(*, tty: bool) -> io.TextIOWrapper:
    wrapper = io.TextIOWrapper(io.BytesIO())
    wrapper.isatty = lambda: tty  # type: ignore[method-assign]
    return wrapper


def detect(environ: Mapping[str, str], *, tty: bool) -> Environment:
    return Environment.detect(environ, stream(tty=tty), stream(tty=tty), stream(tty=tty))


@pytest.mark.parametrize(
    ("environ", "tty", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "0"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm-256color"}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"CLICOLOR_FORCE": ""}, False, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"GITHUB_ACTIONS": "true"}, False, False),
    ],
)
def test_colour(environ: dict[str, str], tty: bool, colour: bool) -> None:  # noqa: FBT001
    environment = detect(environ, tty=tty)
    assert (environment.colour, environment.stderr_colour) == (colour, colour)


@pytest.mark.parametrize(
    ("columns", "width"),
    [
        ("100", 100),
        ("7", NARROWEST),
        ("0", PLAIN_WIDTH),
        ("-3", PLAIN_WIDTH),
        ("wide", PLAIN_WIDTH),
        ("²", PLAIN_WIDTH),
    ],
)
def test_columns_of_a_pipe(columns: str, width: int) -> None:
    environment = detect({"COLUMNS": columns}, tty=False)
    assert (environment.width, environment.file_width) == (width, width)


@pytest.fixture
def terminal() -> Iterator[io.TextIOWrapper]:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        yield stream
    os.close(leader)


def test_width_of_a_terminal(terminal: io.TextIOWrapper) -> None:
    termios = pytest.importorskip("termios")
    assert Environment.detect({}, None, terminal, None).width == 80, "a terminal without a size"
    termios.tcsetwinsize(terminal.fileno(), (30, 132))
    environment = Environment.detect({}, None, terminal, None)
    assert (environment.width, environment.file_width) == (132, PLAIN_WIDTH)
    assert Environment.detect({"COLUMNS": "90"}, None, terminal, None).width == 90


def test_closed_streams_are_none() -> None:
    environment = Environment.detect({}, None, None, None)
    assert (environment.stdin, environment.stdout, environment.stderr) == (None, None, None)
    assert not environment.stdout_is_tty


def test_flags() -> None:
    environment = detect({}, tty=True)
    assert environment.with_flags() == environment
    assert not environment.with_flags(no_color=True).colour
    assert not environment.with_flags(no_color=True).stderr_colour
    assert environment.with_flags(quiet=1).verbosity is Verbosity.QUIET
    assert [environment.with_flags(quiet=times).verbosity for times in (2, 3)] == [Verbosity.SILENT] * 2
    assert environment.with_flags(verbose=True).with_flags().verbosity is Verbosity.VERBOSE
