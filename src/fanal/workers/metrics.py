"""Metrics: how the streams are, for Prometheus to fetch from this machine."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fanal.model.stream import StreamState
from fanal.workers.health import Health

LOCAL = "127.0.0.1"

GAUGES: Mapping[str, str] = {
    "fanal_stream_up": "1 while the stream's server answers, 0 while it is lost, dead or ended.",
    "fanal_stream_dead": "1 while the stream is dead: refused for good, or without a word for too long.",
    "fanal_stream_lag_seconds": "From the newest post's own time until now; none before the first post.",
    "fanal_stream_rate": "Rows a second over the last minute.",
    "fanal_stream_waiting_rows": "Rows that arrived and are not committed.",
    "fanal_stream_commit_seconds": "From arrival to commit: the wait that a share of the rows did not exceed.",
}
COUNTERS: Mapping[str, str] = {
    "fanal_stream_rows": "Rows that arrived.",
    "fanal_stream_posts": "Of these, new posts.",
    "fanal_stream_signals": "Signals in these posts.",
    "fanal_stream_rejected": "Rows that were rejected.",
    "fanal_stream_lost": "Connections that were lost.",
}
"""Each with its meaning; a counter's name ends in `_total` where Prometheus reads it. Since this run began."""

QUANTILES = (0.5, 0.99)


class StreamMetrics(Collector):
    """Give the metrics of some streams when they are asked for."""

    def __init__(self, healths: Iterable[Health], *, clock: Callable[[], float]) -> None:
        """Take the streams, and a steady clock in seconds."""
        self._healths = list(healths)
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Return every metric; none of them tells of a post or an author."""
        labels = ["stream", "source"]
        gauges = {
            name: GaugeMetricFamily(
                name, what, labels=[*labels, "quantile"] if name.endswith("commit_seconds") else labels
            )
            for name, what in GAUGES.items()
        }
        counters = {name: CounterMetricFamily(name, what, labels=labels) for name, what in COUNTERS.items()}
        now = self._clock()
        for health in self._healths:
            own = [health.name, health.source]
            gauges["fanal_stream_up"].add_metric(own, float(health.state is StreamState.LIVE))
            gauges["fanal_stream_dead"].add_metric(own, float(health.state is StreamState.DEAD))
            gauges["fanal_stream_rate"].add_metric(own, health.rate(now))
            gauges["fanal_stream_waiting_rows"].add_metric(own, health.waiting)
            if (lag := health.lag()) is not None:
                gauges["fanal_stream_lag_seconds"].add_metric(own, lag)
            for share in QUANTILES:
                seconds = health.latency.quantile(share)
                if not math.isnan(seconds):
                    gauges["fanal_stream_commit_seconds"].add_metric([*own, f"{share:g}"], seconds)
            for name, value in {
                "fanal_stream_rows": health.rows,
                "fanal_stream_posts": health.posts,
                "fanal_stream_signals": health.signals,
                "fanal_stream_rejected": health.rejected,
                "fanal_stream_lost": health.lost,
            }.items():
                counters[name].add_metric(own, value)
        return [*gauges.values(), *counters.values()]


@contextmanager
def served(healths: Iterable[Health], *, port: int, clock: Callable[[], float]) -> Iterator[int]:
    """Serve the metrics on this machine alone while the block runs; give the port.

    Args:
        healths: of the streams.
        port: 0: any free one.
        clock: steady, in seconds.

    Raises:
        OSError: the port is taken.
    """
    registry = CollectorRegistry()
    registry.register(StreamMetrics(healths, clock=clock))
    server, thread = start_http_server(port, addr=LOCAL, registry=registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
