"""A case in the words of people and of programs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich.table import Table

from infra.casework.complaining import complaint_data, complaint_lines, level_words
from infra.explain.words import Language, pick
from ownerloop.domain.cases import Case, CaseKind
from ownerloop.domain.vehicle import Reading, Vehicle

KINDS = {CaseKind.COMPLAINT: ("投诉", "complaint"), CaseKind.CLUSTER_REPLACED: ("更换仪表？", "cluster replaced?")}

_KEY_WIDTH = 26  # k_ and 24 hex digits


def table_of(cases: list[Case], now: datetime, language: Language) -> Table:
    """Return the table of open cases."""
    table = Table()
    table.add_column(
        pick(language, "案件", "case"), no_wrap=True, min_width=_KEY_WIDTH
    )  # whole: `show` and `close` want it
    for zh, en in (("类型", "kind"), ("门店", "store"), ("天数", "days"), ("内容", "about")):
        table.add_column(pick(language, zh, en))
    for one in cases:
        kind = pick(language, *KINDS[one.kind])
        table.add_row(one.case_key, kind, one.store_id or "-", str(_days(one, now)), _about(one, language))
    return table


def _about(one: Case, language: Language) -> str:
    if one.doubt is None:
        return f"{one.topic}, {level_words(one, language)}"
    old, first, last = map(_read, (one.doubt.ended, one.doubt.began, one.doubt.newest))
    return pick(language, f"{old} 之后 {first} 至 {last}", f"{old}, then {first} to {last}")


def lines_of(one: Case, now: datetime, language: Language) -> list[str]:
    """Return what there is to say of one case, a line a fact."""
    say: Callable[[str, str], str] = lambda zh, en: pick(language, zh, en)  # noqa: E731  # a word for this function
    lines = [
        f"{one.case_key}: {pick(language, *KINDS[one.kind])}, {one.store_id or '-'}",
        say(f"未结 {_days(one, now)} 天", f"open for {_days(one, now)} days") if one.is_open else "",
        "" if one.is_open else say("已结", "closed") + (f": {one.answer}" if one.answer else ""),
    ]
    if one.doubt:
        lines += [
            say(f"车辆 {one.vehicle_id}", f"car {one.vehicle_id}"),
            say(f"原里程最后读数 {_read(one.doubt.ended)}", f"old odometer's last reading {_read(one.doubt.ended)}"),
            say(f"新读数首条 {_read(one.doubt.began)}", f"first reading beyond {_read(one.doubt.began)}"),
            say(f"新读数末条 {_read(one.doubt.newest)}", f"newest reading then {_read(one.doubt.newest)}"),
        ]
    else:
        lines += complaint_lines(one, language)
    return [line for line in lines if line]


def changes_of(before: Vehicle, after: Vehicle, language: Language) -> list[str]:
    """Return what an answer changed of its car."""
    if after.state_epoch == before.state_epoch:
        zh, en = (
            "保持原里程；跳变后的读数不再使用，也不再询问",
            "the old odometer stays; the readings beyond it ask nothing again",
        )
        return [pick(language, zh, en)]
    first = after.evidence[0] if after.evidence else None
    start = _read(first) if first else "-"
    lines = [
        pick(
            language,
            f"读数从 {start} 重新开始（{len(after.evidence)} 条）；各项保养的间隔里程不变",
            f"readings start anew with {start} ({len(after.evidence)} of them); the distance since a service goes on",
        )
    ]
    for item in after.forecast.items if after.forecast else ():
        left = "-" if item.remaining_m is None else f"{item.remaining_m / 1000:,.0f} km"
        lines.append(f"  {item.item}: {item.due_p50} ({left})")
    return lines


def data_of(one: Case, now: datetime) -> dict[str, Any]:
    """Return the case for a program."""
    doubt = one.doubt
    return {
        "case": one.case_key,
        "kind": str(one.kind),
        "store_id": one.store_id,
        "vehicle_id": one.vehicle_id or None,
        "person_id": one.person_id or None,
        "topic": one.topic,
        "is_open": one.is_open,
        "opened_at": one.opened_at.isoformat() if one.opened_at else None,
        "closed_at": one.closed_at.isoformat() if one.closed_at else None,
        "open_days": _days(one, now) if one.is_open else None,
        "answer": one.answer or None,
        "complaint": complaint_data(one) if one.kind is CaseKind.COMPLAINT else None,
        "readings": {
            name: {"read_at": reading.read_at.isoformat(), "odometer_m": reading.odometer_m}
            for name, reading in (("old_last", doubt.ended), ("new_first", doubt.began), ("new_last", doubt.newest))
        }
        if doubt
        else None,
    }


def car_data(car: Vehicle) -> dict[str, Any]:
    """Return what an answer may change of a car, for a program."""
    items = car.forecast.items if car.forecast else ()
    return {
        "state_epoch": car.state_epoch,
        "readings": len(car.evidence),
        "last_odometer_m": car.forecast.last_odometer_m if car.forecast else None,
        "items": {item.item: {"due_p50": str(item.due_p50), "remaining_m": item.remaining_m} for item in items},
    }


def _days(one: Case, now: datetime) -> int:
    return max(0, (now - one.opened_at).days) if one.opened_at else 0


def _read(reading: Reading) -> str:
    return f"{reading.odometer_m / 1000:,.1f} km ({reading.read_at:%Y-%m-%d %H:%M})"
