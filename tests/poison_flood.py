"""A flood of good vehicle events with poison in it, on the local cloud: every good one takes effect, every bad one ends
where an operator finds it with its reason, and after a fix everything goes back and nothing is left.

`python -m tests.poison_flood` runs it with 100,000 good and 1,000 bad events and prints what it counted.

| poison | what is wrong with it | where it ends | what the operator does |
|---|---|---|---|
| unit | a unit that nobody knows | quarantine, with a body | `quarantine fix --set ...unit=m`, redrive |
| flag | a truth value that is none | quarantine, with a body | `quarantine fix --set data.date_only=false`, redrive |
| cut | JSON that was cut off | quarantine, without a body | asks the source for the event: `redrive --body` |
| fault | a car whose item no function can read | dead letters | mends the item, `dlq redrive` |
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from infra.local.lake_view import LakeView
from infra.local.stack import Wish, running
from infra.operation.letters import Box
from infra.operation.mending import keep, mended
from infra.operation.names import Names
from infra.operation.opening import open_letter
from infra.operation.places import place_called
from infra.operation.quarantine import Choice, Row, rows_of
from infra.operation.reasons import last_fault
from infra.operation.redriving import Wish as Redrive
from infra.operation.redriving import redrive
from infra.operation.releasing import release
from infra.operation.site import Site, local_site
from infra.operation.verifying.run import verify
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.vault import key_ring
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from tests.builders import a_consent, a_vehicle
from tests.poison import POISONS, SETTINGS, Flood, a_flood

PATIENCE_SECONDS = 300.0  # without anything new
HURRIED_SECONDS = "2"  # of visibility, once the good ones are through: five deliveries take a quarter of a minute then
QUEUE, GIVEN_UP = "VehicleDataQueue", "VehicleDataDeadLetters"
SCHEMA_OF_LATER = "99"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted."""

    good: int
    bad: int
    good_effective: int
    quarantined: Mapping[str, int]
    dead_letters: int
    dead_letter_reason: str
    came_back: int  # redriven before the fix, failed again and said so
    left_in_quarantine: int
    left_in_queues: int
    effective_after_fix: int
    laws_broken: Sequence[str]
    seconds: float

    @property
    def holds(self) -> bool:
        """Return whether everything is as it must be."""
        is_all_there = self.good_effective == self.good and self.effective_after_fix == self.good + self.bad
        is_named = sum(self.quarantined.values()) + self.dead_letters == self.bad and bool(self.dead_letter_reason)
        return is_all_there and is_named and not (self.left_in_quarantine or self.left_in_queues or self.laws_broken)


def enrol(flood: Flood, site: Site) -> dict[str, str]:
    """Put the cars of the flood into the vault and the table; return each one's surrogate."""
    said = site.client("secretsmanager").get_secret_value(SecretId=site.ids["VaultSecret"])["SecretString"]
    ring = key_ring(json.loads(said))
    ids = {vin: f"v_{number:024x}" for number, vin in enumerate(flood.vins)}
    rows: list[tuple[str, dict[str, Any]]] = []
    for vin, vehicle_id in ids.items():
        pk, sk = ring.row("vin", vin)
        rows.append(("VaultTable", {"pk": pk, "sk": sk, "surrogate": vehicle_id}))
        rows.append(("VaultTable", {"pk": f"vehicle#{vehicle_id}", "sk": "plain", "vin": vin}))
        rows.append(("VehiclesTable", vehicle_values(a_vehicle(vehicle_id=vehicle_id, consent=a_consent()))))
    for at in range(0, len(rows), 25):
        asked: dict[str, list[Any]] = {}
        for table, values in rows[at : at + 25]:
            asked.setdefault(site.ids[table], []).append({"PutRequest": {"Item": written(values)}})
        site.client("dynamodb").batch_write_item(RequestItems=asked)
    return ids


def set_schema(site: Site, vehicle_id: str, schema: str) -> None:
    """Write the schema number of a car's item, as a release that came too late or was taken back."""
    site.client("dynamodb").update_item(
        TableName=site.ids["VehiclesTable"],
        Key={"pk": {"S": f"vehicle#{vehicle_id}"}, "sk": {"S": "state"}},
        UpdateExpression="SET #schema = :schema",
        ExpressionAttributeNames={"#schema": "schema"},
        ExpressionAttributeValues={":schema": {"N": schema}},
    )


def run(folder: Path, *, good: int, bad: int, seed: int = 11, is_patient: bool = True) -> Figures:
    """Run a flood on a stack of its own, and mend it.

    A patient one has the faulting events among the others, where each delivery hides them for a minute and a half, and
    redrives once before anything was mended, which must come to nothing.
    """
    began, random = time.monotonic(), Random(seed)
    with running(_wish(folder, seed), descriptor=folder / "stack.json") as stack:
        site = local_site(stack)
        lake = LakeView(stack.endpoint, stack.outputs["LakeBucketName"])
        flood = a_flood(good=good, bad=bad, now=site.now)
        poisoned = _poured(flood, site, random, is_patient=is_patient)
        _until_effective(lake, flood.keys("good"))
        effective = len(_accepted(lake) & flood.keys("good"))
        _hurry(site, deliveries=5 if is_patient else 2)
        _send(site, () if is_patient else flood.faulting())
        _until_given_up(site, flood)
        came_back = _too_early(site, flood) if is_patient else 0
        rows, letters = list(rows_of(Choice(), site)), list(_letters(site))

        _fix(flood, rows, site)
        set_schema(site, poisoned, "1")
        _redrive(site, again=is_patient)
        every = flood.keys("good", *POISONS)
        _until_effective(lake, every)
        _until(lambda: _depth(site, QUEUE) + _depth(site, GIVEN_UP) + _depth(site, "HistoryQueue"))
        return Figures(
            good=good,
            bad=bad,
            good_effective=effective,
            quarantined=dict(Counter(f"{row.reason} {row.field}" for row in rows)),
            dead_letters=sum(count for count, _ in letters),
            dead_letter_reason=letters[0][1],
            came_back=came_back,
            left_in_quarantine=sum(1 for _ in rows_of(Choice(), site)),
            left_in_queues=_depth(site, QUEUE) + _depth(site, GIVEN_UP),
            effective_after_fix=len(_accepted(lake) & every),
            laws_broken=[finding.law for finding in verify(site) if finding.violations],
            seconds=round(time.monotonic() - began, 1),
        )


def _wish(folder: Path, seed: int) -> Wish:
    people = folder / "people.json"
    people.write_text('{"people": []}', encoding="utf-8")
    return Wish(seed=seed, starts_at=None, people=people, work_dir=folder)


def _poured(flood: Flood, site: Site, random: Random, *, is_patient: bool) -> str:
    """Enrol the cars, send the flood, and return the car whose item nobody can read."""
    poisoned = enrol(flood, site)[flood.vins[-1]]
    set_schema(site, poisoned, SCHEMA_OF_LATER)
    _send(site, [*flood.messages(random), *(flood.faulting() if is_patient else ())])
    return poisoned


def _fix(flood: Flood, rows: Sequence[Row], site: Site) -> None:
    names = Names(site)
    kinds = {"wrong_unit": "unit"}
    for row in rows:
        if row.body is not None:
            setting = SETTINGS[kinds.get(row.reason, "flag")]
            body_kept = mended(row, patch=None, settings=[setting], site=site, names=names)
            keep(row, body_kept, by="operator", site=site)
    unkept = [row.event_key for row in rows if row.body is None]
    given = dict(zip(unkept, flood.events["cut"], strict=True))
    tally = release(rows_of(Choice(), site), site=site, names=names, by="operator", given=given)
    assert (tally.refused, tally.changed) == ({}, []), tally


def _too_early(site: Site, flood: Flood) -> int:
    """Redrive before anything was mended and return how many messages came back and are left alone then."""
    depth = _depth(site, GIVEN_UP)
    _redrive(site, again=False)
    _until_given_up(site, flood)
    tally = redrive(Box(site, place_called(GIVEN_UP)), Redrive(), pause=lambda _: None, advance=lambda _: None)
    assert (tally.redriven, len(tally.came_back)) == ([], depth), tally
    return depth


def _redrive(site: Site, *, again: bool) -> None:
    box = Box(site, place_called(GIVEN_UP))
    tally = redrive(box, Redrive(again=again), pause=lambda _: None, advance=lambda _: None)
    assert (tally.failed, tally.missing) == ({}, []), tally


def _letters(site: Site) -> Iterator[tuple[int, str]]:
    place, names = place_called(GIVEN_UP), Names(site)
    for letter in Box(site, place).letters(most=10_000):
        opened = open_letter(letter, place, names.digest)
        yield opened.count, opened.reason or last_fault(site, place)


def _send(site: Site, messages: Iterable[str]) -> None:
    for message in messages:
        site.client("sqs").send_message(QueueUrl=site.ids[QUEUE], MessageBody=message)


def _hurry(site: Site, *, deliveries: int) -> None:
    """Let the queue wait shorter between fewer deliveries than a minute and a half and five."""
    queue, url = site.client("sqs"), site.ids[QUEUE]
    held = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    policy = json.loads(held["RedrivePolicy"]) | {"maxReceiveCount": deliveries}
    attributes = {"VisibilityTimeout": HURRIED_SECONDS, "RedrivePolicy": json.dumps(policy)}
    queue.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _depth(site: Site, name: str) -> int:
    asked = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
    said = site.client("sqs").get_queue_attributes(QueueUrl=site.ids[name], AttributeNames=asked)["Attributes"]
    return sum(map(int, said.values()))


def _accepted(lake: LakeView) -> set[str]:
    lake.look(("readings",))
    return set(lake.accepted)


def _until_effective(lake: LakeView, keys: set[str]) -> None:
    _until(lambda: len(keys - _accepted(lake)))


def _until_given_up(site: Site, flood: Flood) -> None:
    faulting = len(flood.events["fault"])
    _until(lambda: faulting - sum(count for count, _ in _letters(site)) + _depth(site, QUEUE))


def _until(left: Callable[[], int]) -> None:
    """Return once nothing is left; give up when nothing moved for long."""
    held, ends_at = -1, time.monotonic() + PATIENCE_SECONDS
    while (now := left()) != 0:
        if now != held:
            held, ends_at = now, time.monotonic() + PATIENCE_SECONDS
        if time.monotonic() > ends_at:
            raise TimeoutError(f"{now} left")
        time.sleep(0.3)


def main() -> int:
    """Run a flood and print its figures as JSON; 1 if something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--good", type=int, default=100_000)
    parser.add_argument("--bad", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Path(folder), good=asked.good, bad=asked.bad, seed=asked.seed)
    sys.stdout.write(json.dumps({**asdict(figures), "holds": figures.holds}, indent=2) + "\n")
    return 0 if figures.holds else 1


if __name__ == "__main__":
    sys.exit(main())
