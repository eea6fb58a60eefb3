"""The account of the tables' facts against the lake's rows: what was decided is history, and history was decided.

| dataset | one fact of the tables | one row of the lake, however often it stands there |
|---|---|---|
| enrolments, interactions | the inbox marker of an applied event | event_key |
| contacts | one step of a contact's trail | contact_id, step |
| points | one entry that changed a lot | person_id, number |
| forecasts | a car that has a forecast | vehicle_id |
"""

import hashlib
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow.parquet as pq

from infra.operation.site import Site
from infra.operation.verifying.findings import Finding
from infra.operation.verifying.privacy import PrivacyLaw
from infra.operation.verifying.scratch import Scratch
from ownerloop.adapters.dynamodb.contact_items import contact_from
from ownerloop.adapters.dynamodb.enrolments import MARKER_KEPT
from ownerloop.adapters.dynamodb.items import instant, micros
from ownerloop.adapters.dynamodb.point_items import ENTRY, entry_from
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of
from ownerloop.adapters.lake_schemas import SCHEMAS

EVENTS = "events"  # enrolments and interactions share one inbox
ACCOUNTED = (EVENTS, "contacts", "points", "forecasts")
TAIL = timedelta(minutes=20)  # four of the widest windows: what is younger may still be on its way
_WAYS = ("HistoryQueue", "HistoryDeadLetters", "StreamFailureQueue")
_SECOND_US = 1_000_000


class LakeAccount:
    """What the tables say must be in the lake since an instant, and what is there."""

    def __init__(self, scratch: Scratch, *, since: datetime, now: datetime) -> None:
        self._scratch = scratch
        self._since, self._now = since, now
        self.rows = 0

    def see_owner_table(self, values: dict[str, Any]) -> None:
        """Take in an item of the Owners table."""
        if values["pk"].startswith("inbox#"):
            applied_at = values["expires_at"] * _SECOND_US - MARKER_KEPT // timedelta(microseconds=1)
            self._fact(EVENTS, values["pk"].removeprefix("inbox#"), applied_at)

    def see_contact_table(self, values: dict[str, Any]) -> None:
        """Take in an item of the Contacts table."""
        if values["pk"].startswith("contact#") and values["sk"] == "state":
            contact = contact_from(values)
            for number, step in enumerate(contact.trail, start=1):
                self._fact("contacts", f"{contact.contact_id} {number}", micros(step.at) or 0)

    def see_points_table(self, values: dict[str, Any]) -> None:
        """Take in an item of the Points table."""
        if values["sk"].startswith(ENTRY):
            entry = entry_from(values)
            if entry.changes:
                self._fact("points", f"{entry.person_id} {entry.number}", micros(entry.decided_at) or 0)

    def see_vehicle(self, item: Any, values: dict[str, Any]) -> None:
        """Take in an item of the Vehicles table."""
        if values["pk"].startswith("vehicle#") and values["sk"] == STATE:
            car = vehicle_of(item)
            if car.forecast is not None and car.forecast.items and car.forecast.as_of >= self._since.date():
                at = micros(datetime.combine(car.forecast.as_of, datetime.max.time(), self._now.tzinfo)) or 0
                self._fact("forecasts", car.vehicle_id, at)

    def read(self, site: Site, privacy: PrivacyLaw) -> Iterator[str]:
        """Read the lake file by file, and yield the name of each dataset before it is read."""
        for dataset in SCHEMAS:
            yield dataset
            for key in self._files(site, dataset):
                body = site.client("s3").get_object(Bucket=site.ids["LakeBucket"], Key=key)["Body"].read()
                for batch in pq.ParquetFile(io.BytesIO(body)).iter_batches(batch_size=4096):
                    self._take(dataset, batch.to_pylist(), privacy)

    def findings(self, site: Site) -> Iterator[Finding]:
        """Yield what each side has that the other has not."""
        for dataset in ACCOUNTED:
            yield self._finding(dataset)
        ways = Finding("ways", ("入湖路上没有遗留", "nothing was given up on the way to the lake"))
        for name in _WAYS:
            ways.checked += 1
            depth = _depth(site, name)
            if depth and name == "HistoryQueue":
                ways.notes.append(f"{depth} messages in {name}")
            elif depth:
                ways.breaks(name, f"holds {depth}")
        yield ways

    def _finding(self, dataset: str) -> Finding:
        found = Finding(f"lake_{dataset}", (f"表与湖一致：{dataset}", f"tables and lake agree: {dataset}"))
        late = micros(self._now - TAIL) or 0
        question = "SELECT id, at FROM fact WHERE dataset = ? AND id NOT IN (SELECT id FROM row WHERE dataset = ?)"
        tail = 0
        for name, at in self._scratch.rows(question, dataset, dataset):
            if at > late:
                tail += 1
            else:
                found.breaks(name, f"is in the tables since {instant(at).isoformat()} and not in the lake")
        if dataset != "forecasts":  # a forecast is replaced; its older rows are history
            question = "SELECT id FROM row WHERE dataset = ? AND id NOT IN (SELECT id FROM fact WHERE dataset = ?)"
            for (name,) in self._scratch.rows(question, dataset, dataset):
                found.breaks(name, "is in the lake and not in the tables")
        sums = {side: self._digest(side, dataset) for side in ("fact", "row")}
        found.checked = sums["fact"][0]
        found.notes = [f"{side} {count} {digest}" for side, (count, digest) in sums.items()]
        found.notes += [f"{tail} on the way"] if tail else []
        return found

    def _digest(self, side: str, dataset: str) -> tuple[int, str]:
        total, count = hashlib.sha256(), 0
        for (name,) in self._scratch.rows(f"SELECT id FROM {side} WHERE dataset = ? ORDER BY id", dataset):  # noqa: S608  # our own names
            total.update(f"{name}\n".encode())
            count += 1
        return count, total.hexdigest()[:12]

    def _fact(self, dataset: str, name: str, at: int) -> None:
        if instant(at) >= self._since:
            self._scratch.add("fact", dataset, name, at)

    def _files(self, site: Site, dataset: str) -> Iterator[str]:
        first = f"raw/{dataset}/day={self._since.date().isoformat()}"
        pages = site.pages("s3", "list_objects_v2", Bucket=site.ids["LakeBucket"], Prefix=f"raw/{dataset}/")
        yield from (entry["Key"] for page in pages for entry in page.get("Contents", ()) if entry["Key"] >= first)

    def _take(self, dataset: str, rows: list[dict[str, Any]], privacy: PrivacyLaw) -> None:
        self.rows += len(rows)
        for row in rows:
            privacy.see(
                f"lake {dataset}", {name: value for name, value in row.items() if isinstance(value, str | list)}
            )
            if row["received_at"] < self._since:
                continue
            match dataset:
                case "enrolments" | "interactions":
                    self._scratch.add("row", EVENTS, row["event_key"].hex())
                case "contacts":
                    self._scratch.add("row", dataset, f"{row['contact_id']} {row['step']}")
                case "points":
                    self._scratch.add("row", dataset, f"{row['person_id']} {row['number']}")
                case "forecasts":
                    self._scratch.add("row", dataset, row["vehicle_id"])
                case _:
                    continue
            if dataset == "enrolments" and row["vehicle_id"]:
                told = (row["vehicle_id"], micros(row["occurred_at"]), micros(row["received_at"]))
                self._scratch.add("told", *told)


def _depth(site: Site, name: str) -> int:
    asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    said = site.client("sqs").get_queue_attributes(QueueUrl=site.ids[name], AttributeNames=asked)["Attributes"]
    return sum(map(int, said.values()))
