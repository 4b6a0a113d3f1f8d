"""Conditions of --fail-if: what they mean, what they refuse, and what they say."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmcli.errors import UsageError
from crmcli.reporting.alert_language import DEEPEST, LONGEST
from crmcli.reporting.alerts import Outcome, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: dict[str, Any] = {
    "nrr": 0.82,
    "grr": 0.9,
    "customers": 1_200,
    "revenue": Decimal("1234567.50"),
    "orders": 0,
    "uplift": None,
    "as_of": dt.date(2024, 6, 30),
    "model": "bg-nbd",
    "complete": True,
    "nan": math.nan,
}


def judged(text: str, facts: Mapping[str, Any] = FACTS) -> Outcome:
    return parse(text, FACTS).judge(facts).outcome


def line(text: str) -> str:
    return parse(text, FACTS).judge(FACTS).line


@pytest.mark.parametrize(
    "text",
    [
        "nrr < 0.9",
        "nrr<.9",
        "nrr < 90%",
        "nrr <= 82 %",
        "grr == 0.9",
        "grr != 0.90000000000000000001",
        "not nrr > 0.9",
        "not (nrr > 0.9 or grr < 0.5)",
        "0.8 < nrr <= grr < 1",
        "nrr > 1 or grr > 0.5 and customers == 1_200",
        "(nrr + grr) / 2 < 0.87",
        "nrr + grr / 2 == 1.27",
        "2 * 3 - 4 - 5 == -3",
        "2 − 3 == -1",
        "24 / 4 / 2 == 3",
        "--1 == +1",
        "-nrr < 0",
        "revenue == 1_234_567.50",
        "revenue - 0.01 < 1234567.50",
        "as_of > '2024-06-29'",
        'as_of == "2024-06-30"',
        "'2024-06-30' == as_of",
        "as_of - '2024-06-01' == 29",
        "model == 'bg-nbd'",
        "model != 'bg'",
        "'a' == \"a\"",
        "complete",
        "complete == true and not FALSE",
        "NOT nrr > 1 AND true",
        "0.1 + 0.2 == 0.3",
        "1 / 3 * 3 == 1",
    ],
)
def test_true(text: str) -> None:
    assert judged(text) is Outcome.TRUE
    assert judged(f"not ({text})") is Outcome.FALSE


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("uplift > 0", Outcome.UNJUDGED),
        ("not uplift > 0", Outcome.UNJUDGED),
        ("uplift == uplift", Outcome.UNJUDGED),
        ("uplift > 0 or nrr < 1", Outcome.TRUE),
        ("uplift > 0 or nrr > 1", Outcome.UNJUDGED),
        ("uplift > 0 and nrr > 1", Outcome.FALSE),
        ("uplift > 0 and nrr < 1", Outcome.UNJUDGED),
        ("0 < uplift < nrr < 0", Outcome.FALSE),
        ("revenue / orders > 5", Outcome.UNJUDGED),
        ("orders > 0 and revenue / orders > 5", Outcome.FALSE),
        ("nan > 0", Outcome.UNJUDGED),
        ("uplift", Outcome.UNJUDGED),
        ("complete or uplift", Outcome.TRUE),
    ],
)
def test_what_is_missing_is_neither_true_nor_false(text: str, outcome: Outcome) -> None:
    assert judged(text) is outcome


def test_a_fact_that_this_run_did_not_make_is_missing() -> None:
    verdict = parse("nrr < 1 and grr < 1 and nrr > 0", FACTS).judge({"grr": 0.5})
    assert (verdict.outcome, verdict.missing) == (Outcome.UNJUDGED, ("nrr",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nrr < 0.9", "nrr = 0.82 is below 0.9"),
        ("nrr < 0.9 or grr < 0.8", "nrr = 0.82 is below 0.9"),
        ("nrr < 0.9 and grr <= 90%", "nrr = 0.82 is below 0.9; grr = 0.9 is at most 90%"),
        ("not nrr >= 0.9", "nrr = 0.82 is below 0.9"),
        ("nrr > 0.9", "nrr = 0.82 is at most 0.9"),
        ("nrr < grr - 0.05", "nrr = 0.82 is below grr - 0.05 = 0.85"),
        ("revenue > 1_000_000", "revenue = 1234567.50 is above 1_000_000"),
        ("revenue / customers > 1000", "revenue / customers = 1028.81 is above 1000"),
        ("customers / 7 > 171.428571", "customers / 7 = 171.428571429 is above 171.428571"),
        ("as_of > '2024-01-01'", "as_of = 2024-06-30 is after '2024-01-01'"),
        ("as_of < '2024-01-01'", "as_of = 2024-06-30 is not before '2024-01-01'"),
        ("model == 'bg-nbd'", "model = 'bg-nbd' is 'bg-nbd'"),
        ("customers == 1200", "customers = 1200 is equal to 1200"),
        ("complete and nrr<1 and nrr<1", "complete is true; nrr = 0.82 is below 1"),
        ("uplift > 0 or nan > 0", "cannot be judged: uplift, nan are missing"),
        ("uplift > 0", "cannot be judged: uplift is missing"),
        ("revenue / orders > uplift", "cannot be judged: uplift is missing; revenue / orders divides by zero"),
    ],
)
def test_the_verdict_says_why(text: str, says: str) -> None:
    assert line(text) == says


def test_figures_are_shown_with_the_digits_that_make_the_difference() -> None:
    verdict = parse("nrr < 0.9", FACTS).judge({"nrr": 0.8999999999})
    assert verdict.line == "nrr = 0.8999999999 is below 0.9"
    assert parse("nrr < 0.9", FACTS).judge({"nrr": 0.123456789}).line == "nrr = 0.123457 is below 0.9"
    assert parse("nrr < 0.9", FACTS).judge({"nrr": 1.5e-9}).line == "nrr = 0.0000000015 is below 0.9"


@pytest.mark.parametrize(
    ("text", "says", "helps"),
    [
        ("", "empty", "Example"),
        ("   ", "empty", "Example"),
        ("nr < 1", "no fact 'nr'", "Did you mean 'nrr'?"),
        ("nrr.__class__ == 1", "no fact 'nrr.__class__'", "--facts"),
        ("__import__('os')", "no fact '__import__'", "--facts"),
        ("nrr = 1", "'=' (character 5)", "Write =="),
        ("nrr < 1 && grr < 1", "'&'", "Write and"),
        ("nrr < 1 | grr < 1", "'|'", "Write or"),
        ("!nrr", "'!'", "Write not"),
        ("revenue > 1,000", "','", "1_000"),
        ("nrr < 1e5", "'1e5'", "Numbers"),
        ("nrr < 1__0", "'1__0'", "Numbers"),
        ("nrr < 1.2.3", "'1.2.3'", "Numbers"),
        ("nrr < ١", "'١'", "Numbers"),
        ("model == 'bg", '"\'" (character 10)', "not closed"),
        ("nrr <", "ends where a fact", "Example"),
        ("(nrr < 1", "ends where a closing bracket", "Example"),
        ("nrr < 1)", "')' (character 8)", "Example"),
        ("nrr grr", "'grr'", "Example"),
        ("nrr < not 1", "'not'", "Example"),
        ("nrr ** 2 > 1", "'*'", "Example"),
        ("nrr[0] > 1", "'['", "Example"),
        ("5", "'5' is neither true nor false", "Compare"),
        ("nrr + 1", "'nrr + 1' is neither", "Compare"),
        ("nrr < 1 or grr + 1", "'grr + 1' is neither", "Compare"),
        ("not -nrr", "'-nrr' is neither", "Compare"),
        ("'x' and true", "\"'x'\" is neither", "Compare"),
        ("(nrr < 1) + 1 > 0", "'(nrr < 1)' is true or false", "Join"),
        ("(nrr < 1) == true", "'(nrr < 1)' is true or false", "Join"),
        ("-(nrr < 1) > 0", "is true or false", "Join"),
        ("nrr < 1\x00", "'\\x00'", "Example"),
    ],
)
def test_a_condition_that_is_none_is_refused_before_any_work(text: str, says: str, helps: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, FACTS)
    assert says in caught.value.problem
    assert helps in " ".join(caught.value.lines()[1:])
    assert caught.value.problem.startswith("--fail-if: ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("model < 'x'", "a text can only be"),
        ("complete > false", "a truth value can only be"),
        ("nrr == 'x'", "compares a number with a text"),
        ("nrr == true", "compares a number with a truth value"),
        ("as_of > 20240101", "compares a date with a number"),
        ("as_of > 'yesterday'", "compares a date with a text"),
        ("as_of > '2024-02-30'", "compares a date with a text"),
        ("as_of + 1 > 0", "reckons with a date"),
        ("model * 2 > 0", "reckons with a text"),
        ("1 - model > 0", "reckons with a text"),
        ("-model > 0", "reckons with a text"),
        ("nrr", "'nrr' is neither true nor false"),
        ("complete and nrr", "'nrr' is neither true nor false"),
    ],
)
def test_things_of_different_kinds_are_refused_when_they_are_known(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        judged(text)


def test_length_and_depth_are_bounded() -> None:
    for text in ("(" * 500 + ")" * 500, "-" * 900 + "1 > 0", "not " * 200 + "complete"):
        with pytest.raises(UsageError, match=f"more than {DEEPEST}"):
            parse(text, FACTS)
    with pytest.raises(UsageError, match="1,001 characters"):
        parse(" " * (LONGEST + 1), FACTS)
    assert judged("+".join(["1"] * 490) + " > 489") is Outcome.TRUE, "a long sum is not deep"
    assert judged("(" * DEEPEST + "complete" + ")" * DEEPEST) is Outcome.TRUE


def test_a_condition_tells_the_facts_it_asks_for() -> None:
    assert parse("nrr < 1 or -(grr + nrr) / 2 < customers or not complete", FACTS).names == (
        "nrr",
        "grr",
        "customers",
        "complete",
    )


def test_a_value_that_is_no_plain_one_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="fact nrr: list"):
        judged("nrr < 1", {"nrr": [1]})


def test_numbers_beyond_all_sense_are_judged_and_shown_briefly() -> None:
    product = "*".join(["a"] * 400)
    assert parse(f"{product} > 0", ["a"]).judge({"a": -1e308}).line.endswith(" = 1e123200 is above 0")
    assert parse(f"1/({product}) > 1", ["a"]).judge({"a": 1e308}).line.endswith(" = 1e-123199 is at most 1")


def test_money_is_exact_beyond_what_floats_tell_apart() -> None:
    facts = {"revenue": Decimal("90071992547409.93")}
    assert judged("revenue > 90071992547409.92", facts) is Outcome.TRUE
    assert judged("revenue == 90071992547409.93", facts) is Outcome.TRUE
    assert judged("revenue * 3 == 270215977642229.79", facts) is Outcome.TRUE


# Random conditions: one text for this language, one for Python's own evaluation over fractions.

NAMES = ("a", "b", "c")
Pair = tuple[str, str]


def numbers() -> st.SearchStrategy[Pair]:
    whole = st.integers(0, 12).map(lambda n: (str(n), f"F({n})"))
    decimal = st.decimals(0, 9, places=2).map(lambda d: (f"{d}", f"F('{d}')"))
    percent = st.integers(0, 300).map(lambda n: (f"{n}%", f"F({n}, 100)"))
    return whole | decimal | percent | st.sampled_from(NAMES).map(lambda name: (name, name))


def reckonings(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    chain = st.tuples(inner, st.sampled_from("+-*/"), inner).map(
        lambda t: (f"{t[0][0]} {t[1]} {t[2][0]}", f"{t[0][1]} {t[1]} {t[2][1]}")
    )
    bracket = inner.map(lambda t: (f"({t[0]})", f"({t[1]})"))
    return chain | bracket | inner.map(lambda t: (f"-{t[0]}", f"-{t[1]}"))


QUANTITIES = st.recursive(numbers(), reckonings, max_leaves=6)
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


@st.composite
def comparisons(draw: st.DrawFn) -> Pair:
    ours, python = draw(QUANTITIES)
    for _ in range(draw(st.integers(1, 3))):
        sign, (right, right_python) = draw(SIGNS), draw(QUANTITIES)
        ours, python = f"{ours} {sign} {right}", f"{python} {sign} {right_python}"
    return ours, python


def joined(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    both = st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
        lambda t: (f"{t[0][0]} {t[1]} {t[2][0]}", f"{t[0][1]} {t[1]} {t[2][1]}")
    )
    bracket = inner.map(lambda t: (f"({t[0]})", f"({t[1]})"))
    return both | bracket | inner.map(lambda t: (f"not {t[0]}", f"not {t[1]}"))


CONDITIONS = st.recursive(comparisons(), joined, max_leaves=5)
VALUES = st.integers(-5, 5) | st.decimals(-3, 3, places=2) | st.sampled_from([0.1, 0.3, 2.5, 0.0, -1.75])
FACT_SETS = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))


def python_says(text: str, facts: Mapping[str, Any]) -> bool | None:
    scope = {name: Fraction(str(value)) for name, value in facts.items()}
    try:
        return bool(eval(text, {"__builtins__": {}, "F": Fraction}, scope))  # noqa: S307 — text made right here
    except ZeroDivisionError:
        return None


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, FACT_SETS)
def test_conditions_mean_what_python_says(pair: Pair, facts: dict[str, Any]) -> None:
    ours, python = pair
    assume(len(ours) <= LONGEST)
    verdict = parse(ours, NAMES).judge(facts)
    expected = python_says(python, facts)
    if expected is not None:
        assert verdict.outcome is (Outcome.TRUE if expected else Outcome.FALSE)
        assert verdict.because
    elif verdict.outcome is Outcome.UNJUDGED:
        assert any("divides by zero" in problem for problem in verdict.problems)
    assert verdict.missing == ()


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, FACT_SETS, FACT_SETS, st.sets(st.sampled_from(NAMES), min_size=1))
def test_what_is_judged_without_a_fact_holds_whatever_the_fact_is(
    pair: Pair, facts: dict[str, Any], others: dict[str, Any], lost: set[str]
) -> None:
    condition = parse(pair[0], NAMES)
    with_gaps = condition.judge({name: None if name in lost else value for name, value in facts.items()})
    if with_gaps.outcome is Outcome.UNJUDGED:
        assert set(with_gaps.missing) <= lost
        assert set(with_gaps.missing) <= set(condition.names)
        return
    filled = condition.judge({name: others[name] if name in lost else value for name, value in facts.items()})
    assert filled.outcome is with_gaps.outcome


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list("ab <>=!()+-*/%'\"._,0123456789&|\\")) | st.characters(), max_size=40))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse(text, NAMES).judge(dict.fromkeys(NAMES, 1)).outcome in Outcome


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, FACT_SETS)
def test_every_reason_given_is_true_as_written(pair: Pair, facts: dict[str, Any]) -> None:
    """The phrases hold for the figures they show, rounded or not."""
    words = {"is below": "<", "is at most": "<=", "is above": ">", "is at least": ">=", "is equal to": "=="}
    for phrase in parse(pair[0], NAMES).judge(facts).because:
        found = next((text for text in words if f" {text} " in phrase), "is not")
        sides = [side.rpartition(" = ")[2] for side in phrase.split(f" {found} ", 1)]
        left, right = (f"F('{side}')" if "%" not in side else f"F('{side[:-1]}') / 100" for side in sides)
        assert python_says(f"{left} {words.get(found, '!=')} {right}", {}) is True
