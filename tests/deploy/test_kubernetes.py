"""The manifests: as kustomize makes them, valid for the API, and fit for the service."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.knowledge.loading import default_rules_directory, load_rule_base
from service.web.settings import TABLE
from tests.serving import ROOT

BIN = Path(sys.executable).parent
KUBERNETES = ROOT / "deploy" / "kubernetes"
BASE, FROM_CONFIGMAP = KUBERNETES / "base", KUBERNETES / "rules-from-configmap"
VERSIONS = ("1.30", "1.32", "1.34")  # what public bodies run; the schemas of each come with kubernetes-validate
MOST_BYTES_OF_CONFIGMAP = 2**20  # Source: Kubernetes, ConfigMap, "the data stored in a ConfigMap cannot exceed 1 MiB"
NOT_SERVED = {"promises.yaml", "tensions.yaml"}  # for the workbench, as cases and schemas are

pytestmark = pytest.mark.slow


@cache
def made(folder: Path) -> str:
    """Return what `kubectl apply` would send."""
    command = [str(BIN / "kubectl"), "kustomize", "--load-restrictor", "LoadRestrictionsNone", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def resources(folder: Path) -> dict[str, Any]:
    return {one["kind"]: one for one in yaml.safe_load_all(made(folder))}


def container(folder: Path) -> Any:
    (only,) = resources(folder)["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", [BASE, FROM_CONFIGMAP], ids=lambda folder: folder.name)
def test_the_manifests_are_as_the_api_has_them(folder: Path, version: str, tmp_path: Path) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(made(folder), encoding="utf-8")

    command = [str(BIN / "kubernetes-validate"), "--strict", "--kubernetes-version", version, str(file)]
    judged = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (0, len(resources(folder))) == (judged.returncode, judged.stdout.count(" passed for resource ")), judged


def test_a_property_that_the_api_does_not_have_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(made(BASE).replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"), encoding="utf-8")

    command = [str(BIN / "kubernetes-validate"), "--strict", "--kubernetes-version", VERSIONS[0], str(file)]

    assert 0 != subprocess.run(command, check=False, capture_output=True).returncode


def test_a_pod_has_no_more_rights_than_the_restricted_standard_gives() -> None:
    pod = resources(BASE)["Deployment"]["spec"]["template"]["spec"]

    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == container(BASE)["securityContext"]
    assert {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    } == pod["securityContext"]
    assert pod["automountServiceAccountToken"] is False
    assert "restricted" == resources(BASE)["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]


def test_a_pod_calls_nobody_and_is_called_on_one_port() -> None:
    policy = resources(BASE)["NetworkPolicy"]["spec"]

    assert ["Ingress", "Egress"] == policy["policyTypes"]
    assert [] == policy.get("egress", [])
    assert [{"port": "http"}] == [port for rule in policy["ingress"] for port in rule["ports"]]
    assert resources(BASE)["Deployment"]["spec"]["selector"] == policy["podSelector"]


def test_a_pod_takes_no_more_than_its_share() -> None:
    volumes = resources(BASE)["Deployment"]["spec"]["template"]["spec"]["volumes"]

    assert {"cpu", "memory"} == set(container(BASE)["resources"]["limits"])
    assert all(volume["emptyDir"]["sizeLimit"] for volume in volumes)


def test_everything_that_chooses_pods_chooses_those_of_the_deployment() -> None:
    found = resources(BASE)
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert labels.items() >= found["Service"]["spec"]["selector"].items()
    assert labels.items() >= found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"].items()
    assert found["Deployment"]["metadata"]["name"] == found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"]


def test_a_pod_may_take_the_time_that_draining_takes() -> None:
    given = {one["name"]: one["value"] for one in container(BASE)["env"]}
    pod = resources(BASE)["Deployment"]["spec"]["template"]["spec"]

    draining = int(given["ADVISER_DRAIN_SECONDS"]) + int(given["ADVISER_GRACEFUL_SECONDS"])
    assert draining + 5 <= pod["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("folder", [BASE, FROM_CONFIGMAP], ids=lambda folder: folder.name)
def test_every_variable_is_a_setting(folder: Path) -> None:
    assert {one["name"] for one in container(folder)["env"]} <= {setting.name for setting in TABLE}


def test_the_rules_in_the_configmap_are_the_rules(tmp_path: Path) -> None:
    found = resources(FROM_CONFIGMAP)
    data = found["ConfigMap"]["data"]
    (volume,) = (one for one in found["Deployment"]["spec"]["template"]["spec"]["volumes"] if "configMap" in one)
    places = {item["path"]: item["key"] for item in volume["configMap"]["items"]}
    for path, key in places.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(data[key], encoding="utf-8")

    rules = default_rules_directory()
    kept = [*rules.glob("*.yaml"), *rules.glob("catalogue/*.yaml"), *rules.glob("co-creation/*.yaml")]
    assert {path.relative_to(rules).as_posix() for path in kept if path.name not in NOT_SERVED} == set(places)
    assert set(places.values()) == set(data)
    assert load_rule_base(rules).digest == load_rule_base(tmp_path).digest
    assert found["ConfigMap"]["metadata"]["name"] == volume["configMap"]["name"]


def test_the_rules_fit_into_a_configmap() -> None:
    data = resources(FROM_CONFIGMAP)["ConfigMap"]["data"]

    assert sum(len(key) + len(text.encode()) for key, text in data.items()) < MOST_BYTES_OF_CONFIGMAP


def test_the_mounted_rules_are_those_that_are_served_and_watched() -> None:
    given = {one["name"]: one["value"] for one in container(FROM_CONFIGMAP)["env"]}
    (mount,) = (one for one in container(FROM_CONFIGMAP)["volumeMounts"] if one["name"] == "rules")

    assert given["ADVISER_RULES"] == mount["mountPath"]
    assert "subPath" not in mount  # a file that is mounted by itself never changes
    assert int(given["ADVISER_WATCH_SECONDS"]) > 0
