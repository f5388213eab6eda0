"""Alerts and dashboard name only metrics and labels that exist; promtool checks the rules where it is."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from shared import metrics
from shared.settings import ROOT

RULES: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())
SCRAPE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/scrape.yml").read_text())
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
DEPLOYMENT = (ROOT / "docs/deployment.md").read_text()

ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
EXPRESSIONS = [alert["expr"] for alert in ALERTS] + [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
]
# Labels that Prometheus itself adds.
ADDED_LABELS = {"job", "instance", "le"}


# The endings of the series of each type.
ENDINGS: dict[type, tuple[str, ...]] = {
    Counter: ("_total",),
    Histogram: ("_bucket", "_sum", "_count"),
    Gauge: ("",),
}


def labels_by_name() -> dict[str, set[str]]:
    """Return the labels of each series that /metrics of an API process or a worker shows."""
    found: dict[str, set[str]] = {"up": set()}
    for metric in vars(metrics).values():
        for ending in ENDINGS.get(type(metric), ()):
            found[metric._name + ending] = set(metric._labelnames)
    return found


SERIES = labels_by_name()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_metrics_and_labels_of_an_expression_exist(expression: str) -> None:
    names = set(re.findall(r"\b(?:livelist_[a-z_]+|up)\b", expression))

    assert names
    assert names <= SERIES.keys()
    labels = set().union(*(SERIES[name] for name in names)) | ADDED_LABELS
    used = re.findall(r"by \(([^)]+)\)", expression) + re.findall(r"(\w+)=", expression)
    for label in ",".join(used).replace(" ", "").split(","):
        assert not label or label in labels


def test_every_alert_has_a_severity_a_summary_and_a_row_in_the_documentation() -> None:
    for alert in ALERTS:
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert alert["annotations"]["summary"].endswith(".")
        assert f"| `{alert['alert']}` |" in DEPLOYMENT
    documented = set(re.findall(r"^\| `(Livelist\w+)` \|", DEPLOYMENT, re.MULTILINE))
    assert documented == {alert["alert"] for alert in ALERTS}


def test_the_scrape_example_names_the_rules_and_the_jobs_of_the_alerts() -> None:
    assert SCRAPE["rule_files"] == ["rules.yml"]
    jobs = {job["job_name"] for job in SCRAPE["scrape_configs"]}
    assert {name for alert in EXPRESSIONS for name in re.findall(r'job="([^"]+)"', alert)} <= jobs


def test_the_panels_of_the_dashboard_have_places_and_ids_of_their_own() -> None:
    panels = DASHBOARD["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["datasource"]["uid"] == "${datasource}"


BORN_AT_ONE = """
rule_files: [RULES]
tests:
  - interval: 30s
    input_series:
      - series: 'livelist_http_requests_total{instance="a", route="/x", status="500"}'
        values: "_x20 1x60"
      - series: 'livelist_sweep_failures_total{instance="a", step="reminders"}'
        values: "_x20 1x60"
    alert_rule_test:
      - eval_time: 12m
        alertname: LivelistServerErrors
        exp_alerts:
          - exp_labels: {severity: warning, route: /x}
            exp_annotations: {summary: Requests to /x fail with 500.}
      - eval_time: 30m
        alertname: LivelistServerErrors
        exp_alerts: []
      - eval_time: 17m
        alertname: LivelistSweepFailures
        exp_alerts:
          - exp_labels: {severity: warning, step: reminders}
            exp_annotations: {summary: Step reminders of the workers' sweeps fails.}
      - eval_time: 35m
        alertname: LivelistSweepFailures
        exp_alerts: []
"""


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool on PATH")
def test_a_counter_that_begins_at_one_alerts(tmp_path: Path) -> None:
    rules = str(ROOT / "deploy/prometheus/rules.yml")
    (tmp_path / "test.yml").write_text(BORN_AT_ONE.replace("RULES", rules))

    command = ["promtool", "test", "rules", str(tmp_path / "test.yml")]
    found = subprocess.run(command, capture_output=True, text=True)

    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool on PATH")
def test_promtool_accepts_the_rules() -> None:
    command = ["promtool", "check", "rules", str(ROOT / "deploy/prometheus/rules.yml")]
    found = subprocess.run(command, capture_output=True, text=True)

    assert found.returncode == 0, found.stderr
