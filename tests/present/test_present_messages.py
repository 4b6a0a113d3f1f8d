"""Errors and notes as lines on stderr."""

from __future__ import annotations

import errno
import io

from crmcli.errors import InputError
from crmcli.notes import info, warning
from crmcli.present.console import Environment, Verbosity
from crmcli.present.messages import print_error, print_notes

NOTES = (info("mapping", "Column Id is customer_id."), warning("ties", "12 \x1b[2Jties."))


class Full(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "full")


def environment(*, verbosity: Verbosity = Verbosity.NORMAL, tty: bool = False, colour: bool = False) -> Environment:
    return Environment(
        stdin=None,
        stdout=None,
        stderr=io.StringIO(),
        stderr_is_tty=tty,
        stderr_width=40,
        stderr_colour=colour,
        verbosity=verbosity,
    )


def said(where: Environment) -> str:
    assert isinstance(where.stderr, io.StringIO)
    return where.stderr.getvalue()


def test_an_error_has_its_lines_and_no_control_characters() -> None:
    where = environment()
    print_error(where, InputError("a\x1b.csv: row 3, date: 'x\ny'.", extent="3 rows.", remedy="--date-format"))
    assert said(where) == "crmcli: error: a␛.csv: row 3, date: 'x␊y'.\n  3 rows.\n  --date-format\n"


def test_notes_by_severity() -> None:
    where = environment()
    print_notes(where, NOTES)
    assert said(where) == "crmcli: note: Column Id is customer_id.\ncrmcli: warning: 12 ␛[2Jties.\n"


def test_quiet_leaves_what_says_that_rows_are_lost() -> None:
    where = environment(verbosity=Verbosity.QUIET)
    print_notes(where, (*NOTES, warning("quarantined", "2 rows were not used")))
    assert said(where) == "crmcli: warning: 2 rows were not used\n"


def test_silent_says_nothing_but_errors() -> None:
    where = environment(verbosity=Verbosity.SILENT)
    print_notes(where, NOTES)
    assert said(where) == ""
    print_error(where, InputError("no"))
    assert said(where) == "crmcli: error: no\n"


def test_verbose_names_the_codes() -> None:
    where = environment(verbosity=Verbosity.VERBOSE)
    print_notes(where, NOTES)
    assert "[mapping]" in said(where)
    assert "[ties]" in said(where)


def test_a_terminal_gets_lines_broken_between_words() -> None:
    where = environment(tty=True)
    print_notes(where, [info("x", "word " * 20)])
    lines = said(where).splitlines()
    assert len(lines) > 1
    assert all(len(line) <= 40 for line in lines)
    assert all(line.startswith("  word") for line in lines[1:])


def test_colour_is_on_the_label_only() -> None:
    where = environment(colour=True)
    print_notes(where, NOTES[1:])
    assert said(where) == "crmcli: \x1b[33mwarning:\x1b[0m 12 ␛[2Jties.\n"


def test_a_missing_or_broken_stderr_is_no_error() -> None:
    print_error(Environment(stdin=None, stdout=None, stderr=None), InputError("no"))
    print_error(Environment(stdin=None, stdout=None, stderr=Full()), InputError("no"))
