"""The counts that the end-to-end run is judged by, and that each of them can fail."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.simulator.count import (
    duplicates,
    max_messages_per_owner_day,
    outcomes,
    over_own_max,
    provider_messages,
    quiet_hours_violations,
    report,
    results,
)
from infra.simulator.people import People, read_people
from tests.simulator.conftest import Start
from tests.simulator.trial import DAY, Json, a_person

ROOT = Path(__file__).parents[2]
NOON = "2026-03-02T04:00:00Z"


def people(folder: Path, *rows: Json) -> People:
    file = folder / "people.json"
    file.write_text(json.dumps({"people": rows}), encoding="utf-8")
    return read_people(file)


def sent(
    external_userid: str, at: str = NOON, *, link: str | None = "l1", msgid: str = "m1", reason: str = "sent"
) -> Json:
    return {
        "kind": "message_sent" if reason == "sent" else "not_sent",
        "at": at,
        "msgid": msgid,
        "external_userid": external_userid,
        "link_url": link,
        "reason": reason,
    }


def made(*ids: str, kind: str = "task_created", msgid: str = "m1") -> Json:
    return {"kind": kind, "at": NOON, "msgid": msgid, "external_userids": list(ids), "link_url": "l1"}


def test_only_what_was_really_sent_is_a_message() -> None:
    found = outcomes([made("a", "b", "c"), sent("a"), sent("b", reason="not_friend"), {"kind": "fault", "at": NOON}])

    assert provider_messages(found) == 1
    assert results(found) == {("l1", "a"): ["sent"], ("l1", "b"): ["not_friend"], ("l1", "c"): ["waiting"]}


def test_a_cancelled_task_is_told_from_a_waiting_one() -> None:
    found = outcomes([made("a"), made("b", msgid="m2"), made("a", kind="cancelled")])

    assert results(found) == {("l1", "a"): ["cancelled"], ("l1", "b"): ["waiting"]}


def test_a_persons_day_counts_all_their_ids(tmp_path: Path) -> None:
    known = people(tmp_path, *a_person("Li", "a", "b"), *a_person("Wang", "c"))
    log = [sent("a"), sent("b", msgid="m2"), sent("a", msgid="m3", link="l3"), sent("c"), sent("c", msgid="m2")]

    assert max_messages_per_owner_day(outcomes(log), known) == 3
    assert max_messages_per_owner_day(outcomes([]), known) == 0


@pytest.mark.parametrize(("zone", "most"), [("Asia/Shanghai", 1), ("Asia/Urumqi", 2), ("UTC", 2)])
def test_a_day_ends_where_the_person_lives(tmp_path: Path, zone: str, most: int) -> None:
    known = people(tmp_path, *a_person("Li", "a", zone=zone))
    before, after = "2026-03-02T15:59:59Z", "2026-03-02T16:00:01Z"  # midnight in Shanghai lies between

    assert max_messages_per_owner_day(outcomes([sent("a", before), sent("a", after, msgid="m2")]), known) == most


def test_more_than_a_person_asked_for_is_told_over_all_their_ids(tmp_path: Path) -> None:
    rows = [row | {"daily_max": most} for row, most in zip(a_person("Li", "a", "b"), (3, 1), strict=True)]
    known = people(tmp_path, *rows, *a_person("Wang", "c"))
    log = [sent("a"), sent("b", msgid="m2"), sent("c"), sent("c", msgid="m2")]

    assert over_own_max(outcomes(log), known) == [{"person": "Li", "day": "2026-03-02", "messages": 2}]
    assert over_own_max(outcomes(log[:1]), known) == []


def test_the_same_link_twice_for_one_customer_is_a_duplicate() -> None:
    log = [sent("a"), sent("a", msgid="m2"), sent("a", msgid="m3"), sent("b"), sent("a", msgid="m4", link="l2")]
    without_link = [sent("a", msgid=f"n{n}", link=None) for n in range(3)]
    not_received = [sent("c"), sent("c", msgid="m2", reason="quota")]

    assert duplicates(outcomes(log + without_link + not_received)) == 2


@pytest.mark.parametrize(
    ("at", "zone", "violations"),
    [
        ("2026-03-02T12:59:59Z", "Asia/Shanghai", 0),
        ("2026-03-02T13:00:00Z", "Asia/Shanghai", 1),
        ("2026-03-02T23:59:59Z", "Asia/Shanghai", 1),
        ("2026-03-03T00:00:00Z", "Asia/Shanghai", 0),
        ("2026-03-03T00:00:00Z", "Asia/Urumqi", 1),
    ],
)
def test_quiet_hours_are_the_persons(tmp_path: Path, at: str, zone: str, violations: int) -> None:
    known = people(tmp_path, *a_person("Li", "a", zone=zone))

    assert len(quiet_hours_violations(outcomes([sent("a", at)]), known)) == violations


def test_a_message_to_nobody_known_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="stranger"):
        max_messages_per_owner_day(outcomes([sent("stranger")]), people(tmp_path))


@pytest.mark.parametrize(
    "rows",
    [[*a_person("Li", "a"), *a_person("Wang", "a")], [*a_person("Li", "a"), *a_person("Li", "b", zone="UTC")]],
)
def test_people_who_are_told_apart_badly_are_refused(tmp_path: Path, rows: list[Json]) -> None:
    with pytest.raises(ValueError, match="people file"):
        people(tmp_path, *rows)


def test_the_command_prints_what_the_functions_say(start: Start) -> None:
    provider = start()
    provider.create("wmli", "wmwang")
    provider.after(DAY)
    provider.admin("health")
    files = ["--log", str(provider.settings.log), "--people", str(provider.settings.people)]

    command = [sys.executable, "-m", "infra.simulator.count", *files]
    printed: Any = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)

    assert printed == report(outcomes(provider.entries()), read_people(provider.settings.people))
    assert (printed["provider_messages"], printed["max_messages_per_owner_day"]) == (2, 1)
    assert (printed["duplicates"], printed["quiet_hours_violations"]) == (0, [])
