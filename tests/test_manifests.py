"""The files to install by (docs/operations/install): what they say is what the command and the configuration
know.

Nothing here builds a container; tests/test_wheel.py does what its build does. The fields of Kubernetes and
compose are those of the API's and the compose specification's own schemas, written down as far as our files
use them.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from dedupe.config import Settings
from tests.test_docs import unknown

ROOT = Path(__file__).parent.parent
INSTALL = ROOT / "docs" / "operations" / "install"
MANIFESTS = sorted((INSTALL / "kubernetes").glob("*.yaml"))
UNITS = sorted((INSTALL / "systemd").iterdir())
CONTAINERFILE = (INSTALL / "Containerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((INSTALL / "compose.yaml").read_text("utf-8"))

_META = {"name", "namespace", "labels"}
_POD = {
    *("automountServiceAccountToken", "terminationGracePeriodSeconds", "securityContext", "containers"),
    *("volumes", "restartPolicy"),
}
_JOB = {"backoffLimit", "ttlSecondsAfterFinished", "podFailurePolicy", "template"}
FIELDS = {
    "Namespace": {"apiVersion", "kind", "metadata"},
    "ConfigMap": {"apiVersion", "kind", "metadata", "data"},
    "Deployment.spec": {"replicas", "selector", "template"},
    "Service.spec": {"selector", "ports"},
    "PodDisruptionBudget.spec": {"minAvailable", "selector"},
    "Job.spec": _JOB,
    "CronJob.spec": {
        *("schedule", "timeZone", "concurrencyPolicy", "startingDeadlineSeconds", "jobTemplate"),
        *("successfulJobsHistoryLimit", "failedJobsHistoryLimit"),
    },
    "container": {
        *("name", "image", "args", "ports", "startupProbe", "readinessProbe", "livenessProbe", "resources"),
        *("securityContext", "volumeMounts"),
    },
    "probe": {"exec", "httpGet", "periodSeconds", "timeoutSeconds", "failureThreshold"},
}
API = {
    **{"Namespace": "v1", "ConfigMap": "v1", "Service": "v1", "Deployment": "apps/v1", "Job": "batch/v1"},
    **{"CronJob": "batch/v1", "PodDisruptionBudget": "policy/v1"},
}
COMPOSE_SERVICE = {
    *(
        "image",
        "build",
        "environment",
        "volumes",
        "secrets",
        "read_only",
        "tmpfs",
        "cap_drop",
        "security_opt",
    ),
    *(
        "stop_grace_period",
        "shm_size",
        "restart",
        "healthcheck",
        "command",
        "depends_on",
        "ports",
        "profiles",
    ),
}


def documents() -> Iterator[dict[str, Any]]:
    for path in MANIFESTS:
        yield from yaml.safe_load_all(path.read_text("utf-8"))


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """The pod of each workload."""
    for one in documents():
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield one["kind"], spec["template"]["spec"]


def containers() -> Iterator[dict[str, Any]]:
    for _, pod in pods():
        yield from pod["containers"]


def test_manifests_have_the_fields_of_the_api() -> None:
    for one in documents():
        kind = one["kind"]
        assert one["apiVersion"] == API[kind]
        assert one["metadata"].keys() <= _META
        assert one.keys() <= FIELDS.get(kind, {"apiVersion", "kind", "metadata", "spec"})
        assert one.get("spec", {}).keys() <= FIELDS.get(f"{kind}.spec", set())
        assert one.get("spec", {}).get("jobTemplate", {}).get("spec", {}).keys() <= _JOB
    for _, pod in pods():
        assert pod.keys() <= _POD
    for container in containers():
        assert container.keys() <= FIELDS["container"]
        probes = [probe for key, probe in container.items() if key.endswith("Probe")]
        assert all(probe.keys() <= FIELDS["probe"] for probe in probes)


def test_every_pod_is_nobody_s_root_and_writes_to_its_volumes_alone() -> None:
    assert sorted(kind for kind, _ in pods()) == ["CronJob", "Deployment", "Job"]
    for _, pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["terminationGracePeriodSeconds"] > 10
        volumes = {one["name"] for one in pod["volumes"]}
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
            assert mounts.keys() == volumes
            assert {"/tmp", "/var/lib/contact-dedupe", "/etc/contact-dedupe"} <= {*mounts.values()}


def commands() -> Iterator[str]:
    """Every call of the command in the files, without its name."""
    for container in containers():
        yield shlex.join(container["args"])
        for probe in [value for key, value in container.items() if key.endswith("Probe")]:
            if "exec" in probe:
                first, *rest = probe["exec"]["command"]
                assert first == "dedupe"
                yield shlex.join(rest)
    for service in COMPOSE["services"].values():
        if service["image"] == "contact-dedupe":
            yield shlex.join(service["command"])
    for unit in UNITS:
        for line in re.findall(r"^ExecStart=\S+/dedupe (.*)$", unit.read_text("utf-8"), re.MULTILINE):
            yield re.sub(r" /\S+", "", line)
    for form in re.findall(r"^CMD (\[.*\])$", CONTAINERFILE, re.MULTILINE):
        yield shlex.join(yaml.safe_load(form))
    for form in re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", CONTAINERFILE, re.MULTILINE):
        yield shlex.join(yaml.safe_load(form)[1:])


def test_every_command_exists_with_its_options() -> None:
    found = [*commands()]
    assert len(found) >= 10
    assert {one.split()[-1] for one in found} >= {"serve", "nightly", "migrate", "health"}
    assert [one for one in found if unknown(one)] == []


def variables() -> dict[str, Any]:
    """Every variable of ours that a file sets, and its value."""
    found = dict(re.findall(r"\b(DEDUPE_\w+)=(\S+)", CONTAINERFILE))
    for service in COMPOSE["services"].values():
        found |= service["environment"]
    for unit in UNITS:
        found |= dict(re.findall(r"\b(DEDUPE_\w+)=(\S+)", unit.read_text("utf-8")))
    return {name: value for name, value in found.items() if name.startswith("DEDUPE_")}


def test_every_variable_is_one_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = {"DEDUPE_CONFIG", "DEDUPE_BUILD_COMMIT"}
    named = {name: value for name, value in variables().items() if name not in beside}
    assert len(named) >= 4
    for name, value in named.items():
        section, _, key = name.removeprefix("DEDUPE_").lower().partition("__")
        kind: Any = Settings.model_fields[section].annotation
        assert key in kind.model_fields, name
        monkeypatch.setenv(name, value)
    Settings()


def test_the_configuration_of_the_cluster_can_be_used() -> None:
    (told,) = [one["data"]["config.toml"] for one in documents() if one["kind"] == "ConfigMap"]
    settings = Settings(**tomllib.loads(told))
    probed = {
        header["value"]
        for container in containers()
        for key, probe in container.items()
        if key.endswith("Probe") and "httpGet" in probe
        for header in probe["httpGet"]["httpHeaders"]
    }
    assert probed <= set(settings.serve.allowed_hosts)
    assert settings.serve.host == "0.0.0.0"


def test_compose_has_the_fields_of_its_specification() -> None:
    assert COMPOSE.keys() <= {"name", "services", "volumes", "secrets", "x-dedupe"}
    for service in COMPOSE["services"].values():
        assert service.keys() <= COMPOSE_SERVICE
        waits = service.get("depends_on", {})
        assert waits.keys() <= COMPOSE["services"].keys()
        assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    assert all(service["read_only"] for service in COMPOSE["services"].values() if "build" in service)


def test_what_the_image_is_made_of_is_here() -> None:
    for line in re.findall(r"^COPY (?!--)(.*)$", CONTAINERFILE, re.MULTILINE):
        *sources, _ = line.split()
        assert [one for one in sources if not (ROOT / one).exists()] == []
    final = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert "RUN " not in final  # so that another base without any shell does as well
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/contact-dedupe/bin/dedupe", "/usr/bin/env")
        (tmp_path / unit.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_units_end_and_try_again_as_the_exit_codes_say() -> None:
    night = (INSTALL / "systemd" / "contact-dedupe-nightly.service").read_text("utf-8")
    assert "RestartPreventExitStatus=1 2 3 5" in night  # only 4, another run's lock, is tried again
    (policy,) = [
        one["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]
        for one in documents()
        if one["kind"] == "CronJob"
    ]
    assert policy["rules"][0]["onExitCodes"]["values"] == [1, 2, 3, 5]
