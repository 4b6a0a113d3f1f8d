"""The marks that Vega draws, in fewer bytes: what cannot be seen goes, what many marks share is stated once.

A group of Vega's holds the marks of one layer, none of which lies upon another of the same looks; so equal ones may be
joined in one path. A heat map of 150 cells thus takes a third of the bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmcli.reporting.charts.sheet import BODY

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

SVG = "http://www.w3.org/2000/svg"

_UNNEEDED = ("class", "role", "aria-roledescription", "aria-label", "aria-hidden", "stroke-miterlimit", "display")
_INHERITED = ("fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor")
_PLACES = ("d", "transform", "x1", "x2", "y1", "y2")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_MOVED = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_RECTANGLE = re.compile(r"M[-\d.]+,[-\d.]+h[-\d.]+v[-\d.]+h[-\d.]+Z")
_CIRCLE = re.compile(r"M([\d.]+),0A.*Z")
_HALF_HEIGHT_EM = 0.3
"""By how much of its size Vega lowers the line of a text whose middle is at a place."""


def tag(name: str) -> str:
    """The name of an element as the parser has it."""
    return f"{{{SVG}}}{name}"


def compact(root: ET.Element) -> None:
    """Make the drawing small in place; it looks the same to a tenth of a unit."""
    _strip(root)
    for element in root.iter():
        if element.tag == tag("text"):
            _center(element)
        elif element.tag == tag("line"):
            _line_to_path(element)
        elif element.tag == tag("path"):
            _path_to_circle(element)
    _join(root)
    _share(root)


def _strip(element: ET.Element) -> None:
    """Drop what is not drawn, groups that only group, and digits that nobody sees."""
    for child in list(element):
        _strip(child)
        if _is_empty(child):
            element.remove(child)
    for name in _UNNEEDED:
        element.attrib.pop(name, None)
    for name in _PLACES:
        if name in element.attrib:
            element.set(name, _NUMBER.sub(lambda found: _brief(float(found[0])), element.attrib[name]))
    for name, value in (("transform", "translate(0,0)"), ("opacity", "1")):
        if element.get(name) == value:
            del element.attrib[name]
    _unwrap(element)


def _is_empty(element: ET.Element) -> bool:
    if element.tag in {tag("g"), tag("defs")}:
        return len(element) == 0
    drawn = any(element.get(name) not in {None, "none"} for name in ("fill", "stroke"))
    return element.tag == tag("path") and not (drawn and element.get("d"))


def _unwrap(element: ET.Element) -> None:
    """Groups without attributes give their place to what they hold, but for those of marks."""
    flat: list[ET.Element] = []
    for child in element:
        is_idle = child.tag == tag("g") and not child.attrib and all(mark.tag == tag("g") for mark in child)
        flat += list(child) if is_idle else [child]
    element[:] = flat


def _center(text: ET.Element) -> None:
    """State the middle of the line in units of the text's size, so that it stays the middle when texts grow."""
    size = float(text.get("font-size", f"{BODY}px").removesuffix("px"))
    across, down = _taken_place(text)
    text.set("x", _brief(across))
    text.set("y", _brief(down - _HALF_HEIGHT_EM * size))
    text.set("dy", ".32em")
    text.attrib.pop("font-family", None)


def _line_to_path(line: ET.Element) -> None:
    """Paths can be joined; lines cannot."""
    across, down = _taken_place(line)
    to_x, to_y = (float(line.attrib.pop(name, "0")) for name in ("x2", "y2"))
    line.tag = tag("path")
    line.set("d", f"M{_brief(across)},{_brief(down)}l{_brief(to_x)},{_brief(to_y)}")


def _path_to_circle(path: ET.Element) -> None:
    found = _CIRCLE.fullmatch(path.attrib["d"])
    if found is None or not _MOVED.fullmatch(path.get("transform", "")):
        return
    across, down = _taken_place(path)
    del path.attrib["d"]
    path.tag = tag("circle")
    path.attrib.update({"cx": _brief(across), "cy": _brief(down), "r": found[1]})


def _taken_place(element: ET.Element) -> tuple[float, float]:
    found = _MOVED.fullmatch(element.attrib.pop("transform", ""))
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _join(element: ET.Element) -> None:
    """Rectangles and lines of one layer that look the same become one path."""
    for child in element:
        _join(child)
    joined: dict[tuple[tuple[str, str], ...], ET.Element] = {}
    for child in list(element):
        if not _can_be_joined(child):
            continue
        looks = tuple(sorted((name, value) for name, value in child.attrib.items() if name != "d"))
        if looks in joined:
            joined[looks].set("d", joined[looks].attrib["d"] + child.attrib["d"])
            element.remove(child)
        else:
            joined[looks] = child


def _can_be_joined(element: ET.Element) -> bool:
    if element.tag != tag("path"):
        return False
    shape = element.attrib["d"]
    is_line = "l" in shape and "Z" not in shape and "L" not in shape and "C" not in shape
    return (is_line or _RECTANGLE.fullmatch(shape) is not None) and "opacity" not in element.attrib


def _share(element: ET.Element) -> None:
    """State on the group what all of its marks have in common."""
    for child in element:
        _share(child)
    if element.tag == tag("g") and len(element) > 1:
        for name in _INHERITED:
            first = element[0].get(name)
            if first is not None and all(child.get(name) == first for child in element):
                element.set(name, first)
                for child in element:
                    del child.attrib[name]


def _brief(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0").replace("-0.0", "0")
