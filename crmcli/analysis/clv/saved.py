"""A fitted model as JSON, to be used on other data: parameters, their covariance, and what they were fitted on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcli.analysis.clv.accuracy import Accuracy
from crmcli.analysis.clv.bg_nbd import BgNbd
from crmcli.analysis.clv.candidates import BG, CNBD, MBG, PARETO, Candidate
from crmcli.analysis.clv.fit import Fit
from crmcli.analysis.clv.gamma_gamma import GammaGamma
from crmcli.analysis.clv.mbg_cnbd import MbgCnbd
from crmcli.analysis.clv.mbg_nbd import MbgNbd
from crmcli.analysis.clv.pareto_nbd import ParetoNbd
from crmcli.analysis.clv.spending import Spending
from crmcli.errors import UsageError
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.analysis.clv.holdout import Holdout
    from crmcli.analysis.clv.ledger import Histories
    from crmcli.analysis.clv.model import Model, PurchaseModel
    from crmcli.analysis.clv.workbench import Workbench
    from crmcli.notes import Note

FORMAT = "crmcli clv model"
SCHEMA_VERSION = 1
"""Raised when a key changes its name or meaning."""

_SYMMETRY = 1e-9


def _blank(choice: str, k: int) -> PurchaseModel:
    """A model of a kind, its parameters to be set."""
    kinds: dict[str, PurchaseModel] = {
        BG: BgNbd(1.0, 1.0, 1.0, 1.0),
        MBG: MbgNbd(1.0, 1.0, 1.0, 1.0),
        PARETO: ParetoNbd(1.0, 1.0, 1.0, 1.0),
        CNBD: MbgCnbd(1.0, 1.0, 1.0, 1.0, k),
    }
    return kinds[choice]


@dataclass(frozen=True)
class SavedModel:
    """A purchase model and a spending model with what they were fitted on.

    Args:
        choice: bg, mbg, pareto or cnbd.
        fit: the purchase model.
        spending: the spending model.
        money: what value meant, in words.
        as_of: the end of the observation behind it.
        fingerprint: of the histories behind it.
    """

    choice: str
    fit: Fit[PurchaseModel]
    spending: Spending
    money: str
    as_of: dt.date
    fingerprint: str

    def candidate(self, holdout: Holdout | None) -> Candidate:
        """As the only model of a run. It is judged on the holdout, which it may have been fitted on."""
        if holdout is None:
            return Candidate(self.choice, self.fit)
        rows = holdout.histories.rows
        forecast = self.fit.model.expected_purchases(rows, holdout.days)[rows.index]
        return Candidate(self.choice, self.fit, self.fit, Accuracy.of(forecast, holdout.actual))


def fingerprint(histories: Histories) -> str:
    """What tells two data sets apart: a hash of all histories and their spending, whatever the customers are called."""
    digest = hashlib.sha256()
    order = np.lexsort((histories.mean_spend, histories.age_days, histories.t_x_days, histories.x))
    for values in (histories.x, histories.t_x_days, histories.age_days):
        digest.update(np.asarray(values[order], dtype="<i8").tobytes())
    digest.update(np.round(histories.mean_spend[order], 6).astype("<f8").tobytes())
    return digest.hexdigest()


def saved_text(bench: Workbench) -> str:
    """The chosen model of a run as JSON."""
    fit, spending = bench.fit, bench.spending
    document = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "model": bench.chosen.choice,
        "k": getattr(fit.model, "k", 1),
        "time_unit": "day",
        "purchases": _fit_document(fit),
        "spending": {"flat": spending.flat, "model": _fit_document(spending.fit) if spending.fit else None},
        "money": bench.worth.said,
        "as_of": bench.summary.as_of.isoformat(),
        "data": {
            "customers": len(bench.histories),
            "repeat_purchases": int(bench.histories.x.sum()),
            "fingerprint": fingerprint(bench.histories),
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _fit_document(fit: Fit[Any]) -> dict[str, Any]:
    return {
        "parameters": dict(zip(fit.model.parameter_names, map(float, fit.model.to_values()), strict=True)),
        "log_covariance": [[float(value) for value in row] for row in fit.covariance],
        "log_likelihood": fit.log_likelihood,
        "converged": fit.converged,
        "customers": fit.customers,
        "events": fit.events,
        "choices": fit.choices,
    }


def parse_saved(text: str, place: str) -> SavedModel:
    """Read a saved model back.

    Raises:
        UsageError: it is not what `saved_text` writes, in this version.
    """
    reader = _Reader(place)
    try:
        document = json.loads(text, parse_constant=reader.no_number)
    except json.JSONDecodeError as error:
        raise reader.wrong(f"is no JSON (line {error.lineno}: {error.msg})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise reader.wrong("is no saved model of clv")
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise reader.wrong(f"has schema version {version!r}; this crmcli reads {SCHEMA_VERSION}")
    return reader.saved(document)


class _Reader:
    """Checks every key, so that nothing half right is used."""

    def __init__(self, place: str) -> None:
        self.place = place

    def wrong(self, problem: str) -> UsageError:
        return UsageError(f"--use-model {self.place} {problem}", remedy="Write one with --save-model FILE.")

    def no_number(self, constant: str) -> float:
        raise self.wrong(f"holds {constant}, which is no number")

    def saved(self, document: Mapping[str, Any]) -> SavedModel:
        choice = self.of_type(document, "model", str)
        if choice not in {BG, MBG, PARETO, CNBD}:
            raise self.wrong(f"holds an unknown model {choice!r}")
        if self.of_type(document, "time_unit", str) != "day":
            raise self.wrong("counts time in another unit than days")
        k = self.of_type(document, "k", int)
        if not 1 <= k <= 4:  # noqa: PLR2004 — the regularities that there are
            raise self.wrong(f"has k = {k}")
        money = self.of_type(document, "spending", dict)
        model = money.get("model")
        spending_fit = None if model is None else self.fit(model, GammaGamma(1.0, 1.0, 1.0), "spending")
        return SavedModel(
            choice=choice,
            fit=self.fit(self.of_type(document, "purchases", dict), _blank(choice, k), "purchases"),
            spending=Spending(self.number(money, "flat"), spending_fit),
            money=self.of_type(document, "money", str),
            as_of=self.date(document, "as_of"),
            fingerprint=self.of_type(self.of_type(document, "data", dict), "fingerprint", str),
        )

    def fit(self, document: Mapping[str, Any], blank: Model, part: str) -> Fit[Any]:
        values = self.parameters(self.of_type(document, "parameters", dict), blank, part)
        return Fit(
            model=blank.with_values(values),
            covariance=self.covariance(self.of_type(document, "log_covariance", list), len(values), part),
            log_likelihood=self.number(document, "log_likelihood"),
            converged=self.of_type(document, "converged", bool),
            notes=(),
            customers=self.number(document, "customers"),
            events=self.number(document, "events"),
            choices=self.of_type(document, "choices", int),
        )

    def parameters(self, given: Mapping[str, Any], blank: Model, part: str) -> np.ndarray:
        if set(given) != set(blank.parameter_names):
            raise self.wrong(f"needs the parameters {', '.join(blank.parameter_names)} in {part!r}")
        values = np.array([self.number(given, name) for name in blank.parameter_names])
        if (values <= 0).any():
            raise self.wrong(f"holds a parameter in {part!r} that is not positive")
        return values

    def covariance(self, rows: list[Any], size: int, part: str) -> np.ndarray:
        flat = [value for row in rows if isinstance(row, list) for value in row]
        if len(rows) != size or len(flat) != size**2 or not all(map(self.is_number, flat)):
            raise self.wrong(f"needs a covariance of {size} × {size} numbers in {part!r}")
        matrix = np.array(rows, dtype=np.float64)
        symmetric = np.allclose(matrix, matrix.T, rtol=_SYMMETRY, atol=_SYMMETRY)
        if not symmetric or np.linalg.eigvalsh(matrix).min() < -_SYMMETRY:
            raise self.wrong(f"holds a matrix in {part!r} that is no covariance")
        return matrix

    def number(self, document: Mapping[str, Any], key: str) -> float:
        value = document.get(key)
        if not self.is_number(value):
            raise self.wrong(f"needs a number {key!r}")
        return float(value)  # type: ignore[arg-type]

    @staticmethod
    def is_number(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

    def of_type(self, document: Mapping[str, Any], key: str, kind: type[Any]) -> Any:
        value = document.get(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.wrong(f"has no sound {key!r}")
        return value

    def date(self, document: Mapping[str, Any], key: str) -> dt.date:
        try:
            return dt.date.fromisoformat(self.of_type(document, key, str))
        except ValueError:
            raise self.wrong(f"has no sound {key!r}") from None


def notes_on_use(bench: Workbench, saved: SavedModel) -> tuple[Note, ...]:
    """What to know about a saved model on the data of this run.

    Raises:
        UsageError: its spending is of other money.
    """
    if saved.money != bench.worth.said:
        raise UsageError(
            f"The saved model's spending is {saved.money}; this run counts {bench.worth.said}.",
            remedy="Give the same --value or --margin as when it was saved.",
        )
    if saved.fingerprint == fingerprint(bench.histories):
        text = "The saved model was fitted on the same data, so that its holdout figures are no test."
        return (info("clv_saved_model", text),)
    text = (
        f"The saved model was fitted on other data, as of {saved.as_of}; its holdout figures are no test of it there."
    )
    if bench.summary.as_of < saved.as_of:
        later = f"The saved model knows data up to {saved.as_of}, later than this as_of ({bench.summary.as_of})."
        return (warning("clv_saved_model_later", later),)
    return (info("clv_saved_model", text),)
