"""View names on the command line, described and completed from their declarations."""

import typer

from crmcli.analysis.churn.views import CHURN_CATALOGUE
from crmcli.analysis.clv.views import CLV_CATALOGUE
from crmcli.analysis.credit.views import CREDIT_CATALOGUE
from crmcli.analysis.segment.views import SEGMENT_CATALOGUE
from crmcli.analysis.views import Catalogue

CATALOGUES: dict[str, Catalogue] = {
    catalogue.command: catalogue for catalogue in (SEGMENT_CATALOGUE, CLV_CATALOGUE, CHURN_CATALOGUE, CREDIT_CATALOGUE)
}
"""Every command's views, by the name of the command."""


def describe_views(catalogue: Catalogue) -> str:
    """The views of a command as the epilogue of its help."""
    lines = [f"{view.name:<14} {view.title}" for view in catalogue.views]
    return "\b\nViews (--view):\n" + "\n".join(f"  {line}" for line in lines)


def complete_view(context: typer.Context, incomplete: str) -> list[str]:
    """Shell completion of `--view`."""
    catalogue = CATALOGUES.get(context.info_name or "")
    return [name for name in catalogue.names() if name.startswith(incomplete)] if catalogue else []
