"""Read the metrics of this process as Prometheus would."""

from prometheus_client import REGISTRY

from shared import metrics

# Parts of both processes run in the test's.
metrics.export("api")
metrics.export("worker")


def metric_value(name: str, **labels: str) -> float:
    """Return the value of a sample, or 0 if it was never recorded."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


class MetricIncrease:
    """How much a counter has risen since this object was created."""

    def __init__(self, name: str, **labels: str) -> None:
        self._name = name
        self._labels = labels
        self._before = metric_value(name, **labels)

    @property
    def value(self) -> float:
        return metric_value(self._name, **self._labels) - self._before
