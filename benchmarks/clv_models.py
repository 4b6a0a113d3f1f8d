"""Fitting time of BG/NBD and Pareto/NBD beside the Python package lifetimes, and the difference in log-likelihood.

Both get the same summary (x, t_x, T in whole days, one line per customer) of simulated customers as arrays in memory
and each runs in a process of its own; the time is the CPU time of the fit alone (so that a busy machine does not
matter), from arrays to parameters, finding distinct rows included. The likelihood of both results is computed by
crmcli: a positive difference means that crmcli's is higher. lifetimes is installed into an environment made for the
purpose.

    python benchmarks/clv_models.py [--sizes 2400,24000,236000,1000000] [--repeats 3] [--peer-python PATH]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.bg_nbd import BgNbd, fit_bg_nbd
from crmcli.analysis.clv.pareto_nbd import ParetoNbd, fit_pareto_nbd
from crmcli.analysis.clv.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcli.analysis.clv.arrays import Ints
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.model import PurchaseModel

SIZES = "2400,24000,236000,1000000"
LARGEST_PARETO = 300_000
LARGE = 100_000
OBSERVED_DAYS = 730

PEER = """
import json, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
from lifetimes import BetaGeoFitter, ParetoNBDFitter
with np.load(sys.argv[1]) as data:
    x, t_x, age = (data[name].astype(float) for name in ("x", "t_x", "age"))
fitter = {"bg_nbd": BetaGeoFitter, "pareto_nbd": ParetoNBDFitter}[sys.argv[2]]
seconds, params, problem = [], None, None
for _ in range(int(sys.argv[3])):
    start = time.process_time()
    try:
        params = [float(value) for value in fitter().fit(x, t_x, age).params_]
    except Exception as error:
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
    seconds.append(time.process_time() - start)
print(json.dumps({"seconds": min(seconds), "params": params, "problem": problem}))
"""


@dataclass(frozen=True, slots=True)
class Contest:
    """A model that both sides know, with its parameters in the same order."""

    name: str
    fit: Callable[[Rows], Fit[PurchaseModel]]
    model: Callable[..., PurchaseModel]
    largest: int


CONTESTS = (
    Contest("bg_nbd", fit_bg_nbd, BgNbd, sys.maxsize),
    Contest("pareto_nbd", fit_pareto_nbd, ParetoNbd, LARGEST_PARETO),
)


def customers(size: int) -> tuple[Ints, Ints, Ints]:
    """Histories of customers won over two years, with gamma rates and lives whose rates are gamma; days merged."""
    generator = np.random.default_rng(size)
    age = generator.integers(1, OBSERVED_DAYS + 1, size)
    rate = generator.gamma(0.7, 1 / 25, size)
    active = np.minimum(generator.exponential(1 / generator.gamma(0.7, 1 / 120, size)), age)
    counts = generator.poisson(rate * active)
    customer = np.repeat(np.arange(size), counts)
    days = np.ceil(generator.random(len(customer)) * active[customer]).astype(np.int64)
    keys = np.unique(customer * 4096 + days)
    x = np.bincount(keys >> 12, minlength=size)
    last = np.zeros(size, np.int64)
    np.maximum.at(last, keys >> 12, keys & 4095)
    return x, last, age


def main() -> None:
    """Print a line per model and size."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        peer = Path(arguments.peer_python) if arguments.peer_python else _installed_peer(Path(folder))
        print(f"{'model':<12}{'customers':>10}{'rows':>9}{'crmcli s':>10}{'lifetimes s':>13}{'ratio':>8}{'ΔLL':>12}")
        for line in _lines(arguments, Path(folder), peer):
            print(line, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-python", help="an interpreter that has lifetimes; else one is installed")
    return parser.parse_args()


def _installed_peer(folder: Path) -> Path | None:
    """An interpreter with lifetimes, or None when it cannot be installed."""
    venv.create(folder / "peer", with_pip=True)
    python = folder / "peer" / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", "lifetimes"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"lifetimes cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
        return None
    return python


def _lines(arguments: argparse.Namespace, folder: Path, peer: Path | None) -> Iterator[str]:
    for size in map(int, arguments.sizes.split(",")):
        x, t_x, age = customers(size)
        path = folder / f"{size}.npz"
        np.savez(path, x=x, t_x=t_x, age=age)
        for contest in CONTESTS:
            yield _line(contest, (x, t_x, age), arguments.repeats, peer if size <= contest.largest else None, path)


def _line(contest: Contest, histories: tuple[Ints, Ints, Ints], repeats: int, peer: Path | None, path: Path) -> str:
    seconds, fit, rows = _own(contest, histories, repeats)
    line = f"{contest.name:<12}{len(histories[0]):>10,}{len(rows):>9,}{seconds:>10.3f}"
    if peer is None:
        return f"{line}{'not run':>13}"
    answer = subprocess.run(
        [peer, "-c", PEER, path, contest.name, str(repeats if len(histories[0]) < LARGE else 1)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(answer.stdout.splitlines()[-1])
    line += f"{found['seconds']:>13.3f}{found['seconds'] / seconds:>8.0f}"
    if found["params"] is None:
        return f"{line}   lifetimes failed: {found['problem']}"
    theirs = rows.total(contest.model(*found["params"]).log_likelihood(rows))
    return f"{line}{fit.log_likelihood - theirs:>12.6f}"


def _own(contest: Contest, histories: tuple[Ints, Ints, Ints], repeats: int) -> tuple[float, Fit[PurchaseModel], Rows]:
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        rows = Rows.of(*histories)
        fit = contest.fit(rows)
        seconds.append(time.process_time() - start)
    return min(seconds), fit, rows


if __name__ == "__main__":
    main()
