"""A report as one HTML file that needs nothing else: no script, nothing fetched, readable on a phone and on paper."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from typing import TYPE_CHECKING

from crmcli.errors import InternalError, UsageError
from crmcli.reporting.escape import visible
from crmcli.reporting.fenced import fenced
from crmcli.reporting.job import PAGING, Page
from crmcli.reporting.language import TAGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.document import Heading
    from crmcli.reporting.language import Language
    from crmcli.reporting.roots import Roots

STYLE_SHEET = "page.css"

_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="crmcli">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
{opening}</header>
{contents}{sections}</main>
</body>
</html>
"""
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; "
    "script-src 'none'"
)
_FEWEST_CONTENTS = 3
_FETCHING = re.compile(r"@import|url\(\s*[\"']?(?!data:|#)|</|\\", re.IGNORECASE)
"""What a style sheet of one's own might fetch, or end early; a backslash could spell either in disguise."""


def page(markdown: str, *, title: str, language: Language, pictures: Mapping[str, bytes], roots: Roots) -> str:
    """The whole file; the same arguments always give the same text.

    It is made behind the fence: a template may have written Markdown that takes a parser for ever.

    Args:
        markdown: the report.
        title: of the window.
        language: of the page.
        pictures: SVG by the name that the Markdown has for it.
        roots: the folders of templates, which may have a `page.css` of their own.

    Raises:
        UsageError: a picture that is none of the report's, a style sheet that would fetch something, or Markdown that
            takes too long.
    """
    return fenced(Page(markdown, title, language, dict(pictures), roots), PAGING)


def assembled(task: Page) -> str:
    """The page, in this process.

    Raises:
        UsageError: as above.
    """
    from crmcli.reporting.document import body  # noqa: PLC0415 (the process that only asks for a page needs no parser)

    style = _style(task.roots)
    made = body(task.markdown, task.pictures, task.language)
    return _PAGE.format(
        lang=TAGS[task.language.code],
        policy=_POLICY.format(style=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()),
        title=escape(visible(task.title)),
        style=style,
        opening=made.opening,
        contents=_contents(made.headings, task.language),
        sections=made.sections,
    )


def _style(roots: Roots) -> str:
    found = roots.read(STYLE_SHEET)
    if found is None:
        raise InternalError(f"The style sheet {STYLE_SHEET} was not installed.")
    where, style = found
    fetching = _FETCHING.search(style)
    if fetching is not None:
        line = style[: fetching.start()].count("\n") + 1
        raise UsageError(
            f"{where}, line {line}: {fetching[0]!r} may not stand in the style sheet of a report.",
            remedy="A report fetches nothing: put pictures in as url(data:…), and write characters as they are.",
        )
    return f"\n{style.strip()}\n"


def _contents(headings: Sequence[Heading], language: Language) -> str:
    """Where to find what, for reports of several sections."""
    sections = [heading for heading in headings if heading.level == 2]  # noqa: PLR2004 (h2)
    if len(sections) < _FEWEST_CONTENTS:
        return ""
    items = "".join(f'<li><a href="#{escape(one.identity)}">{escape(one.text)}</a></li>\n' for one in sections)
    return f'<nav aria-label="{escape(language.text("page.contents"))}">\n<ol>\n{items}</ol>\n</nav>\n'
