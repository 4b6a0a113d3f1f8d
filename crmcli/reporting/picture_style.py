"""The style sheet inside a picture: colours of dark pages, and larger texts where the picture is small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.reporting.charts.palette import DARK
from crmcli.reporting.charts.sheet import BODY, PHONE, SMALL

if TYPE_CHECKING:
    from collections.abc import Iterable

FONTS = (
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'PingFang SC','Microsoft YaHei',"
    "'Noto Sans CJK SC','Noto Sans SC',sans-serif"
)
"""Fonts of the reader's system; nothing is fetched."""

_TABLET_PX, _PHONE_PX = 600, 480
_TABLET = 1.3


def style_sheet(root: str, colours: Iterable[tuple[str, str]]) -> str:
    """The rules for one picture, all of them bound to its root's id so that several may stand in one page.

    The widths at which texts grow are those of the picture where it is an image of its own, and of the page where it
    stands inline.

    Args:
        root: the id.
        colours: those of light pages, each with the attribute, fill or stroke, that has it.
    """
    dark = "".join(_recoloured(root, name, light) for name, light in colours if light in DARK)
    return (
        f"{_enlarged(root, _TABLET_PX, _TABLET)}{_enlarged(root, _PHONE_PX, PHONE)}"
        f"@media screen and (prefers-color-scheme:dark){{{dark}}}"
    )


def _recoloured(root: str, name: str, light: str) -> str:
    return f'#{root} [{name}="{light}"]{{{name}:{DARK[light]}}}'


def _enlarged(root: str, width_px: int, factor: float) -> str:
    sizes = "".join(f'#{root} [font-size="{size}px"]{{font-size:{size * factor:g}px}}' for size in (BODY, SMALL))
    return f"@media (max-width:{width_px}px){{{sizes}}}"
