"""The page a person sees: what it is, the headline figures, the summary tables, the first rows, and how to get on."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from crmcli.present import human
from crmcli.present.chart import chart
from crmcli.present.curve import curve
from crmcli.present.declared import conform
from crmcli.present.heat import heat
from crmcli.present.safe import safe_text
from crmcli.present.tables import fitted
from crmcli.present.triangle import triangle

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    from rich.console import Console, RenderableType

    from crmcli.analysis.result import Result
    from crmcli.analysis.views import View

DEFAULT_TOP = 10
"""Rows of the default view on the whole page."""

DEFAULT_TOP_OF_VIEW = 20
"""Rows when one view was asked for, and the most rows of a summary table."""

_LONGEST_IN_BLOCK = 28
_MOST_PAIRS = 3
_PAIR_GAP = 4


def page(result: Result, *, view: str | None, top: int | None, width: int, colour: bool) -> str:
    """The page as text, with escape sequences only when `colour` is true.

    Args:
        result: the result of an analysis.
        view: show the rows of this view only, or the whole page.
        top: rows to show; None for the default.
        width: columns of the page.
        colour: use bold, dim and the terminal's own colours.
    """
    writer = _Page(result, width, colour=colour)
    if view is None:
        writer.whole(top)
    else:
        writer.single(result.catalogue.view(view), top)
    return writer.text()


class _Page:
    """Collects renderables from top to bottom."""

    def __init__(self, result: Result, width: int, *, colour: bool) -> None:
        self._result = result
        self._width = width
        self._console = plain_console(width, colour=colour)

    def whole(self, top: int | None) -> None:
        catalogue = self._result.catalogue
        self._title()
        self._facts()
        default = catalogue.view(catalogue.default)
        for view in self._summaries(default):
            self._table(view, DEFAULT_TOP_OF_VIEW)
        if default.name in self._result.tables:
            self._table(default, DEFAULT_TOP if top is None else top)
        self._others(shown={*catalogue.page, default.name})

    def single(self, view: View, top: int | None) -> None:
        self._title()
        self._table(view, DEFAULT_TOP_OF_VIEW if top is None else top, meaning=True)

    def text(self) -> str:
        """Everything so far, without spaces at line ends."""
        file = self._console.file
        assert isinstance(file, io.StringIO)  # noqa: S101 - plain_console made it
        return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())

    def _summaries(self, default: View) -> Iterator[View]:
        for name in self._result.catalogue.page:
            if name in self._result.tables and name != default.name:
                yield self._result.catalogue.view(name)

    def _title(self) -> None:
        from rich.text import Text  # noqa: PLC0415

        as_of = self._result.as_of
        said = "" if as_of is None else f" · as of {as_of.isoformat()}"
        self._print(Text.assemble((f"crmcli {self._result.catalogue.command}", "bold"), (said, "dim")))

    def _facts(self) -> None:
        facts = [fact for fact in self._result.facts if not fact.minor]
        pairs = [(fact.label, human.fact_text(fact, self._result.money_scale)) for fact in facts]
        short = [pair for pair in pairs if len(pair[1]) <= _LONGEST_IN_BLOCK]
        long = [pair for pair in pairs if len(pair[1]) > _LONGEST_IN_BLOCK]
        if pairs:
            self._print()
        if short:
            self._print(_block(short, self._width))
        if long:
            self._print(_block(long, self._width, most=1, justify="left"))

    def _table(self, view: View, top: int, *, meaning: bool = False) -> None:
        from rich.text import Text  # noqa: PLC0415

        frame = self._result.tables[view.name]
        if self._picture(view, frame) and not meaning:
            return
        self._chart(view, frame)
        if view.chart is not None and not meaning:
            frame = frame.filter(frame.get_column(view.chart.rows[0]) == view.chart.table)
        rows = conform(_first(frame, view, top), view, self._result.money_scale)
        table, omitted = fitted(rows, view, self._width, self._result.money_scale, hidden=self._stated_in_title(rows))
        self._grid(view, frame)
        self._print()
        ordered = f", highest {view.top_by.replace('_', ' ')} first" if view.top_by else ""
        self._print(Text.assemble((view.title, "bold"), (ordered, "dim")))
        if meaning and view.meaning:
            self._print(Text(view.meaning, style="dim"))
        self._print(table if rows.height else Text("(no rows)", style="dim"))
        for line in self._captions(view, self._result.tables[view.name].height, rows.height, omitted):
            self._print(Text(line, style="dim"))

    def _picture(self, view: View, frame: pl.DataFrame) -> bool:
        """A triangle or curves, with how to get the rows; whether the view has one."""
        from rich.text import Text  # noqa: PLC0415

        drawn = triangle(frame, view, self._width) or curve(frame, view, self._width)
        if drawn is None:
            return False
        self._print()
        self._print(drawn)
        self._print(Text(f"As a table: {self._command(view)}", style="dim"))
        return True

    def _chart(self, view: View, frame: pl.DataFrame) -> None:
        drawn = chart(frame, view, self._width)
        if drawn is not None:
            self._print()
            self._print(drawn)

    def _grid(self, view: View, frame: pl.DataFrame) -> None:
        found = heat(frame, view, self._width, self._result.money_scale)
        if found is not None:
            self._print()
            for part in found:
                self._print(part)

    def _stated_in_title(self, rows: pl.DataFrame) -> frozenset[str]:
        """The column `as_of` says on every row what the title says once."""
        if "as_of" not in rows.columns or not rows.get_column("as_of").eq_missing(self._result.as_of).all():
            return frozenset()
        return frozenset({"as_of"})

    def _captions(self, view: View, total: int, shown: int, omitted: list[str]) -> Iterator[str]:
        # A caption may name customers, and whatever names hold must not drive a terminal.
        yield from map(safe_text, self._result.captions.get(view.name, ()))
        if omitted:
            yield f"No room for: {', '.join(omitted)}."
        if shown < total:
            yield f"{shown:,} of {total:,} rows · all: {self._command(view)}"

    def _command(self, view: View) -> str:
        catalogue = self._result.catalogue
        option = "" if view.name == catalogue.default else f" --view {view.name}"
        return f"crmcli {catalogue.command} …{option} -o {view.name}.csv"

    def _others(self, shown: set[str]) -> None:
        from rich.text import Text  # noqa: PLC0415

        to_be_had = {*self._result.tables, *self._result.others}
        others = [name for name in self._result.catalogue.names() if name in to_be_had and name not in shown]
        if others:
            self._print()
            self._print(Text(f"More tables with --view: {', '.join(others)}", style="dim"))

    def _print(self, *renderables: RenderableType) -> None:
        self._console.print(*renderables, crop=False)


def _first(frame: pl.DataFrame, view: View, top: int) -> pl.DataFrame:
    """The rows that people see: the largest by `top_by`, else those that stand first, or last if so declared."""
    if view.top_by:
        frame = frame.sort(view.top_by, descending=True, nulls_last=True, maintain_order=True)
    return frame.tail(top) if view.from_end else frame.head(top)


def plain_console(width: int, *, colour: bool) -> Console:
    """A console that asks nothing of the process: neither its variables nor its streams."""
    from rich.console import Console  # noqa: PLC0415

    return Console(
        file=io.StringIO(),
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        no_color=not colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )


def _block(
    pairs: list[tuple[str, str]], width: int, *, most: int = _MOST_PAIRS, justify: str = "right"
) -> RenderableType:
    """Labels and values in as many side-by-side columns as fit, read downwards."""
    from rich.cells import cell_len  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    label = max(cell_len(pair[0]) for pair in pairs)
    value = max(cell_len(pair[1]) for pair in pairs)
    across = max(1, min(most, len(pairs), (width + _PAIR_GAP) // (label + 2 + value + _PAIR_GAP)))
    down = -(-len(pairs) // across)
    grid = Table.grid(padding=0)
    for column in range(across):
        last = column == across - 1
        grid.add_column(justify="left", width=label + 2, style="dim")
        grid.add_column(justify="right" if justify == "right" else "left", overflow="fold")
        if not last:
            grid.add_column(width=_PAIR_GAP)
    for row in range(down):
        cells: list[Text] = []
        for column in range(across):
            index = column * down + row
            pair = pairs[index] if index < len(pairs) else ("", "")
            cells += [Text(pair[0]), Text(pair[1], style="bold"), Text("")]
        grid.add_row(*cells[:-1])
    return grid
