"""Charts as SVG, drawn once wide and once narrow; their colours are those of the page around them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from placement.domain.money import MicroUsd, amount_in_usd
from placement.report_file.extra import needing
from placement.reports.figures import Figures, ends_at_midnight
from placement.reports.report import Report

Spec = dict[str, Any]
_VEGA_LITE = "5.21"
_WIDTHS = {"wide": 1030, "narrow": 345}
_INK, _MUTED, _RULE = "var(--ink)", "var(--muted)", "var(--rule)"
_CONFIG: Spec = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": _MUTED,
        "titleColor": _MUTED,
        "gridColor": _RULE,
        "domainColor": _RULE,
        "tickColor": _RULE,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    },
    "legend": {"labelColor": _INK, "labelFontSize": 12, "orient": "top", "title": None, "symbolStrokeWidth": 3},
}
_TERMS = {
    "compute": "var(--actual)",
    "interruption": "var(--bad)",
    "egress": "var(--best)",
    "storage": "var(--home)",
    "migration": "var(--muted)",
}
_OTHERS = "other regions"
_MOST_REGIONS = 10
"""That have bars of their own."""
_SERIES = (("Baseline", "var(--home)"), ("Actual", "var(--actual)"), ("Best in hindsight", "var(--best)"))
_DASHES = ([1, 0], [1, 0], [7, 7])
_FEW_DAYS = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart, twice; SVG without scripts or anything from outside."""

    title: str
    wide: str
    narrow: str


def charts(report: Report, figures: Figures) -> tuple[Chart, ...]:
    """What the days cost, the bridge from baseline to actual, and what was paid where; nothing where there is nothing
    to draw."""
    if not figures.days:
        return ()
    with needing("vl-convert-python", "html"):
        import vl_convert
    drawn = []
    for title, spec in (
        ("USD a day", _days(report, figures)),
        ("From baseline to actual, USD", _bridge(figures)),
        ("Where the money went, USD", _regions(report, figures)),
    ):
        pictures = {
            name: vl_convert.vegalite_to_svg(
                json.dumps(spec | {"width": width, "autosize": {"type": "fit-x", "contains": "padding"}}),
                vl_version=_VEGA_LITE,
            )
            for name, width in _WIDTHS.items()
        }
        drawn.append(Chart(title, **pictures))
    return tuple(drawn)


def _days(report: Report, figures: Figures) -> Spec:
    names = [name for name, _ in _SERIES]
    # A day that is not over would look like a fall, unless there is no other; the last step needs an end.
    days = figures.days if ends_at_midnight(report) else figures.days[:-1] or figures.days
    last = days[-1]
    # Between days of which there are few there would be ticks of the same name.
    few: Spec = {"tickCount": {"interval": "day", "step": 1}} if len(days) < _FEW_DAYS else {}
    values: list[Spec] = [
        {"day": day.isoformat(), "what": name, "usd": amount_in_usd(amount)}
        for day, group in (*days, (last[0] + timedelta(days=1), last[1]))
        for name, amount in zip(names, (group.home, group.actual, group.best), strict=True)
    ]
    return {
        "data": {"values": values},
        "height": 220,
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "timeUnit": "utcyearmonthdate",
                "axis": {"title": None, "format": "%-d %b", "labelOverlap": True, "grid": False} | few,
            },
            "y": {
                "field": "usd",
                "type": "quantitative",
                "scale": {"zero": True},
                "axis": {"title": None, "format": _ticks(each["usd"] for each in values), "tickCount": 5},
            },
            "color": {
                "field": "what",
                "type": "nominal",
                "scale": {"domain": names, "range": [colour for _, colour in _SERIES]},
            },
            # Often the best is what was done: both are seen where one line lies on the other.
            "strokeDash": {"field": "what", "type": "nominal", "scale": {"domain": names, "range": _DASHES}},
        },
        "config": _CONFIG,
    }


def _bridge(figures: Figures) -> Spec:
    bridge, values, level = figures.bridge, list[Spec](), 0
    for name, amount, kind in (
        ("Frozen", bridge.frozen, "sum"),
        ("Volume", bridge.volume, "step"),
        ("Price", bridge.price, "step"),
        ("Baseline", bridge.home, "sum"),
        ("Mix", bridge.mix, "step"),
        ("Egress", bridge.egress, "step"),
        ("Moves", bridge.moves, "step"),
        ("Actual", bridge.actual, "sum"),
    ):
        before, level = (0, amount) if kind == "sum" else (level, level + amount)
        colour = kind if kind == "sum" else ("dearer" if amount > 0 else "cheaper")
        low, high = sorted((amount_in_usd(before), amount_in_usd(level)))  # type: ignore[arg-type]
        values.append(
            {"step": name, "low": low, "high": high, "what": colour, "words": _short(amount_in_usd(amount), kind)}
        )
    colours = {"sum": "var(--muted)", "cheaper": "var(--good)", "dearer": "var(--bad)"}
    axis: Spec = {
        "title": None,
        "labelAngle": 0,
        "labelColor": _INK,
        "labelFontSize": 11,
        "ticks": False,
        "domain": False,
    }
    return {
        "data": {"values": values},
        "height": 240,
        "encoding": {"y": {"field": "step", "type": "nominal", "sort": None, "axis": axis}},
        "layer": [
            {
                "mark": {"type": "bar", "height": 16, "minBandSize": 1},
                "encoding": {
                    "x": {
                        "field": "low",
                        "type": "quantitative",
                        "axis": {"title": None, "format": _ticks(each["high"] for each in values), "tickCount": 4},
                        "scale": {"nice": False, "padding": 64},
                    },
                    "x2": {"field": "high"},
                    "color": {
                        "field": "what",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"domain": list(colours), "range": list(colours.values())},
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 11, "color": _INK},
                "encoding": {"x": {"field": "high", "type": "quantitative"}, "text": {"field": "words"}},
            },
        ],
        "config": _CONFIG,
    }


def _regions(report: Report, figures: Figures) -> Spec:
    """The dearest regions, by what was paid for there."""
    names = [share.name for share in figures.regions[:_MOST_REGIONS]]
    sums: dict[tuple[str, str], int] = {}
    for charge in report.charges:
        key = (charge.region if charge.region in names else _OTHERS, charge.term)
        sums[key] = sums.get(key, 0) + charge.amount
    values: list[Spec] = [
        {"region": region, "term": term, "usd": amount_in_usd(MicroUsd(amount))}
        for (region, term), amount in sums.items()
    ]
    shown = [term for term in _TERMS if any(value["term"] == term for value in values)]
    axis: Spec = {
        "title": None,
        "labelColor": _INK,
        "minExtent": 125,
        "labelLimit": 120,
        "ticks": False,
        "domain": False,
    }
    return {
        "data": {"values": values},
        "height": {"step": 24},
        "mark": {"type": "bar", "height": 16},
        "encoding": {
            "y": {"field": "region", "type": "nominal", "sort": [*names, _OTHERS], "axis": axis},
            "x": {
                "field": "usd",
                "type": "quantitative",
                "aggregate": "sum",
                "axis": {"title": None, "format": _ticks(each["usd"] for each in values), "tickCount": 4},
            },
            "color": {
                "field": "term",
                "type": "nominal",
                "scale": {"domain": shown, "range": [_TERMS[term] for term in shown]},
                "legend": {"columns": 2},
            },
        },
        "config": _CONFIG,
    }


def _ticks(usd: Iterable[float]) -> str:
    """Thousands as 1k; below that d3 would write 20m for 0.02, which nobody reads as two cents."""
    return "~s" if max(map(abs, usd)) >= 1000 else ",~f"


def _short(usd: float, kind: str) -> str:
    decimals = 0 if abs(usd) >= 100 else 2
    return f"{usd:z,.{decimals}f}" if kind == "sum" else f"{usd:+z,.{decimals}f}"
