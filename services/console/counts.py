"""What the console counts of itself, for `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = Histogram(
    "attune_console_request_seconds",
    "Time to answer, by route and status.",
    ["route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5),
)
REFRESH_SECONDS = Gauge("attune_console_refresh_seconds", "How long the last refresh took.", ["what"])
ACTIONS = Counter("attune_console_actions_total", "What people did, by action and outcome.", ["action", "outcome"])
