"""`deploy/kubernetes/example`, filled in and built by kustomize, where Go is there to build kustomize itself."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
_KUSTOMIZE = ROOT / ".tickql/kustomize/kustomize"
_FILES = {
    "redis.env": "producer=redis://producer:a@valkey:6379/0\napi=redis://api:b@valkey:6379/0\n",
    "tokens.json": "{}",
    "ticket-secret": "secret",
}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the manifests whose example is filled in."""
    copied = tmp_path / "kubernetes"
    shutil.copytree(ROOT / "deploy/kubernetes", copied)
    shutil.copy(ROOT / "demo/feed.toml", copied / "example/feed.toml")
    shutil.copy(ROOT / "deploy/redis/users.acl", copied / "example/users.acl")
    for name, text in _FILES.items():
        (copied / "example" / name).write_text(text)
    return copied / "example"


def build(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the built objects by kind and name, without the digests at the ends of names."""
    if not _KUSTOMIZE.is_file():
        reason = "no kustomize: scripts/setup manifests, with Go"
        (pytest.fail if os.environ.get("CI") and shutil.which("go") else pytest.skip)(reason)
    built = subprocess.run([_KUSTOMIZE, "build", folder], text=True, capture_output=True, check=False)
    assert built.returncode == 0, built.stderr
    objects = [each for each in yaml.safe_load_all(built.stdout) if each]
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


def _names(node: object, key: str) -> set[str]:
    """All values of a key in a document."""
    if isinstance(node, dict):
        own = {node[key]} if isinstance(node.get(key), str) else set()
        return own.union(*(_names(value, key) for value in node.values()))
    return set().union(*(_names(value, key) for value in node)) if isinstance(node, list) else set()


def test_the_example_is_whole(example: Path) -> None:
    objects = build(example)
    assert {each["metadata"].get("namespace", "tickql") for each in objects.values()} == {"tickql"}
    secrets = {name for kind, name in objects if kind == "Secret"}
    maps = {name for kind, name in objects if kind == "ConfigMap"}
    for (kind, _), each in objects.items():
        if kind not in ("Deployment", "StatefulSet"):
            continue
        pod = each["spec"]["template"]["spec"]
        asked = [
            variable.get("valueFrom", {}) for container in pod["containers"] for variable in container.get("env", ())
        ]
        assert _names([part.get("secretKeyRef", {}) for part in asked], "name") | _names(pod, "secretName") <= secrets
        assert _names([volume.get("configMap", {}) for volume in pod["volumes"]], "name") <= maps
    images = {
        container["image"]
        for each in objects.values()
        for container in each.get("spec", {}).get("template", {}).get("spec", {}).get("containers", ())
    }
    assert images == {"registry.example/tickql:0.1.0", "valkey/valkey:8-alpine"}


def test_components_are_added(example: Path) -> None:
    file = example / "kustomization.yaml"
    file.write_text(
        file.read_text().replace("# - ../relay", "- ../relay").replace("# - ../unconfined", "- ../unconfined")
    )
    objects = build(example)
    assert ("Deployment", "relay") in objects
    profile = objects["Deployment", "producer"]["spec"]["template"]["spec"]["securityContext"]["seccompProfile"]
    assert profile == {"type": "Unconfined"}
