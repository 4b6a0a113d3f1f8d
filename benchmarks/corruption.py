"""Random corruptions of valid files: what becomes of them, and whether any number is silently wrong.

`python benchmarks/corruption.py [--seed TEXT] [--cases N] [--seconds S] [--kind K] [--shape S]` draws a fresh seed
unless one is given, prints a table by kind of corruption, and each silently wrong case with the words that replay it:
`--replay KIND/SHAPE/SEED`. It fails if there is one. The judge knows the rows of the clean files, and not how they are
read (see tests/helpers/corruptions.py).
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))

from corruptions import CORRUPTIONS, SHAPES, SILENT, VERDICTS, Case, judge

SHOWN_BYTES = 1_500
NAME_WIDTH = 36


def main() -> int:
    """Run the bench, or replay one case; 1 if any case is silently wrong."""
    options = _options()
    if options.replay:
        return _replay(Case(*options.replay.split("/")))
    seed = options.seed or secrets.token_hex(4)
    print(f"seed {seed}")
    counts, silent, cases, seconds = _run(seed, options)
    _print_table(counts)
    print(f"\n{cases:,} cases in {seconds:.0f} s; silently wrong: {len(silent)}")
    for case in silent[:20]:
        print(f"  --replay '{case.kind}/{case.shape}/{case.seed}'")
    return 1 if silent else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", help="text that decides all cases; fresh and printed if not given")
    parser.add_argument("--cases", type=int, default=4_000, help="number of cases")
    parser.add_argument("--seconds", type=float, default=110.0, help="stop after this time")
    parser.add_argument("--kind", choices=sorted(CORRUPTIONS), help="only this corruption")
    parser.add_argument("--shape", choices=sorted(SHAPES), help="only files of this shape")
    parser.add_argument("--replay", metavar="KIND/SHAPE/SEED", help="show one case")
    return parser.parse_args()


def _run(seed: str, options: argparse.Namespace) -> tuple[Counter[tuple[str, str]], list[Case], int, float]:
    kinds = [options.kind] if options.kind else list(CORRUPTIONS)
    shapes = [options.shape] if options.shape else list(SHAPES)
    pairs = [(kind, shape) for shape in shapes for kind in kinds]
    counts, silent, start = Counter[tuple[str, str]](), list[Case](), time.monotonic()
    for number in range(options.cases):
        if time.monotonic() - start > options.seconds:
            break
        kind, shape = pairs[number % len(pairs)]
        case = Case(kind, shape, f"{seed}-{number}")
        file, damage = case.play()
        if damage is None or damage.content == file.content:
            continue
        verdict, _ = judge(file, damage)
        counts[kind, verdict] += 1
        if verdict == SILENT:
            silent.append(case)
    return counts, silent, counts.total(), time.monotonic() - start


def _print_table(counts: Counter[tuple[str, str]]) -> None:
    print(f"{'':<{NAME_WIDTH}}" + "".join(f"{verdict:>16}" for verdict in VERDICTS))
    for kind in [kind for kind in CORRUPTIONS if any(counts[kind, verdict] for verdict in VERDICTS)]:
        print(f"{kind:<{NAME_WIDTH}}" + "".join(f"{counts[kind, verdict]:>16,}" for verdict in VERDICTS))
    totals = (sum(count for (_, said), count in counts.items() if said == verdict) for verdict in VERDICTS)
    print(f"{'all':<{NAME_WIDTH}}" + "".join(f"{total:>16,}" for total in totals))


def _replay(case: Case) -> int:
    file, damage = case.play()
    if damage is None:
        print("This case holds nothing to corrupt.")
        return 0
    verdict, reading = judge(file, damage)
    place = next((n for n, (a, b) in enumerate(zip(file.content, damage.content, strict=False)) if a != b), 0)
    start = max(0, place - SHOWN_BYTES // 2)
    print(f"{verdict}; touched {sorted(damage.touched)}, lost {len(damage.lost)}; first difference at byte {place}")
    print(f"clean:   {file.content[start : start + SHOWN_BYTES]!r}")
    print(f"damaged: {damage.content[start : start + SHOWN_BYTES]!r}")
    print(f"refused: {reading.refused}" if reading.refused else f"bad rows: {list(reading.raw)}")
    clean = Counter(file.rows)
    for title, rows in (("missing", clean - reading.used), ("not in the clean file", reading.used - clean)):
        print(f"{title}: {'; '.join(f'{tuple(map(str, row))} x{count}' for row, count in list(rows.items())[:10])}")
    print(f"doubts: {list(reading.doubts)}")
    return int(verdict == SILENT)


if __name__ == "__main__":
    sys.exit(main())
