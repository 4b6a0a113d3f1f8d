"""What an error cannot know by itself: where the value came from, and which one was probably meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmcli.errors import CrmcliError, UsageError, did_you_mean

if TYPE_CHECKING:
    import typer

    from crmcli.cli.context import State

_FLAG = re.compile(r"--([a-z][a-z-]*)")
_CHOICES = re.compile(r"'(?P<given>[^']*)' is not one of (?P<known>'.*')")


def name_origin(error: CrmcliError, state: State) -> CrmcliError:
    """The error, and the variable or file that set the option it speaks of, if no flag did."""
    named = _FLAG.findall(error.problem)
    places = {name: state.origins[name].place for name in named if name in state.origins}
    told = "; ".join(f"--{name} comes from {place}" for name, place in places.items() if place)
    if told:
        error.extent = f"{error.extent} ({told})" if error.extent else f"{told[0].upper()}{told[1:]}."
    return error


def usage_error(error: typer.TyperException) -> UsageError:
    """A refusal of the parser as an error of ours, naming the nearest of the values that would do."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "crmcli"
    # A prefix that the validator behind typer adds, and that says nothing.
    message = error.format_message().replace("Value error, ", "").strip()
    choices = _CHOICES.search(message)
    meant = did_you_mean(choices["given"], re.findall("'([^']*)'", choices["known"])) if choices else None
    if message.startswith("No such option: --config"):
        meant = f"--config stands before the command: crmcli --config FILE {path.removeprefix('crmcli ')} …"
    return UsageError(message, remedy=meant or f"See: {path} --help")
