"""The SVG that Vega gives, made fit for a report: named, described, coloured by the page, without what nobody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from crmcli.reporting.charts.palette import HATCH
from crmcli.reporting.picture_marks import SVG, compact, tag
from crmcli.reporting.picture_style import FONTS, style_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator


def finished(svg: str, identity: str, title: str, description: str, language: str) -> str:
    """The picture as it stands in a report; every id inside begins with `picture-<identity>`.

    Args:
        svg: as Vega wrote it; every text in it has its middle where it stands.
        identity: of the picture.
        title: inert text.
        description: inert text.
        language: en or zh, which decides how Han characters look.
    """
    root_id = f"picture-{identity}"
    root = ET.fromstring(svg)  # noqa: S314 - Vega's own output, not a file of somebody's.
    compact(root)
    _own_ids(root, root_id)
    _head(root, root_id, (title, description))
    _name(root, root_id, language)
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode")


def _own_ids(root: ET.Element, root_id: str) -> None:
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"{root_id}-{element.get('id')}")
        for name, value in element.attrib.items():
            if value.startswith("url(#"):
                element.set(name, value.replace("url(#", f"url(#{root_id}-"))
            elif value == HATCH and name == "fill":
                element.set(name, f"url(#{root_id}-hatch)")


def _head(root: ET.Element, root_id: str, words: tuple[str, str]) -> None:
    """Title, description, style and stripes, before all marks."""
    elements = [_element("title", words[0], id=f"{root_id}-title"), _element("desc", words[1], id=f"{root_id}-desc")]
    hatched = any(element.get("fill") == f"url(#{root_id}-hatch)" for element in root.iter())
    stripes = [_stripes(root_id)] if hatched else []
    root[:] = [*elements, *stripes, *root]
    style = _element("style", style_sheet(root_id, sorted(set(_colours(root)))))
    root.insert(len(elements), style)


def _colours(root: ET.Element) -> Iterator[tuple[str, str]]:
    for element in root.iter():
        yield from ((name, element.get(name, "")) for name in ("fill", "stroke"))


def _stripes(root_id: str) -> ET.Element:
    pattern = _element(
        "pattern",
        id=f"{root_id}-hatch",
        width="7",
        height="7",
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    pattern.append(_element("path", d="M0,0V7", stroke=HATCH, **{"stroke-width": "3"}))
    return pattern


def _element(name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.Element(tag(name), attributes)
    element.text = text
    return element


def _name(root: ET.Element, root_id: str, language: str) -> None:
    width, height = root.get("width", ""), root.get("height", "")
    root.attrib.clear()
    root.attrib.update(
        {
            "id": root_id,
            "width": width,
            "height": height,
            "viewBox": f"0 0 {width} {height}",
            "role": "img",
            "aria-labelledby": f"{root_id}-title {root_id}-desc",
            "lang": {"zh": "zh-Hans"}.get(language, language),
            "font-family": FONTS,
        }
    )
