import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.alerts.policy import read_policy
from shared.plumbing.embedded import nats, sources
from shared.plumbing.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
OF_EVERY_SERIES = {"job", "instance"}
OF_EVERY_PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
METRIC = re.compile(r"\b(?:attune|process)_[a-z_]+")


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    composed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return composed


def known_metrics() -> dict[str, set[str]]:
    """Return every metric that is shown, by each of its names, with its labels as the reference has them."""
    known = {name: set[str]() for name in (*OF_EVERY_PROCESS, "up")}
    for line in (ROOT / "docs" / "reference" / "metrics.md").read_text().splitlines():
        if line.startswith("| `attune_"):
            name, kind, labels = (cell.strip() for cell in line.split("|")[1:4])
            endings = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
            its = set(re.findall(r"`(\w+)`", labels)) | ({"le"} if kind == "histogram" else set())
            known |= {name.strip("`") + ending: its for ending in endings}
    return known


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load((DEPLOY / "prometheus" / "attune.rules.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DEPLOY / "grafana" / "dashboards" / "attune.json").read_text())["panels"]
    return found


def expressions() -> list[str]:
    """Return every question that rules and panels ask Prometheus."""
    return [rule["expr"] for rule in rules()] + [target["expr"] for panel in panels() for target in panel["targets"]]


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is absent: it is in Debian's package prometheus")
    return found


def test_every_container_is_bounded_and_may_do_nothing_it_need_not(composed: dict[str, Any]) -> None:
    for name, service in composed["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert "@sha256" in service["image"] or re.search(r":\D*\d+\.\d+", service["image"]), name


def test_ports_are_open_to_this_machine_only_unless_told_otherwise(composed: dict[str, Any]) -> None:
    ports = [port for service in composed["services"].values() for port in service.get("ports", ())]

    assert ports
    assert all(port.startswith("${ATTUNE_LISTEN:-127.0.0.1}:") for port in ports)


def test_links_lead_to_the_port_that_the_console_is_opened_on(composed: dict[str, Any]) -> None:
    port = "${ATTUNE_CONSOLE_PORT:-8474}"

    assert composed["services"]["console"]["ports"] == [f"${{ATTUNE_LISTEN:-127.0.0.1}}:{port}:8474"]
    for name in ("alerts", "console"):
        url = composed["services"][name]["environment"]["ATTUNE_CONSOLE_URL"]
        assert url == f"${{ATTUNE_CONSOLE_URL:-http://127.0.0.1:{port}}}"


def test_no_secret_is_handed_over_by_the_environment(composed: dict[str, Any]) -> None:
    for name, service in composed["services"].items():
        for variable in service.get("environment", {}):
            is_secret = re.search(r"PASSWORD|SECRET|KEY|TOKEN|DATABASE_URL|NATS_URL", variable)
            assert not is_secret or variable.endswith("_FILE"), (name, variable)


def test_every_setting_that_the_containers_get_is_one(composed: dict[str, Any]) -> None:
    for service in composed["services"].values():
        given = {name for name in service.get("environment", {}) if name.startswith("ATTUNE_")}
        names = {name.removeprefix("ATTUNE_").lower() for name in given}
        assert {name for name in names if name not in Settings.model_fields} <= {
            f"{field}_file" for field in Settings.model_fields
        }


def test_every_secret_is_drawn_by_the_script(composed: dict[str, Any]) -> None:
    script = (ROOT / "deploy" / "secrets.sh").read_text()

    assert all(f"keep {name} " in script for name in composed["secrets"])


def test_each_service_reaches_the_database_by_a_login_of_its_own_or_not_at_all(composed: dict[str, Any]) -> None:
    owners = {name for name, service in composed["services"].items() if "database_url" in service.get("secrets", ())}
    for name in ("projector", "alerts", "console"):
        service = composed["services"][name]
        own = f"{name}_database_url"
        assert [secret for secret in service["secrets"] if "database" in secret or "postgres" in secret] == [own]
        assert service["environment"]["ATTUNE_DATABASE_URL_FILE"] == f"/run/secrets/{own}"
        assert f"--login={name}=/run/secrets/{own}" in composed["services"]["migrate"]["command"]
        assert own in composed["services"]["migrate"]["secrets"]
    ingest = composed["services"]["ingest"]

    assert owners == {"migrate", "attune"}
    assert not [secret for secret in ingest["secrets"] if "database" in secret]
    assert ingest["environment"]["ATTUNE_DATABASE_URL_FILE"] == ""


def test_a_connector_of_a_team_has_the_rights_that_one_of_a_single_machine_has(tmp_path: Path) -> None:
    compose = tmp_path / "compose"
    compose.write_text('#!/bin/sh\n[ "$1" = kill ] || echo \'{"name": "crm", "nats_password": "drawn"}\'\n')
    compose.chmod(0o700)
    told = {**os.environ, "ATTUNE_SECRETS": str(tmp_path / "secrets"), "COMPOSE": str(compose)}
    for words in (["secrets.sh"], ["add-source.sh", "crm"]):
        subprocess.run(["/bin/sh", ROOT / "deploy" / words[0], *words[1:]], check=True, env=told)

    written = (tmp_path / "secrets" / "nats" / "sources.conf").read_text()
    [line] = [line for line in written.splitlines() if '"crm"' in line]
    assert json.loads(line) == sources.user("crm", "drawn")
    # As docker-compose.yml mounts them.
    shutil.copy(ROOT / "deploy" / "nats.conf", tmp_path)
    (tmp_path / "secrets" / "nats").rename(tmp_path / "mounted")
    (tmp_path / "secrets").rename(tmp_path / "drawn")
    (tmp_path / "mounted").rename(tmp_path / "secrets")
    checked = [nats.program(), "-t", "--config", str(tmp_path / "nats.conf")]
    assert subprocess.run(checked, check=False).returncode == 0
    # The same two accounts, with the same that crosses between them.
    ours, team = (
        re.findall(r"(exports|imports|service|stream|subject)\W+([\w.*]+)", text)
        for text in (sources.rendered({}), (tmp_path / "nats.conf").read_text().split("accounts {")[1])
    )
    assert ours == team


@pytest.mark.parametrize("name", ["alerts.toml", "alerts-mail.toml"])
def test_the_alerts_files_that_come_along_break_no_rule(name: str) -> None:
    read_policy(ROOT / "deploy" / name)


@pytest.mark.parametrize("expression", expressions())
def test_rules_and_dashboards_speak_of_metrics_and_labels_that_there_are(expression: str) -> None:
    known = known_metrics()
    metrics = set(METRIC.findall(expression)) or {"up"}
    asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression))
    grouped = {label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", expression) for label in labels.split(",")}

    assert metrics <= known.keys()
    assert asked | grouped <= OF_EVERY_SERIES.union(*(known[metric] for metric in metrics))


@pytest.mark.parametrize("path", ["prometheus/attune.rules.yml", "grafana/dashboards/attune.json"])
def test_nothing_that_is_said_beside_names_a_metric_that_there_is_not(path: str) -> None:
    names = set(METRIC.findall((DEPLOY / path).read_text()))

    assert names
    assert names <= known_metrics().keys()


def test_the_dashboard_finds_its_source_and_its_panels_do_not_overlap() -> None:
    grafana = ROOT / "deploy" / "grafana"
    board = json.loads((grafana / "dashboards" / "attune.json").read_text())
    [source] = yaml.safe_load((grafana / "provisioning" / "datasources" / "prometheus.yml").read_text())["datasources"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]

    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["uid"]}
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in board["panels"]}) == len(places)


def test_every_rule_is_seen_to_fire_and_to_keep_quiet() -> None:
    tests = yaml.safe_load((DEPLOY / "prometheus" / "attune.rules.test.yml").read_text())["tests"]
    looks = [look for test in tests for look in test["alert_rule_test"]]
    names = {rule["alert"] for rule in rules()}

    assert {look["alertname"] for look in looks if look["exp_alerts"]} == names
    # Of a source, one that is well stands beside the one that is not.
    assert {look["alertname"] for look in looks if not look["exp_alerts"]} == names - {"AttuneSourceRefused"}


def test_the_rules_fire_when_they_should_and_not_otherwise(promtool: str) -> None:
    done = run(promtool, "test", "rules", "attune.rules.test.yml")

    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_its_configuration_and_whatever_a_panel_asks(promtool: str, tmp_path: Path) -> None:
    asked = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, expression in enumerate(expressions())
    ]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": asked}]}))

    for words in (
        ["check", "rules", str(tmp_path / "panels.yml")],
        ["check", "config", "--syntax-only", "prometheus.yml"],
    ):
        done = run(promtool, *words)
        assert done.returncode == 0, done.stdout + done.stderr


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False)
