"""The cylinder: one cluster of a scan, areas with a window of time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cylinder:
    """Hold one cluster of a scan."""

    areas: tuple[int, ...]  # row numbers, ascending
    window: tuple[int, int]  # first and last period, row numbers
    observed: int
    expected: float  # scaled to the observed total, but for the expectation-based scan
    relative_risk: float  # inside against outside, infinite when nothing is outside; or against the forecast
    llr: float  # log-likelihood ratio, above 0
    p_value: float  # from 1 / (replicates + 1) to 1
    replicates: int  # those that the p-value was taken from
    gumbel_p_value: float = 1.0  # from a Gumbel distribution of the replicates, 0 to 1
    centre: int = -1  # row number of the area whose neighbours these are
