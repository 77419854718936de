"""The Dockerfile, the Compose file and the Kubernetes manifests, by published rules and by what tickql knows."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tickql.api.settings import ApiSettings
from tickql.cli.settings import Settings
from tickql.relay.settings import RelaySettings

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
MANIFESTS = sorted(path for path in KUBERNETES.rglob("*.yaml") if path.name != "kustomization.yaml")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
_TOOLS = ROOT / ".tickql/manifests"
"""Where set-up puts what checks these files."""
_VERSIONS = ("1.31", "1.37")
"""The oldest and the newest Kubernetes whose schemas the manifests are checked against."""


def _run(*words: str) -> str:
    """Run one of the tools. Its exit code must be 0."""
    if not _TOOLS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no tools: scripts/setup manifests")
    environment = {**os.environ, "PYTHONPATH": str(_TOOLS)}
    done = subprocess.run(words, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


OBJECTS = [document for path in MANIFESTS for document in _documents(path)]
PODS: dict[str, dict[str, Any]] = {
    each["metadata"]["name"]: each["spec"]["template"]
    for each in OBJECTS
    if each["kind"] in ("Deployment", "StatefulSet")
}


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    _run(str(_TOOLS / "bin/hadolint"), "Dockerfile")


def test_the_compose_file_is_as_its_specification_says() -> None:
    _run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")


def test_the_manifests_are_as_kubernetes_says() -> None:
    for version in _VERSIONS:
        _run(
            sys.executable, "-c", "import sys; from kubernetes_validate.__main__ import main; sys.exit(main())",
            "--strict", "--kubernetes-version", version, *map(str, MANIFESTS),
        )  # fmt: skip


def _settings() -> set[str]:
    """The variables that some part of tickql reads."""
    prefixed = {f"TICKQL_{name.upper()}" for kind in (Settings, ApiSettings) for name in kind.model_fields}
    return prefixed | {f"TICKQL_RELAY_{name.upper()}" for name in RelaySettings.model_fields} | {"TICKQL_BROWSER"}


def _given() -> Iterator[str]:
    """The names of settings that the files give."""
    for service in COMPOSE["services"].values():
        yield from service.get("environment", {})
    for pod in PODS.values():
        for container in pod["spec"]["containers"]:
            yield from (variable["name"] for variable in container.get("env", ()))
    example = yaml.safe_load((KUBERNETES / "example/kustomization.yaml").read_text())
    for generator in example["configMapGenerator"]:
        yield from (literal.partition("=")[0] for literal in generator.get("literals", ()))
    yield from re.findall(r"\bTICKQL_\w+(?==)", (ROOT / "Dockerfile").read_text())
    for unit in (ROOT / "deploy/systemd").glob("*.service"):
        yield from re.findall(r"\bTICKQL_\w+(?==)", unit.read_text())


def test_every_setting_that_is_given_exists() -> None:
    given = {name for name in _given() if name.startswith("TICKQL_")}
    assert len(given) > 10
    assert given - _settings() == set()


def test_compose_mounts_files_that_exist_and_names_services_that_exist() -> None:
    services = COMPOSE["services"]
    mounted = [volume for service in services.values() for volume in service.get("volumes", ())]
    files = [
        re.sub(r"\$\{\w+:-(.*)\}", r"\1", volume).split(":")[0] for volume in mounted if "/" in volume.split(":")[0]
    ]
    assert len(files) >= 5
    assert [file for file in files if not (ROOT / file).exists()] == []
    named = (ROOT / "deploy/haproxy/haproxy.cfg").read_text() + (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    hosts = set(re.findall(r"\b([a-z][\w-]*):(?:8000|9100)\b", named))
    assert {"api-1", "api-2", "producer"} <= hosts <= set(services)


@pytest.mark.parametrize("name", sorted(PODS))
def test_a_pod_may_do_little(name: str) -> None:
    spec = PODS[name]["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["seccompProfile"]["type"] in ("RuntimeDefault", "Localhost")
    for container in spec["containers"]:
        allowed = container["securityContext"]
        assert (allowed["allowPrivilegeEscalation"], allowed["readOnlyRootFilesystem"]) == (False, True)
        assert allowed["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"].keys() == {"memory"}


def test_each_part_has_its_own_user_of_redis() -> None:
    users = re.findall(r"^user (\w+)", (ROOT / "deploy/redis/users.acl").read_text(), re.MULTILINE)
    variables = [
        (name, variable)
        for name, pod in PODS.items()
        for container in pod["spec"]["containers"]
        for variable in container.get("env", ())
        if variable["name"] == "TICKQL_REDIS_URL"
    ]
    assert {name for name, _ in variables} == {"producer", "api", "relay"} <= set(users)
    assert [(name, name) for name, _ in variables] == [
        (name, variable["valueFrom"]["secretKeyRef"]["key"]) for name, variable in variables
    ]


def test_what_selects_pods_finds_them() -> None:
    labels = [pod["metadata"]["labels"] for pod in PODS.values()]
    for each in OBJECTS:
        selector = each["spec"].get("selector") if each["kind"] in ("Service", "PodDisruptionBudget") else None
        wanted = (selector or {}).get("matchLabels", selector)
        if wanted:
            assert any(wanted.items() <= found.items() for found in labels), each["metadata"]


def test_the_producer_shares_memory_with_its_browser() -> None:
    spec = PODS["producer"]["spec"]
    shared = next(volume for volume in spec["volumes"] if volume["name"] == "shm")
    assert shared["emptyDir"]["medium"] == "Memory"
    assert {"name": "shm", "mountPath": "/dev/shm"} in spec["containers"][0]["volumeMounts"]
