"""The composition for one host: as careful as the manifests, and nothing in it that is not there."""

from typing import Any

import pytest
import yaml

from service.web.settings import TABLE
from tests.serving import ROOT

DEPLOY = ROOT / "deploy"
SERVICES: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
NETWORKS: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["networks"]
GIVEN_BY_THE_OPERATOR = "./compose/tls"


def test_only_the_gateway_is_open_to_others() -> None:
    ports = {name: service.get("ports", []) for name, service in SERVICES.items()}

    assert ["443:443"] == ports.pop("gateway")
    assert [] == ports.pop("advisor")
    assert [] == [port for listed in ports.values() for port in listed if not port.startswith("127.0.0.1:")]
    assert ["inside"] == SERVICES["advisor"]["networks"]
    assert NETWORKS["inside"]["internal"] is True


def test_a_container_on_one_host_has_no_more_rights_than_a_pod() -> None:
    advisor = SERVICES["advisor"]

    assert advisor["read_only"] is True
    assert (["ALL"], []) == (advisor["cap_drop"], advisor.get("cap_add", []))
    assert {"tmpfs", "mem_limit", "pids_limit"} <= set(advisor)
    assert [] == [name for name, one in SERVICES.items() if "no-new-privileges:true" not in one["security_opt"]]
    assert [] == [name for name, one in SERVICES.items() if one["cap_drop"] != ["ALL"]]


@pytest.mark.parametrize("name", SERVICES)
def test_every_file_that_is_mounted_is_there_and_cannot_be_changed(name: str) -> None:
    mounts = [volume.split(":") for volume in SERVICES[name].get("volumes", []) if volume.startswith(".")]

    assert [] == [mount for mount in mounts if mount[2:] != ["ro"]]
    assert [] == [
        mount[0] for mount in mounts if mount[0] != GIVEN_BY_THE_OPERATOR and not (DEPLOY / mount[0]).exists()
    ]


def test_every_variable_of_the_service_is_a_setting() -> None:
    assert set(SERVICES["advisor"]["environment"]) <= {setting.name for setting in TABLE}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"advisor"}))
def test_what_others_made_has_a_fixed_version(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].rpartition(":")

    assert tag.lstrip("v")[:1].isdigit()
