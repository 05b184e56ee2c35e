"""The plot of how a scan's cost grows, as an SVG drawing of two logarithmic axes."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT, EDGE = 640, 400, 64
COLOURS = ("#1b6ca8", "#c2571a", "#3f7d3f", "#7a4f9a")


def svg(points: Sequence[dict[str, float]], power: float) -> str:
    """Return the drawing: a line for each window, seconds over areas × days.

    Args:
        points: of `scans.growth`.
        power: of `scans.slope`.

    >>> svg([{"areas": n, "days": 8, "seconds": n / 100} for n in (1, 10)], 1.0).startswith("<svg")
    True
    """
    sizes = [math.log10(one["areas"] * one["days"]) for one in points]
    times = [math.log10(one["seconds"]) for one in points]
    left, right = math.floor(min(sizes)), math.ceil(max(sizes))
    low, high = math.floor(min(times)), math.ceil(max(times))

    def across(size: float) -> float:
        return EDGE + (size - left) / max(right - left, 1) * (WIDTH - 2 * EDGE)

    def up(time: float) -> float:
        return HEIGHT - EDGE - (time - low) / max(high - low, 1) * (HEIGHT - 2 * EDGE)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<style>text { font: 13px sans-serif }</style>",
        f"<title>{escape('Seconds of a scan over areas × days of the longest window')}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for size in range(left, right + 1):
        parts += [
            f'<line x1="{across(size):.1f}" x2="{across(size):.1f}" y1="{EDGE}" y2="{HEIGHT - EDGE}" stroke="#ddd"/>',
            f'<text x="{across(size):.1f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{10**size:,}</text>',
        ]
    for time in range(low, high + 1):
        parts += [
            f'<line x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{up(time):.1f}" y2="{up(time):.1f}" stroke="#ddd"/>',
            f'<text x="{EDGE - 8}" y="{up(time) + 4:.1f}" text-anchor="end">{10.0**time:g} s</text>',
        ]
    for colour, days in zip(COLOURS, sorted({one["days"] for one in points}), strict=False):
        own = [
            f"{across(size):.1f},{up(time):.1f}"
            for one, size, time in zip(points, sizes, times, strict=True)
            if one["days"] == days
        ]
        parts.append(f'<polyline points="{" ".join(own)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in (spot.split(",") for spot in own)
        ]
        x, y = own[-1].split(",")
        parts.append(f'<text x="{float(x) + 8:.1f}" y="{y}" fill="{colour}">{days:g} days</text>')
    parts += [
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 16}" text-anchor="middle">areas × days of the longest window</text>',
        f'<text x="{EDGE}" y="{EDGE - 24}">seconds on two cores; grows with the power {power:g}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
