"""The doctor names what is missing and how to get it."""

from pathlib import Path

import pytest

from infra.local import doctor


def test_a_missing_tool_is_named_with_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)

    found = {finding.name: finding for finding in doctor.examine(tmp_path)}

    assert not found["make"].is_fine
    assert "apt-get install make" in found["make"].remedy


def test_an_environment_that_was_never_built_is_built_by_make(tmp_path: Path) -> None:
    found = {finding.name: finding for finding in doctor.examine(tmp_path)}

    assert not found["local cloud"].is_fine
    assert found["local cloud"].remedy == "make env"
    assert not found["deploy tools"].is_needed


def test_a_full_disk_and_a_closed_loopback_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DISK_BYTES_MIN", 1 << 62)
    monkeypatch.setattr(doctor, "HOST", "192.0.2.1")

    missing = {finding.name for finding in doctor.examine(tmp_path) if not finding.is_fine}

    assert {"disk", "loopback"} <= missing
