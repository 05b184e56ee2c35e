"""Scans in the bench: the plain loop finds what the fast one does, and the figures are of real runs."""

import xml.etree.ElementTree as ET

import numpy as np

from fanal.bench import plain_scan, plot, scans
from fanal.bench.scans import Size
from fanal.risk import replicates, sweep
from fanal.risk.ratio import POISSON
from fanal.risk.window import prospective

SMALL = Size(areas=40, share=0.3, neighbours=None, wanted=100)


def test_the_plain_loop_finds_the_same() -> None:
    study = scans.made(SMALL, days=40)
    total = int(study.counts.sum())
    scaled = study.expected * (total / study.expected.sum())
    rng = np.random.Generator(np.random.PCG64(1))
    drawn, totals = replicates.over_study(total, study.expected, 10)(rng, 9)
    zones, windows = study.zones, prospective(10)
    plain = plain_scan.highest(drawn, scaled[-10:], zones.members, zones.offsets, float(total))
    sums = np.zeros((40, 11))
    sums[:, 1:] = np.cumsum(scaled[:-11:-1], axis=0).T
    order = np.arange(40, dtype=np.int32)
    about = (sums, zones.members, zones.offsets, order, windows.newest, windows.oldest)
    ours = sweep.highest(sweep.side_by_side(drawn), totals, *about, POISSON, float(total), 2)
    np.testing.assert_allclose(ours, plain, atol=1e-9)


def test_a_size_is_measured_and_its_growth_drawn() -> None:
    told: list[str] = []
    (one,) = scans.measure(1, told.append, [SMALL])
    assert told == [SMALL.what]
    assert 0 < one["seconds"] < one["wanted_seconds"]
    assert one["plain_to_ours"] > 0
    assert one["peak_rss_mb"] > 50
    grown = scans.growth(told.append, [30, 60])
    assert [(point["areas"], point["days"]) for point in grown] == [
        (n, d) for n in (30, 60) for d in (8, 16, 32)
    ]
    root = ET.fromstring(plot.svg(grown, scans.slope(grown)))  # noqa: S314 - our own
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 3
