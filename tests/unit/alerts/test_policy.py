from pathlib import Path

import pytest
from pydantic import SecretStr

from services.alerts.announce import About
from services.alerts.audience import audience
from services.alerts.policy import Policy, Target, read_policy
from services.alerts.render import apprise_message, check, mail
from services.alerts.sample import SAMPLE
from shared.errors import Refused
from shared.plumbing.settings import Settings

WRITTEN = """
[hours]
time_zone = "Europe/Berlin"
quiet = ["18:00", "08:00"]
working_days = ["mon", "tue", "wed", "thu", "fri"]
holidays = "DE-BY"
urgent = ["alert"]

[attention]
budget = 5
repeat_days = 7

[digest]
rhythm = "daily"

[owners."eva@us.example"]
budget = 2
hours = { time_zone = "America/New_York" }

[[channels]]
name = "mail"
kind = "mail"
host = "mail.us.example"
sender = "attune@us.example"

[[channels]]
name = "ops"
kind = "webhook"
url = "https://ops.example/hook"
secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]

[[routes]]
reasons = ["stale"]
to = ["ops"]
stop = true

[[routes]]
to = ["mail:owner", "nats"]

[[escalations]]
severity = "alert"
steps = [{ after_hours = 24, to = ["mail:lead@us.example"] }]
"""
ANA = About("change", "ana", "Ana", "eva@us.example")


def written(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "alerts.toml"
    path.write_text(text)
    return read_policy(path)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    policy = written(tmp_path, WRITTEN)

    assert policy.targets(ANA, "fading", "alert") == [Target("mail", "owner"), Target("nats", None)]
    assert policy.targets(About(source="acme"), "stale", "alert") == [Target("ops", None)]
    assert len(policy.chain(ANA, "fading", "alert")) == 1
    assert policy.chain(ANA, "fading", "warning") == ()
    assert (policy.budget_of("eva@us.example"), policy.budget_of("kim@us.example")) == (2, 5)
    assert policy.hours_of("eva@us.example").time_zone == "America/New_York"


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('to = ["ops"]', 'to = ["pigeon"]', "'pigeon' names no channel"),
        ('name = "ops"', 'name = "mail"', "stands twice"),
        ('kind = "webhook"', 'kind = "fax"', "fax"),
        ('reasons = ["stale"]', 'reasons = ["bored"]', "reasons"),
        ("budget = 5", "budget = 0", "attention.budget"),
        ('time_zone = "Europe/Berlin"', 'time_zone = "Berlin"', "IANA"),
        ("[digest]", "[digets]", "digets"),
        ("[hours]", "[hours", "not valid TOML"),
        ('url = "https://ops.example/hook"', 'url = "ops.example/s3cret"', r"channels\.1\.webhook\.url: must be a URL"),
        ('url = "https://ops.example/hook"', 'url = "ftp://ops.example/s3cret"', "must be a URL"),
        ('url = "https://ops.example/hook"', 'url = "https:///s3cret"', "must be a URL"),
        ('url = "https://ops.example/hook"', 'url = "https://ops.example:s3cret/"', "url"),
        ('sender = "attune@us.example"', r'sender = "a@us.example\nBcc: b@us.example"', "sender"),
        ("budget = 2", r'mail = "eva@us.example\r\nBcc: b@us.example"', "mail"),
        ("budget = 2", 'mail = "eva"', r"owners\.eva@us\.example\.mail"),
        ('sender = "attune@us.example"', 'sender = "attune"', r"channels\.0\.mail\.sender"),
        ('host = "mail.us.example"', 'host = ""', r"channels\.0\.mail\.host"),
        ('quiet = ["18:00", "08:00"]', 'quiet = ["18:00Z", "08:00"]', r"hours\.quiet\.0: must be a time by the clock"),
        ('rhythm = "daily"', 'rhythm = "daily"\nat = "08:30+01:00"', r"digest\.at: must be a time by the clock"),
        ('to = ["mail:owner", "nats"]', 'to = ["mail"]', "'mail' names nobody"),
        ("[hours]", 'templates = "/nowhere/at/all"\n[hours]', "templates: must be a directory"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(tmp_path: Path, old: str, new: str, wrong: str) -> None:
    with pytest.raises(Refused, match=wrong) as refused:
        written(tmp_path, WRITTEN.replace(old, new))

    assert "whsec_" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "to", ['routes]]\nto = ["webhook"]', 'escalations]]\nsteps = [{after_hours = 1, to = ["webhook"]}]']
)
def test_who_is_to_be_told_by_a_webhook_that_the_settings_do_not_name_is_refused(tmp_path: Path, to: str) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(f"[[{to}\n")

    with pytest.raises(Refused, match="'webhook' is told nowhere: ATTUNE_WEBHOOK_URL is not set"):
        audience(Settings(alerts_file=path))
    secret = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    named = audience(Settings(alerts_file=path, webhook_url="https://ops.example", webhook_secret=secret))
    assert named.policy.lacking() is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no\.toml cannot be read"):
        read_policy(tmp_path / "no.toml")


@pytest.mark.parametrize(
    "template",
    [
        "{{ data.sumary }}",
        "{% if %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ data.update({'x': 1}) }}",
        "{{ 1 / 0 }}",
        "{{ data.summary + 1 }}",
        "{% for _ in range(10 ** 9) %}{% endfor %}",
    ],
)
def test_a_template_that_fails_or_reaches_out_of_its_sandbox_is_refused_at_once(tmp_path: Path, template: str) -> None:
    (tmp_path / "mail.txt.j2").write_text(template)

    with pytest.raises(Refused, match="templates"):
        check((tmp_path,), SAMPLE)


def test_a_template_of_ones_own_wins(tmp_path: Path) -> None:
    (tmp_path / "mail.txt.j2").write_text("{{ heading }}! {{ clauses[0] }}")

    check((tmp_path,), SAMPLE)

    assert mail(SAMPLE, (tmp_path,))["text"] == "Test! is fading: 38 points, under the line of 40 since 5 January 2026"


def test_a_template_that_fails_for_one_alert_gives_way_to_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mail.txt.j2").write_text("{{ data.name.upper() }} drifts")
    check((tmp_path,), SAMPLE)
    nameless = {**SAMPLE, "data": {**SAMPLE["data"], "name": None}}

    said = mail(nameless, (tmp_path,))["text"]

    assert said == mail(nameless)["text"]
    assert "mail.txt.j2" in caplog.text


def test_a_channel_may_have_templates_of_its_own_beside_those_of_all(tmp_path: Path) -> None:
    for whose, name, text in (
        ("all", "mail_subject.txt.j2", "for all"),
        ("all", "message.txt.j2", "for all"),
        ("board", "mail_subject.txt.j2", "for the board"),
    ):
        (tmp_path / whose).mkdir(exist_ok=True)
        (tmp_path / whose / name).write_text(text)
    mail_channel = 'kind = "mail"\nhost = "h.example"\nsender = "a@us.example"\n'
    (tmp_path / "alerts.toml").write_text(
        f'templates = "{tmp_path}/all"\n'
        f'[[channels]]\nname = "mail"\n{mail_channel}'
        f'[[channels]]\nname = "board"\n{mail_channel}templates = "{tmp_path}/board"\n'
        f'[[channels]]\nname = "chat"\nkind = "apprise"\nurl = "json://h.example"\ntemplates = "{tmp_path}/board"\n'
    )
    policy = read_policy(tmp_path / "alerts.toml")

    subjects = {name: mail(SAMPLE, policy.templates_of(name))["subject"] for name in ("mail", "board")}

    assert subjects == {"mail": "for all", "board": "for the board"}
    assert apprise_message(SAMPLE, policy.templates_of("chat")) == {"title": "for the board", "body": "for all"}
    assert policy.all_templates() == {(tmp_path / "all",), (tmp_path / "board", tmp_path / "all")}


@pytest.mark.parametrize(
    "matching", ['initiative = "crm"', 'function = "Finance"', 'reasons = ["overdue"]', 'severity = "alert"']
)
@pytest.mark.parametrize("table", ["routes", "escalations"])
def test_whatever_a_route_or_a_chain_names_must_match(tmp_path: Path, matching: str, table: str) -> None:
    told = 'to = ["nats"]' if table == "routes" else 'steps = [{ after_hours = 1, to = ["nats"] }]'
    (tmp_path / "alerts.toml").write_text(f"[[{table}]]\n{matching}\n{told}\n")
    policy = read_policy(tmp_path / "alerts.toml")
    found = policy.targets if table == "routes" else policy.chain

    assert found(About("crm", function="Finance"), "overdue", "alert")
    others = {
        "initiative": (About("erp", function="Finance"), "overdue", "alert"),
        "function": (About("crm", function="Legal"), "overdue", "alert"),
        "reasons": (About("crm", function="Finance"), "fading", "alert"),
        "severity": (About("crm", function="Finance"), "overdue", "warning"),
    }
    assert {name for name, other in others.items() if not found(*other)} == {matching.split(maxsplit=1)[0]}
