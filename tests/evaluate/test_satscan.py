"""SaTScan's and FleXScan's own result files for New York, cluster by cluster, through the files that a user gives."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fanal.evaluate import cases, scanned
from fanal.evaluate.scanned import Distance, How, ScanModel

pytestmark = pytest.mark.shared

REPLICATES = 999


@dataclass(frozen=True, slots=True)
class Printed:
    """Hold a cluster as the reference prints it."""

    areas: frozenset[str]
    observed: int
    expected: float | None
    risk: float | None
    llr: float
    digits: int  # of the ratio, behind the point
    p_value: float


def printed(path: Path) -> list[Printed]:
    """Read the clusters of a result file of SaTScan or FleXScan."""
    text = path.read_text(encoding="utf-8").split("PARAMETER SETTINGS")[0].replace("\r", "")
    found = []
    for block in re.split(r"\n(?=\d+\.(?:Location|Census))", text)[1:]:
        told = dict(
            re.findall(
                r"^ *(?:\d+\.)?([A-Z][\w /-]+?) ?\.*: (.*(?:\n {20,}[\d, ]+)*)", block, flags=re.MULTILINE
            )
        )
        areas = told.get("Location IDs included") or told["Census areas included"]
        llr = told.get("Log likelihood ratio") or told["Statistic value"]
        found.append(
            Printed(
                areas=frozenset(re.findall(r"\d+", areas)),
                observed=int(told["Number of cases"]),
                expected=float(told["Expected cases"]) if "Expected cases" in told else None,
                risk=float(told["Relative risk"]) if "Relative risk" in told else None,
                llr=float(llr),
                digits=len(llr.strip().split(".")[1]),
                p_value=float(told["P-value"]),
            )
        )
    return found


@pytest.fixture(scope="module")
def new_york(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write the two tables, with the cases floored as they were for SaTScan."""
    folder = tmp_path_factory.mktemp("ny")
    with (shared_data / "scan_benchmarks" / "smerc" / "nydf.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    counted, placed = folder / "cases.csv", folder / "areas.csv"
    with counted.open("w", encoding="utf-8") as file:
        file.write("area,cases,population\n")
        file.writelines(
            f"{n},{int(float(row['cases']))},{row['population']}\n" for n, row in enumerate(rows, start=1)
        )
    with placed.open("w", encoding="utf-8") as file:
        file.write("area,lon,lat\n")
        file.writelines(f"{n},{row['longitude']},{row['latitude']}\n" for n, row in enumerate(rows, start=1))
    return counted, placed


PLANE, EARTH = Distance.EUCLIDEAN, Distance.GREAT_CIRCLE


@pytest.mark.parametrize(
    ("name", "model", "distance", "share", "most"),
    [
        ("scan_test_ny_poisson_circular_longlat.txt", ScanModel.POISSON, EARTH, 0.5, None),
        ("scan_test_ny_poisson_circular_cartesian.txt", ScanModel.POISSON, PLANE, 0.5, None),
        ("scan_test_ny_poisson_circular_cartesian_ubpop_10percent.txt", ScanModel.POISSON, PLANE, 0.1, None),
        ("satscan_ny_out.txt", ScanModel.POISSON, PLANE, 0.1, None),
        ("ny.txt", ScanModel.POISSON, PLANE, 0.5, None),
        ("scan_test_ny_binomial_10nn_cartesian.out", ScanModel.BINOMIAL, EARTH, 1.0, 10),
    ],
)
def test_clusters_are_printed_alike(shared_data, new_york, name, model, distance, share, most) -> None:
    reference = printed(shared_data / "scan_benchmarks" / "smerc" / "satscan_reference" / name)
    assert len(reference) >= 5
    how = How(
        model=model,
        distance=distance,
        max_population=share,
        max_areas=most,
        max_days=None,
        prospective=False,
        replicates=REPLICATES,
        stop_after=0,
    )
    given = cases.read(*new_york, time=None, degrees=distance is EARTH)
    found = scanned.scan(given, new_york[0], how, rng=np.random.Generator(np.random.PCG64(1)))
    for ours, theirs in zip(found, reference, strict=False):
        assert round(ours["llr"], theirs.digits) == theirs.llr
        assert frozenset(ours["areas"]) == theirs.areas
        assert ours["observed"] == theirs.observed
        if theirs.expected is not None:
            assert f"{ours['expected']:.2f}" == f"{theirs.expected:.2f}"
            assert f"{ours['relative_risk']:.2f}" == f"{theirs.risk:.2f}"
        error = 4 * np.sqrt(2 * theirs.p_value * (1 - theirs.p_value) / REPLICATES) + 2 / REPLICATES
        assert abs(ours["p_value"] - theirs.p_value) <= error
    assert found[0]["gumbel_p_value"] == pytest.approx(reference[0].p_value, abs=0.005)
