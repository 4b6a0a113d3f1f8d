"""The models' formulas as the papers print them, in arbitrary precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp

if TYPE_CHECKING:
    from collections.abc import Callable

Number = Any
mp.mp.dps = 60


def bg_likelihood(x: int, t_x: Number, age: Number, *parameters: Number) -> Number:
    """Fader, Hardie and Lee (2005), eq. 6."""
    r, alpha, a, b = map(mp.mpf, parameters)
    common = mp.gamma(r + x) * alpha**r / mp.gamma(r)
    alive = mp.beta(a, b + x) / mp.beta(a, b) * (alpha + mp.mpf(age)) ** -(r + x)
    dead = mp.beta(a + 1, b + x - 1) / mp.beta(a, b) * (alpha + mp.mpf(t_x)) ** -(r + x) if x else 0
    return common * (alive + dead)


def mbg_likelihood(x: int, t_x: Number, age: Number, *parameters: Number) -> Number:
    """Batislam, Denizel and Filiztekin (2007)."""
    return cnbd_likelihood(x, t_x, age, *parameters, 1)


def cnbd_likelihood(x: int, t_x: Number, age: Number, *parameters: Number) -> Number:
    """Platzer and Reutterer (2020), without the gaps; the chance of silence is integrated over the rate."""
    r, alpha, a, b = map(mp.mpf, parameters[:4])
    k = int(parameters[4])
    n = r + k * x
    waiting = mp.fsum(
        mp.gamma(n + j) / mp.factorial(j) * (mp.mpf(age) - t_x) ** j / (alpha + mp.mpf(age)) ** (n + j)
        for j in range(k)
    )
    alive = mp.beta(a, b + x + 1) * waiting
    dead = mp.beta(a + 1, b + x) * mp.gamma(n) * (alpha + mp.mpf(t_x)) ** -n
    return alpha**r / mp.gamma(r) * (alive + dead) / mp.beta(a, b) / mp.factorial(k - 1) ** x


def pareto_likelihood(x: int, t_x: Number, age: Number, *parameters: Number) -> Number:
    """Fader and Hardie (2005), with the two hypergeometric forms."""
    r, alpha, s, beta = map(mp.mpf, parameters)
    total = r + s + x
    large = max(alpha, beta)
    second = s + 1 if alpha >= beta else r + x

    def term(t: Number) -> Number:
        return mp.hyp2f1(total, second, total + 1, abs(alpha - beta) / (large + t)) / (large + t) ** total

    alive = (alpha + age) ** -(r + x) * (beta + age) ** -s
    dead = s / total * (term(mp.mpf(t_x)) - term(mp.mpf(age)))
    return mp.gamma(r + x) / mp.gamma(r) * alpha**r * beta**s * (alive + dead)


def bg_expectation(x: int, t_x: Number, age: Number, horizon: Number, *parameters: Number) -> Number:
    """Fader, Hardie and Lee (2005), eq. 10."""
    r, alpha, a, b = map(mp.mpf, parameters)
    z = mp.mpf(horizon) / (alpha + mp.mpf(age) + horizon)
    ratio = ((alpha + mp.mpf(age)) / (alpha + mp.mpf(age) + horizon)) ** (r + x)
    series = 1 - ratio * mp.hyp2f1(r + x, b + x, a + b + x - 1, z)
    dead = a / (b + x - 1) * ((alpha + mp.mpf(age)) / (alpha + mp.mpf(t_x))) ** (r + x) if x else 0
    return (a + b + x - 1) / (a - 1) * series / (1 + dead)


def pareto_expectation(x: int, t_x: Number, age: Number, horizon: Number, *parameters: Number) -> Number:
    """Schmittlein, Morrison and Colombo (1987), as in Fader and Hardie (2005)."""
    r, alpha, s, beta = map(mp.mpf, parameters)
    p_alive = (
        mp.gamma(r + x) / mp.gamma(r) * alpha**r * beta**s / (alpha + age) ** (r + x) / (beta + age) ** s
    ) / pareto_likelihood(x, t_x, age, r, alpha, s, beta)
    stay = 1 - ((beta + age) / (beta + age + horizon)) ** (s - 1)
    return p_alive * (r + x) * (beta + age) / (alpha + age) / (s - 1) * stay


def bg_bb_likelihood(x: int, t_x: int, n: int, *parameters: Number) -> Number:
    """Fader, Hardie and Shang (2010), eq. 5."""
    a, b, c, d = map(mp.mpf, parameters)
    alive = mp.beta(a + x, b + n - x) * mp.beta(c, d + n)
    dead = mp.fsum(mp.beta(a + x, b + t_x - x + i) * mp.beta(c + 1, d + t_x + i) for i in range(n - t_x))
    return (alive + dead) / mp.beta(a, b) / mp.beta(c, d)


def bg_bb_expectation(x: int, t_x: int, n: int, ahead: int, *parameters: Number) -> Number:
    """Fader, Hardie and Shang (2010), eq. 13."""
    a, b, c, d = map(mp.mpf, parameters)
    staying = mp.gammaprod([1 + d + n], [c + d + n]) - mp.gammaprod([1 + d + n + ahead], [c + d + n + ahead])
    factor = d / (c - 1) * mp.gammaprod([c + d], [1 + d])
    chance = mp.beta(a + x + 1, b + n - x) / mp.beta(a, b)
    return chance * factor * staying / bg_bb_likelihood(x, t_x, n, a, b, c, d)


def gamma_gamma_likelihood(x: int, mean: Number, p: Number, q: Number, v: Number) -> Number:
    """Fader and Hardie (2013), eq. 1a."""
    p, q, v, mean = map(mp.mpf, (p, q, v, mean))
    return (
        mp.gamma(p * x + q)
        / mp.gamma(p * x)
        / mp.gamma(q)
        * v**q
        * mean ** (p * x - 1)
        * x ** (p * x)
        / (v + x * mean) ** (p * x + q)
    )


def derivative(of: Callable[[Number], Number], at: float) -> float:
    """First derivative."""
    return float(mp.diff(of, mp.mpf(at)))
