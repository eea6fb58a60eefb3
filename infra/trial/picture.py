"""The load of every open day against capacity, arm by store, as one SVG without any library."""

from collections.abc import Sequence
from html import escape

from infra.trial.run import Result
from infra.trial.stores import STORES
from ownerloop.domain.rate import IntArray

_LEFT, _TOP, _WIDE, _HIGH, _GAP = 64, 96, 980, 118, 56
_ASKED, _OVER, _ROOM = "#7aa6c2", "#c8553d", "#22313a"
_STYLE = "text{font-family:'Noto Sans CJK SC','PingFang SC','DejaVu Sans',sans-serif;fill:#22313a}"


def picture(result: Result, *, arms: Sequence[str]) -> str:
    """Return the picture: a panel for each store and arm, one bar a day of visits asked for, a line where they fit."""
    rows = [(store, arm) for store in range(len(STORES)) for arm in arms]
    height = _TOP + len(rows) * (_HIGH + _GAP) + 10
    width = _LEFT + _WIDE + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>',
        _text(_LEFT, 32, f"Visits asked for on each day, seed {result.world.seed}", size=20, weight=600),
        _legend(),
    ]
    for place, (store, arm) in enumerate(rows):
        parts += _panel(result, store, arm, _TOP + place * (_HIGH + _GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(result: Result, store: int, arm: str, top: float) -> list[str]:
    shop = result.years[arm].shops[store]
    counted = result.world.counted
    days = list(range(counted.start, counted.stop))
    asked, room = shop.asked[counted], result.world.places[store, counted]
    top_visits = max(float(max(year.shops[store].asked.max() for year in result.years.values())), 1.0)
    unit, step = _HIGH / top_visits, _WIDE / len(days)
    over = int(shop.is_over[counted].sum())
    figures = result.figures[arm][STORES[store].store_id]
    told = f"{STORES[store].store_id} · {arm}: {over} overload days, {figures.booking_rate:.1%} booked"
    parts = [_text(_LEFT, top - 8, told, size=13, weight=600)]
    parts += _axis(top, top_visits, unit)
    for day, (visits, places) in enumerate(zip(asked.tolist(), room.tolist(), strict=True)):
        x = _LEFT + day * step
        within = min(visits, places)
        if within:
            parts.append(_bar(x, top + _HIGH - within * unit, step, within * unit, _ASKED))
        if visits > places:
            parts.append(_bar(x, top + _HIGH - visits * unit, step, (visits - places) * unit, _OVER))
    parts.append(_room_line(room, top, unit, step))
    return [*parts, *_months(result, days, top, step)]


def _room_line(room: IntArray, top: float, unit: float, step: float) -> str:
    """Return the line of capacity, broken where the workshop is closed."""
    path, is_drawn = [], False
    for day, places in enumerate(room.tolist()):
        if places:
            y = top + _HIGH - places * unit
            path.append(f"{'L' if is_drawn else 'M'}{_LEFT + day * step:.1f} {y:.1f}H{_LEFT + (day + 1) * step:.1f}")
        is_drawn = bool(places)
    return f'<path d="{"".join(path)}" fill="none" stroke="{_ROOM}" stroke-width="1.2"/>'


def _axis(top: float, top_visits: float, unit: float) -> list[str]:
    step = max(1, round(top_visits / 4))
    parts = []
    for visits in range(0, int(top_visits) + 1, step):
        y = top + _HIGH - visits * unit
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{_WIDE}" stroke="#e3e8eb" stroke-width="1"/>')
        parts.append(_text(_LEFT - 8, y + 4, str(visits), size=11, anchor="end"))
    return parts


def _months(result: Result, days: Sequence[int], top: float, step: float) -> list[str]:
    parts = []
    for place, day in enumerate(days):
        on = result.world.on_day(day)
        if on.day == 1:
            parts.append(_text(_LEFT + place * step, top + _HIGH + 15, f"{on:%b}", size=11))
    return parts


def _legend() -> str:
    parts, x = [], float(_LEFT)
    for colour, told in ((_ASKED, "asked for"), (_OVER, "beyond capacity"), (_ROOM, "capacity")):
        parts += [
            _bar(x, 48 if colour != _ROOM else 53, 14, 12 if colour != _ROOM else 2, colour),
            _text(x + 20, 59, told, size=12),
        ]
        x += 40 + 7.2 * len(told)
    return "".join(parts)


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _text(x: float, y: float, told: str, *, size: int, weight: int = 400, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}">'
        f"{escape(told)}</text>"
    )
