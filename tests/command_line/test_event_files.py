"""Files of events: whatever they hold reaches the intake, which is what judges."""

import json
from pathlib import Path

import pytest

from infra.command_line.event_files import events_of

EVENT = {"id": "1", "type": "ownerloop.vehicle.telemetry.v1"}
LINE = json.dumps(EVENT)


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (LINE, [EVENT]),
        (json.dumps(EVENT, indent=2), [EVENT]),
        (f"[{LINE}, 7]", [EVENT, "7"]),
        (f"{LINE}\n\nno json\n[1]\n{LINE}\n", [EVENT, "no json", "[1]", EVENT]),
        ('{"id":\n "cut', ['{"id":\n "cut']),
        ("", []),
        ("[]", []),
    ],
)
def test_what_is_no_event_goes_along_and_costs_no_other(text: str, events: list[object], tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text, encoding="utf-8")

    assert list(events_of(path)) == events


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_events_are_read_in_whatever_they_were_saved(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(json.dumps({**EVENT, "id": "备注"}, ensure_ascii=False).encode(encoding))

    assert list(events_of(path)) == [{**EVENT, "id": "备注"}]
