"""Pictures to SVG: drawn by Vega-Lite inside this process, from data inside the dictionary, fetching nothing.

The bytes depend on the dictionary alone: nothing in it is laid out by the clock, the locale or the fonts of a machine.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import vl_convert

from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.wording import inert
from crmcli.reporting.picture_markup import finished

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VEGA_LITE", "Picture", "svg"]

VEGA_LITE = "6.4"
"""The version whose drawing is tested; vl-convert carries several."""


def svg(picture: Picture) -> bytes:
    """One self-contained picture: well-formed XML in UTF-8, with title, description and colours for dark pages."""
    drawn = vl_convert.vegalite_to_svg(json.dumps(picture.spec), vl_version=VEGA_LITE, allowed_base_urls=[])
    title, description = inert(picture.title), inert(picture.alt)
    return finished(drawn, picture.id, title, description, _language(picture.spec)).encode()


def _language(spec: Mapping[str, Any]) -> str:
    return str(spec.get("usermeta", {}).get("language", "en"))
