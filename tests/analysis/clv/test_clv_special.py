"""Special functions against arbitrary precision."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from crmcli.analysis.clv.special import digamma, gammaln, trigamma

ARGUMENTS = np.concatenate([np.logspace(-8, 8, 33), [0.5, 1.0, 1.4616321449683622, 2.0, 9.999999, 10.0]])


@pytest.mark.parametrize(
    ("function", "formula"),
    [(gammaln, mp.loggamma), (digamma, mp.digamma), (trigamma, lambda z: mp.polygamma(1, z))],
    ids=["gammaln", "digamma", "trigamma"],
)
def test_to_twelve_digits(function: object, formula: object) -> None:
    for argument, value in zip(ARGUMENTS, function(ARGUMENTS), strict=True):  # type: ignore[operator]
        assert value == pytest.approx(float(formula(mp.mpf(argument))), rel=1e-12, abs=2e-14)  # type: ignore[operator]
