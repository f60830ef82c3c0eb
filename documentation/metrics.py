"""The metrics, from the registries of the services."""

from importlib import import_module

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from documentation import markdown
from documentation.markdown import code

SERVICES = ("ingest", "projector", "alerts", "console")
ABOUT = """
Each service answers `/metrics` in Prometheus' text format; beside these there are those of every Python process.
Rules for what is wrong with attune itself are in `deploy/prometheus/attune.rules.yml`, a dashboard in
`deploy/grafana/dashboards`. [Watching attune](../observability.md) says what to look at."""


def page() -> str:
    """Return the page."""
    for module in (*(f"services.{service}.counts" for service in SERVICES), "shared.plumbing.queue_counts"):
        import_module(module)
    rows = sorted(_row(its) for its in _ours())
    return markdown.page("Metrics", ABOUT, markdown.table(["Metric", "Type", "Labels", "Meaning"], rows))


def _ours() -> list[MetricWrapperBase]:
    # The registry shows samples only; a metric with labels has none before it is counted.
    found = {id(its): its for its in REGISTRY._collector_to_names if isinstance(its, MetricWrapperBase)}  # noqa: SLF001 -- listed nowhere else
    return [its for its in found.values() if its._name.startswith("attune_")]  # noqa: SLF001 -- see above


def _row(metric: MetricWrapperBase) -> tuple[str, str, str, str]:
    [described, *_] = metric.describe()
    ending = "_total" if described.type == "counter" else ""
    labels = ", ".join(code(label) for label in metric._labelnames)  # noqa: SLF001 -- shown nowhere else
    return code(described.name + ending), described.type, labels, described.documentation
