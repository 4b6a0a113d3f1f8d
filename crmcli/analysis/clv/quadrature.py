"""Gauss–Legendre quadrature."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats


@cache
def unit_nodes(count: int) -> tuple[Floats, Floats]:
    """Nodes and weights on [0, 1], as columns."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes[:, None] + 1) / 2, weights[:, None] / 2
