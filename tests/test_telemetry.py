"""What logs say of the thread that something belongs to."""

import json
import logging

import pytest

from ownerloop import telemetry


def written(caplog: pytest.LogCaptureFixture) -> list[list[str]]:
    return [record.correlation_ids for record in caplog.records if record.message == "contacts sent"]  # type: ignore[attr-defined]


def test_what_a_batch_was_done_for_stands_once_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        telemetry.follow("contacts sent", ["b", "a", None, "b", ""], tasks=1)

    assert written(caplog) == [["a", "b"]]


def test_a_batch_that_did_nothing_for_anybody_writes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        telemetry.follow("contacts sent", [None])

    assert written(caplog) == []


def test_no_line_grows_beyond_what_a_log_takes(caplog: pytest.LogCaptureFixture) -> None:
    ids = [f"{number:032x}" for number in range(1_200)]

    with caplog.at_level(logging.INFO):
        telemetry.follow("contacts sent", ids)

    assert [len(line) for line in written(caplog)] == [500, 500, 200]
    assert sorted(one for line in written(caplog) for one in line) == ids
    assert max(len(json.dumps(line)) for line in written(caplog)) < 256_000
