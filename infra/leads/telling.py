"""A store's lead time in tables for people, and the same as plain data."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from rich.table import Table

from infra.explain.words import ARMS, Language, pick
from infra.leads.measuring import WEEK, Share, by_arm, by_lead
from ownerloop.domain.booking_curve import PPM
from ownerloop.domain.lead_learning import Outcome
from ownerloop.domain.lead_time import LeadTime

_FEN_PER_YUAN = 100
_WEEKDAYS = (("一", "Mon"), ("二", "Tue"), ("三", "Wed"), ("四", "Thu"), ("五", "Fri"), ("六", "Sat"), ("日", "Sun"))


def tables_of(lead: LeadTime, measured: Sequence[Outcome], *, days: int, language: Language) -> list[Table]:
    """Return the learned curve, the lags by week, the measured rates by lead and by arm, and the prices ahead."""
    return [
        _curve(lead, language),
        _lags(lead, language),
        _rates(pick(language, "实测预约率（按提前期）", "Measured booking rate by lead"), _leads(measured), language),
        _rates(
            pick(language, "实测预约率（按分组）", "Measured booking rate by arm"), _arms(measured, language), language
        ),
        _prices(lead, days, language),
    ]


def data_of(lead: LeadTime, measured: Sequence[Outcome], *, waiting: int, days: int) -> dict[str, Any]:
    """Return the same as plain data; shares are of 1, money is fen."""
    curve = lead.curve
    counts = zip(curve.sent or (0,) * len(curve.leads), curve.booked or (0,) * len(curve.leads), strict=True)
    return {
        "store_id": lead.store_id,
        "version": lead.version,
        "as_of": lead.as_of.isoformat(),
        "is_learned": lead.is_learned,
        "messages": len(measured),
        "waiting": waiting,
        "curve": [
            {"lead_days": knot, "rate": rate / PPM, "sent": sent, "booked": booked}
            for knot, rate, (sent, booked) in zip(curve.leads, curve.rates_ppm, counts, strict=True)
        ],
        "lags": [{"days": day, "share": share / PPM} for day, share in enumerate(lead.lags.shares_ppm)],
        "prices": [{"on": day.isoformat(), "price_fen": lead.price_on(day)} for day in lead.days[:days]],
        "booking_rate_by_lead": [
            {"lead_days_from": first, "lead_days_to": first + WEEK - 1, **_share_data(share)}
            for first, share in by_lead(measured).items()
        ],
        "booking_rate_by_arm": [{"arm": arm, **_share_data(share)} for arm, share in by_arm(measured).items()],
    }


def _curve(lead: LeadTime, language: Language) -> Table:
    title = pick(language, "学到的预约曲线（按真实到期日）", "Learned booking curve, by lead to the true due day")
    table = _table(
        title, (("提前天数", "lead days"), ("预约率", "rate"), ("消息", "messages"), ("预约", "booked")), language
    )
    curve = lead.curve
    empty = (0,) * len(curve.leads)
    for knot, rate, sent, booked in zip(
        curve.leads, curve.rates_ppm, curve.sent or empty, curve.booked or empty, strict=True
    ):
        table.add_row(str(knot), f"{rate / PPM:.1%}", str(sent), str(booked))
    return table


def _lags(lead: LeadTime, language: Language) -> Table:
    title = pick(
        language, f"消息到进店（{lead.lags.visits} 次进店）", f"From message to visit ({lead.lags.visits} visits)"
    )
    table = _table(title, (("天数", "days"), ("占比", "share")), language)
    shares = lead.lags.shares_ppm
    for first in range(0, len(shares), WEEK):
        table.add_row(f"{first}-{first + WEEK - 1}", f"{sum(shares[first : first + WEEK]) / PPM:.1%}")
    return table


def _prices(lead: LeadTime, days: int, language: Language) -> Table:
    title = pick(language, "车间日影子价格（元）", "Prices of the workshop's days, CNY")
    names = [pick(language, *name) for name in _WEEKDAYS]
    table = Table(title=title, title_justify="left")
    table.add_column(pick(language, "周", "week of"))
    for name in names:
        table.add_column(name, justify="right")
    asked = lead.days[:days]
    monday = asked[0] - timedelta(days=asked[0].weekday()) if asked else lead.first_on
    while asked and monday <= asked[-1]:
        week = [monday + timedelta(days=place) for place in range(WEEK)]
        table.add_row(monday.isoformat(), *(_price(lead, day, asked) for day in week))
        monday += timedelta(days=WEEK)
    return table


def _price(lead: LeadTime, day: date, asked: Sequence[date]) -> str:
    return f"{lead.price_on(day) / _FEN_PER_YUAN:.0f}" if asked[0] <= day <= asked[-1] else ""


def _leads(measured: Sequence[Outcome]) -> Mapping[str, Share]:
    return {f"{first} .. {first + WEEK - 1}": share for first, share in by_lead(measured).items()}


def _arms(measured: Sequence[Outcome], language: Language) -> Mapping[str, Share]:
    return {pick(language, *ARMS.get(arm, (arm, arm))): share for arm, share in by_arm(measured).items()}


def _rates(title: str, shares: Mapping[str, Share], language: Language) -> Table:
    columns = (("", ""), ("消息", "messages"), ("预约", "booked"), ("预约率", "rate"), ("95 % 区间", "95 % interval"))
    table = _table(title, columns, language)
    for name, share in shares.items():
        rate, interval = share.rate, share.interval
        table.add_row(
            name,
            str(share.sent),
            str(share.booked),
            "" if rate is None else f"{rate:.1%}",
            "" if interval is None else f"{interval[0]:.1%} .. {interval[1]:.1%}",
        )
    return table


def _table(title: str, columns: Sequence[tuple[str, str]], language: Language) -> Table:
    table = Table(title=title, title_justify="left")
    for place, (zh, en) in enumerate(columns):
        table.add_column(pick(language, zh, en), justify="right" if place else "left")
    return table


def _share_data(share: Share) -> dict[str, Any]:
    low, high = share.interval or (None, None)
    return {"sent": share.sent, "booked": share.booked, "rate": share.rate, "rate_low": low, "rate_high": high}
