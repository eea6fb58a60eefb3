"""The quarantine in the words of people and of programs; bodies only with nobody named."""

import json
from collections import Counter
from typing import Any

from rich.table import Table

from infra.explain.words import Language, pick
from infra.operation.opening import Digest, shown
from infra.operation.quarantine import Row

_STANDS = {
    "open": ("未处理", "open"),
    "mended": ("已修复", "mended"),
    "redriving": ("重放中", "being redriven"),
    "redriven": ("已重放", "redriven"),
}


def groups_table(groups: Counter[tuple[str, ...]], language: Language) -> Table:
    """Return the table of counts by day, reason, field, source and stand."""
    table = Table()
    for zh, en in (("日期", "day"), ("原因", "reason"), ("字段", "field"), ("来源", "source"), ("状态", "stands")):
        table.add_column(pick(language, zh, en))
    table.add_column(pick(language, "正文", "body"))
    table.add_column(pick(language, "条数", "events"), justify="right")
    for (day, reason, field, source, stand, body), count in sorted(groups.items()):
        kept = pick(language, "有", "kept") if body == "kept" else "-"
        table.add_row(day, reason, field or "-", source or "-", pick(language, *_STANDS[stand]), kept, str(count))
    return table


def row_lines(row: Row, digest: Digest, language: Language) -> list[str]:
    """Return one refused event, a line a fact."""
    stand = pick(language, *_STANDS[row.stand])
    lines = [
        f"{row.event_key}  {row.event_type or '?'}  {row.received_at.isoformat()}",
        f"{row.reason}: {row.field} {row.rule}".rstrip(),
        f"{pick(language, '车辆', 'car')} {row.surrogate or '-'}, {stand}"
        + (f" {row.redriven_at}" if row.redriven_at else ""),
    ]
    by = f" ({row.mended_by})" if row.mended_by else ""
    for label, body in (
        (pick(language, "原文", "as it came"), row.sealed),
        (pick(language, "修复后", "mended") + by, row.mended),
    ):
        if body:
            lines.append(f"{label}: {json.dumps(shown(body, digest), ensure_ascii=False)}")
    if not row.body:
        zh, en = "正文未保留：没有有效授权覆盖", "no body is kept: no live consent covered it"
        lines.append(pick(language, zh, en))
    return lines


def row_data(row: Row, digest: Digest | None) -> dict[str, Any]:
    """Return one refused event for a program; its bodies only with a digest for what names somebody."""
    told: dict[str, Any] = {
        "event_key": row.event_key,
        "day": row.day,
        "event_type": row.event_type,
        "reason": row.reason,
        "field": row.field,
        "rule": row.rule,
        "vehicle_id": row.surrogate or None,
        "received_at": row.received_at.isoformat(),
        "stand": str(row.stand),
        "mended_by": row.mended_by or None,
        "redrives": row.redrives,
        "has_body": row.body is not None,
    }
    if digest is not None:
        told["sealed"] = shown(row.sealed, digest) if row.sealed else None
        told["mended"] = shown(row.mended, digest) if row.mended else None
    return told
