"""The locks agree with each other and name no place."""

import re
from pathlib import Path

import pytest

from infra.layers.build import LAYERS

LOCKS = Path(__file__).resolve().parents[2] / "infra" / "locks"
PROJECT, TOOLS, MINISTACK, RUNTIME = (LOCKS / f"{name}.lock" for name in ("project", "tools", "ministack", "runtime"))
ALL = [PROJECT, TOOLS, MINISTACK, RUNTIME, *(layer.lock for layer in LAYERS.values())]
PINNED_BY_THE_SAM_CLI = {"boto3", "botocore", "s3transfer"}


@pytest.mark.parametrize("lock", ALL, ids=lambda lock: f"{lock.parent.name}-{lock.stem}")
def test_a_lock_pins_and_hashes_everything_and_names_no_registry(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]

    assert lines
    assert all(re.fullmatch(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==[^ ]+( ; [^\\]+)? \\", line) for line in lines)
    assert text.count("--hash=sha256:") >= len(lines)
    assert "://" not in text
    assert "--index" not in text
    assert "--find" not in text


def test_equal_packages_have_equal_versions_in_every_lock() -> None:
    chosen = _versions(PROJECT)

    for lock in ALL:
        differing = {name for name, version in _versions(lock).items() if chosen.get(name, version) != version}
        assert differing <= (PINNED_BY_THE_SAM_CLI if lock == TOOLS else set()), lock


@pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.folder)
def test_what_a_layer_holds_is_what_the_tests_run_with(layer) -> None:  # type: ignore[no-untyped-def]  # parametrized
    assert _versions(layer.lock).items() <= _versions(PROJECT).items()


def test_the_runtime_s_own_packages_are_in_no_layer() -> None:
    held = {name for layer in LAYERS.values() for name in _versions(layer.lock)}

    assert not held & PINNED_BY_THE_SAM_CLI


def test_the_deploy_tools_and_the_local_cloud_are_the_ones_we_measured() -> None:
    assert _versions(TOOLS)["cfn-lint"] == "1.58.0"
    assert _versions(MINISTACK)["ministack"] == "1.5.33"


def _versions(lock: Path) -> dict[str, str]:
    text = lock.read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z0-9,-]+\])?==([^ ]+)", text, flags=re.MULTILINE))
