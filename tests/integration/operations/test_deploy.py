"""The files of operation speak of what is there: metrics that /metrics shows, settings that exist, sections to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from db.session import Database
from db.settings import Settings
from services.operations import exposition
from services.operations.totals import Totals

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
OURS = re.compile(r"\busta_[a-z0-9_]+\b")
ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",), "info": ("_info",)}
NOT_SETTINGS = {"PATH", "PYTHONUNBUFFERED", "XDG_CACHE_HOME"}


@pytest.fixture
async def shown(database: Database, tmp_path: Path) -> dict[str, set[str]]:
    """The samples that /metrics shows or would show once they are counted, with their labels' names where known."""
    create_app(Settings(USTA_HOME=tmp_path, UNIPILE_DSN="127.0.0.1:9"))  # type: ignore[call-arg]
    page = (await exposition.page(database, Settings(USTA_HOME=tmp_path), Totals(database))).decode()  # type: ignore[call-arg]
    return {
        family.name + ending: set()
        for family in text_string_to_metric_families(page)
        for ending in ENDINGS.get(family.type, ("",))
    }


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for path in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']}", target["expr"]


async def test_alerts_and_dashboards_ask_for_what_is_shown(shown: dict[str, set[str]]) -> None:
    unknown = {(where, name) for where, expr in expressions() for name in OURS.findall(expr) if name not in shown}
    assert not unknown
    assert len(list(expressions())) > 60


async def test_every_metric_is_on_a_dashboard(shown: dict[str, set[str]]) -> None:
    drawn = {name for where, expr in expressions() if ".json" in where for name in OURS.findall(expr)}
    families = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in drawn}
    ours = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in shown if name.startswith("usta_")}
    of_doors = {name for name in ours if name.endswith("_webhooks")}
    assert ours - of_doors - families <= {"usta_storage_up"}
    assert "usta_webhooks" in families


def test_what_is_of_the_installation_is_never_summed_over_its_processes() -> None:
    """Every API process shows the same sums: whoever adds them up counts each message as often as there are processes."""
    own = (
        "usta_http_",
        "usta_webhooks_total",
        "usta_chatwoot_",
        "usta_stripe_",
        "usta_database_pool",
        "usta_disk",
        "usta_storage_waiting",
    )
    wrong = [
        (where, expr)
        for where, expr in expressions()
        for name in OURS.findall(expr)
        if not name.startswith(own) and "max" not in expr and "min" not in expr and "absent" not in expr
    ]
    assert not wrong


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text()
    anchors = {heading.strip().lower() for heading in re.findall(r"^#+ (.+)$", runbook, re.MULTILINE)}
    assert {rule["labels"]["severity"] for rule in rules()} == {"critical", "warning", "info"}
    for rule in rules():
        assert rule["annotations"]["summary"]
        if rule["labels"]["severity"] != "info":
            assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
            assert rule["alert"].lower() in anchors, f"{rule['alert']} is not in the runbook"


def settings_names() -> set[str]:
    return {str(field.validation_alias) for field in Settings.model_fields.values()}


def test_the_compose_file_sets_what_exists() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    usta = {name: service for name, service in services.items() if service.get("image") == "usta"}
    assert set(usta) == {"migrate", "api", "worker"}
    for name, service in usta.items():
        assert set(service["environment"]) <= settings_names(), name
    from typer.main import get_command

    from api.cli.main import app

    commands: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    assert {service["command"][0] for service in usta.values()} <= set(commands)
    grace = int(usta["worker"]["stop_grace_period"].removesuffix("s"))
    assert grace > int(usta["worker"]["environment"]["SHUTDOWN_SECONDS"]), "killed before it could put its jobs back"
    volumes = yaml.safe_load((ROOT / "compose.yaml").read_text())["volumes"]
    for service in services.values():
        assert service["logging"]["options"]["max-file"], "logs grow without end"
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in volumes or (ROOT / source).exists(), mount


def test_the_image_is_made_of_what_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text()
    block = re.search(r"ENV PATH.*?(?=\nUSER)", text, re.DOTALL)
    assert block is not None
    assert set(re.findall(r"^\s*(?:ENV )?([A-Z_]+)=", block[0], re.MULTILINE)) <= settings_names() | NOT_SETTINGS
    copied = [
        source for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for source in line.split()[:-1]
    ]
    assert all((ROOT / source).exists() for source in copied)
    packages = re.search(r"packages = \[(.+?)\]", (ROOT / "pyproject.toml").read_text())
    assert packages is not None
    assert set(re.findall(r'"(\w+)"', packages[1])) <= set(copied), "a room is not in the image"
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert all(f"!{source}" in ignored for source in copied), "the build would not find it"
    assert text.rstrip().splitlines()[-2:] == ['ENTRYPOINT ["usta"]', 'CMD ["serve"]']
    assert text.index("\nUSER usta") > text.index("useradd"), "it must not run as root"
