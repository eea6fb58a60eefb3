"""What lies in the lake's raw/ right now, read file by file as files appear."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pyarrow.parquet as pq

from infra.local.clients import client


class LakeView:
    """The rows seen so far; each file is read once."""

    def __init__(self, endpoint: str, bucket: str) -> None:
        self._s3 = client("s3", endpoint)
        self._bucket = bucket
        self._seen: dict[str, int] = {}
        self.accepted: dict[str, str] = {}  # event identity -> dataset
        self.refused: dict[
            str, list[tuple[str, str]]
        ] = {}  # event identity -> (received at, reason), every time it was
        self.steps: set[tuple[str, int]] = set()  # contact and place in its trail
        self.forecasts: dict[str, int] = {}  # car -> newest version that has rows

    @property
    def files(self) -> int:
        """Return how many files were seen."""
        return len(self._seen)

    @property
    def rows(self) -> int:
        """Return how many rows they hold together, doubles included."""
        return sum(self._seen.values())

    def look(self, datasets: Iterable[str], *, days: Sequence[date] | None = None) -> None:
        """Read what is new of the datasets: of some days of receipt, or of all."""
        for dataset in datasets:
            parts = [f"day={day.isoformat()}/" for day in days] if days is not None else [""]
            for part in parts:
                for key in self._keys(f"raw/{dataset}/{part}"):
                    self._read(dataset, key)

    def answered(self) -> set[str]:
        """Return every identity that came back accepted or refused."""
        return set(self.accepted) | set(self.refused)

    def _keys(self, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ()) if entry["Key"] not in self._seen]

    def _read(self, dataset: str, key: str) -> None:
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(body), columns=_COLUMNS[dataset]).to_pylist()
        self._seen[key] = len(rows)
        for row in rows:
            self._take(dataset, row)

    def _take(self, dataset: str, row: dict[str, Any]) -> None:
        match dataset:
            case "readings" | "enrolments" | "interactions":
                self.accepted[row["event_key"].hex()] = dataset
            case "refusals":
                told = (row["received_at"].isoformat(), row["reason"])
                self.refused.setdefault(row["event_key"].hex(), []).append(told)
            case "contacts":
                self.steps.add((row["contact_id"], row["step"]))
            case "forecasts":
                held = self.forecasts.get(row["vehicle_id"], 0)
                self.forecasts[row["vehicle_id"]] = max(held, row["version"])
            case "tier_changes" | "partner_reads" | "points" | "benefit_grants":
                return
            case _:
                raise ValueError(f"nobody knows the dataset {dataset}")


_COLUMNS = {
    "readings": ["event_key"],
    "enrolments": ["event_key"],
    "interactions": ["event_key"],
    "tier_changes": ["event_key"],
    "points": ["entry_id"],
    "benefit_grants": ["grant_id"],
    "partner_reads": ["request_id"],
    "refusals": ["event_key", "received_at", "reason"],
    "contacts": ["contact_id", "step"],
    "forecasts": ["vehicle_id", "version"],
}
DATASETS = tuple(_COLUMNS)
