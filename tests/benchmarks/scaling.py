"""Seconds and proven gap against the size of a fleet, as a picture: `python -m tests.benchmarks.scaling`.

Writes docs/scaling.svg. The problems are those of `optimizer` and `couplings`, each solved once after a first use, to
the gaps that are asked for there.
"""

from pathlib import Path
from time import perf_counter
from typing import Any

import vl_convert

from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.pairwise.solving import solved
from placement.optimizer.warm import ready
from tests.benchmarks.coupled_problems import coupled
from tests.benchmarks.couplings import LIMITS, of_arrays
from tests.benchmarks.optimizer import GAP
from tests.benchmarks.pairwise_problems import asked

SIZES = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
FREE, TIED = "no couplings", "quotas and spot shares"
PICTURE = Path(__file__).parents[2] / "docs" / "scaling.svg"


def measured(size: int) -> list[dict[str, Any]]:
    """A point without couplings, and one with them."""
    problem, points = asked(size), []
    began = perf_counter()
    found = solved(Oracle(problem.graph), problem.usd, problem.costs, passes=200, gap=GAP, threads=2)
    points.append((FREE, perf_counter() - began, (found.value - found.bound) / found.value))
    gap, limit_s = next(asked_for for most, asked_for in LIMITS.items() if size <= most)
    tied = coupled(problem)
    began = perf_counter()
    bound, value = of_arrays(tied, gap, limit_s)
    points.append((TIED, perf_counter() - began, (value - bound) / value))
    return [{"workloads": size, "problem": name, "seconds": s, "gap": g} for name, s, g in points]


def chart(points: list[dict[str, Any]]) -> dict[str, Any]:
    """Two panels side by side, on logarithmic scales."""

    def panel(field: str, title: str) -> dict[str, Any]:
        scale = {"type": "log"}
        return {
            "width": 320,
            "height": 240,
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {"field": "workloads", "type": "quantitative", "scale": scale, "title": "workloads"},
                "y": {"field": field, "type": "quantitative", "scale": scale, "title": title},
                "color": {"field": "problem", "type": "nominal", "title": None, "legend": {"orient": "bottom"}},
                "strokeDash": {"field": "problem", "type": "nominal", "legend": None},
            },
        }

    panels = [panel("seconds", "seconds, 2 cores"), panel("gap", "proven gap")]
    return {"data": {"values": points}, "background": "white", "hconcat": panels}


def main() -> None:
    ready()
    points: list[dict[str, Any]] = []
    for size in SIZES:
        found = measured(size)
        points += found
        told = ", ".join(f"{p['problem']} {p['seconds']:.2f} s, gap {p['gap']:.1e}" for p in found)
        print(f"{size:>7,} workloads: {told}", flush=True)  # noqa: T201
    PICTURE.write_text(vl_convert.vegalite_to_svg(chart(points), vl_version="5.21"), encoding="utf-8")


if __name__ == "__main__":
    main()
