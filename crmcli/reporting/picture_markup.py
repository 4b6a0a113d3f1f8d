"""The SVG that Vega gives, made fit for a report: named, described, coloured by the page, without what nobody needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from crmcli.reporting.charts.palette import HATCH
from crmcli.reporting.charts.sheet import BODY
from crmcli.reporting.picture_style import FONTS, style_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

_SVG = "http://www.w3.org/2000/svg"
_UNNEEDED = ("class", "role", "aria-roledescription", "aria-label", "aria-hidden", "stroke-miterlimit", "display")
_INHERITED = ("fill", "stroke", "stroke-width", "font-size", "font-weight", "text-anchor")
_PLACES = {"d", "transform", "x1", "x2", "y1", "y2"}
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_PLACE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_HALF_HEIGHT_EM = 0.3
"""By how much of its size Vega lowers the line of a text whose middle is at a place."""


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
    _strip(root)
    for element in root.iter(_tag("text")):
        _center(element)
    _share(root)
    _own_ids(root, root_id)
    _head(root, root_id, (title, description))
    _name(root, root_id, language)
    ET.register_namespace("", _SVG)
    return ET.tostring(root, encoding="unicode")


def _tag(name: str) -> str:
    return f"{{{_SVG}}}{name}"


def _strip(element: ET.Element) -> None:
    """Drop what is not drawn, groups that only group, and digits that nobody sees."""
    for child in list(element):
        _strip(child)
        if _is_empty(child):
            element.remove(child)
    for name in _UNNEEDED:
        element.attrib.pop(name, None)
    for name in _PLACES & element.attrib.keys():
        value = element.attrib[name]
        element.set(name, _NUMBER.sub(lambda found: _brief(float(found[0])), value))
    if element.get("transform") == "translate(0,0)":
        del element.attrib["transform"]
    _unwrap(element)


def _is_empty(element: ET.Element) -> bool:
    if element.tag in {_tag("g"), _tag("defs")}:
        return len(element) == 0
    drawn = any(element.get(name) not in {None, "none"} for name in ("fill", "stroke"))
    return element.tag == _tag("path") and not (drawn and element.get("d"))


def _unwrap(element: ET.Element) -> None:
    """Groups without attributes give their place to what they hold."""
    flat: list[ET.Element] = []
    for child in element:
        flat += list(child) if child.tag == _tag("g") and not child.attrib else [child]
    element[:] = flat


def _share(element: ET.Element) -> None:
    """State once, on the group, what all of its marks have in common: a grid of a hundred cells stays small."""
    for child in element:
        _share(child)
    if element.tag == _tag("g") and len(element) > 1:
        for name in _INHERITED:
            first = element[0].get(name)
            if first is not None and all(child.get(name) == first for child in element):
                element.set(name, first)
                for child in element:
                    del child.attrib[name]


def _center(text: ET.Element) -> None:
    """State the middle of the line in units of the text's size, so that it stays the middle when texts grow."""
    found = _PLACE.fullmatch(text.attrib.pop("transform", ""))
    size = float(text.get("font-size", f"{BODY}px").removesuffix("px"))
    across, down = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    text.set("x", _brief(across))
    text.set("y", _brief(down - _HALF_HEIGHT_EM * size))
    text.set("dy", ".32em")
    text.attrib.pop("font-family", None)


def _brief(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


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
    element = ET.Element(_tag(name), attributes)
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
