"""Filling one template; anything that can go wrong in it is raised as it comes (see `crmcli.reporting.failures`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.reporting.failures import TooLarge
from crmcli.reporting.sandbox import Sandbox

if TYPE_CHECKING:
    from crmcli.reporting.job import Check, Fill


def fill(task: Fill, most_characters: int) -> str:
    """The Markdown, in this process and without a fence.

    Raises:
        TooLarge: it has more characters than allowed.
        Exception: anything that a template can do wrong.
    """
    sandbox = Sandbox(task.choice.roots, task.language, task.context)
    parts: list[str] = []
    size = 0
    for part in sandbox.get_template(task.choice.name).generate(task.context):
        size += len(part)
        if size > most_characters:
            raise TooLarge
        parts.append(part)
    return "".join(parts)


def check(task: Check) -> str:
    """Nothing, once a template and all that it names outright have been compiled.

    Raises:
        Exception: the first thing that is wrong.
    """
    sandbox = Sandbox(task.choice.roots, task.language, ())
    open_ones, seen = [task.choice.name], set[str]()
    while open_ones:
        name = open_ones.pop()
        if name not in seen:
            seen.add(name)
            sandbox.get_template(name)
            open_ones += sandbox.named_by(name)
    return ""
