"""The journeys of the simulated owners over every channel: each owner goes one of them within the run."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from infra.fleet.people import Person, Temper

_CNY = {"currency": "CNY"}
_CAMPAIGN = "spring-member-day"
_TAKES_DAYS = 4  # at the most, from the first step to the last


@dataclass(frozen=True, slots=True)
class Step:
    """One interaction of a journey: days after its first, the hour, then what is told."""

    after_days: int
    hour: int
    kind: str
    data: dict[str, Any]


Journey = Callable[[Person, random.Random], Sequence[Step]]


def steps(place: int, person: Person, *, vin: str | None, draw: random.Random, days: int) -> Iterator[tuple[int, Step]]:
    """Yield each step of the journey that the owner at this place of the fleet goes, with its day of the run."""
    begins = draw.randrange(max(1, days - _TAKES_DAYS - 1))
    taken = list(_JOURNEYS[place % len(_JOURNEYS)](person, draw))
    if vin and person.temper is not Temper.HANDING_OVER:
        taken += _in_the_car(vin, draw) if place % 2 else _at_the_workshop(person.owner_key, vin, draw)
    for step in taken:
        yield begins + step.after_days, step


def _member_day(person: Person, draw: random.Random) -> list[Step]:
    owner_key = person.owner_key
    registered = f"registered-{owner_key}"
    scanned = {"scan_id": f"scan-{owner_key}", "registration_id": registered, "store_id": person.store_id}
    return [
        Step(0, 10, "registration", {"registration_id": registered, "channel": "mini_program"}),
        Step(1, 11, "store_scan", scanned),
        Step(1, 11, "check_in", {"check_in_id": f"checkin-{owner_key}", "place": "event", "campaign_id": _CAMPAIGN}),
        Step(1, 12, "campaign_joined", {"campaign_id": _CAMPAIGN, "channel": "mini_program"}),
        Step(1, 13, "game_played", _game(owner_key, draw)),
    ]


def _buying(person: Person, draw: random.Random) -> list[Step]:
    owner_key = person.owner_key
    fitting, parts = draw.randrange(3_000, 9_000), draw.randrange(9_000, 40_000)
    order = {"order_id": f"journey-{owner_key}"}
    lines = [
        {"category": "accessories", "amount_fen": parts, "cost_fen": parts * 6 // 10},
        {"category": "fitting", "amount_fen": fitting, "cost_fen": fitting // 2},
    ]
    whole, back = _CNY | {"amount_fen": parts + fitting}, _CNY | {"amount_fen": fitting}
    paid = {"payment_id": f"paid-{owner_key}", "method": "wechat_pay"}
    returned = {"payment_refund_id": f"payback-{owner_key}", **paid}
    return [
        Step(0, 15, "purchase", order | whole | {"category": "accessories", "lines": lines}),
        Step(0, 15, "payment", order | whole | paid),
        Step(3, 16, "refund", order | back | {"refund_id": f"refund-{owner_key}"}),
        Step(4, 10, "payment_refund", order | back | returned),
    ]


def _looking(person: Person, draw: random.Random) -> list[Step]:
    owner_key = person.owner_key
    seconds = draw.randrange(5, 900)
    watched = {"content_id": f"video-{draw.randrange(9)}", "medium": "live_stream", "duration_s": seconds}
    driven = {"test_drive_id": f"drive-{owner_key}", "model": "demo-ev-5", "duration_s": 1_200}
    return [
        Step(0, 20, "content_view", watched),
        Step(0, 21, "page_view", {"page": "mini/models/demo-ev-5", "duration_s": seconds // 5}),
        Step(1, 9, "link_click", {"link": "test-drive"}),
        Step(3, 14, "test_drive", driven),
    ]


def _speaking(person: Person, draw: random.Random) -> list[Step]:
    owner_key = person.owner_key
    mood = draw.choice(("positive", "positive", "neutral", "negative"))
    tag = {"tag": "writes_about_us", "staff_userid": person.staff_userid}
    return [
        Step(0, 19, "community_post", {"post_id": f"post-{owner_key}", "topic": "road_trip"}),
        Step(1, 20, "brand_mention", {"mention_id": f"named-{owner_key}", "platform": "weibo", "sentiment": mood}),
        Step(1, 21, "tag_added", tag),
        Step(2, 12, "nps_answered", {"answer_id": f"nps-{owner_key}", "score": draw.randrange(4, 11)}),
        Step(3, 18, "referral", {"referral_id": f"referred-{owner_key}", "state": "invited"}),
        Step(4, 9, "tag_removed", tag),
    ]


def _saving(person: Person, _: random.Random) -> list[Step]:
    owner_key = person.owner_key
    coupon = {"coupon_id": f"coupon-{owner_key}", "campaign_id": _CAMPAIGN, "amount_fen": 5_000, **_CNY}
    redeemed = {"redemption_id": f"redeemed-{owner_key}"}
    return [
        Step(0, 10, "coupon_issued", coupon),
        Step(2, 11, "coupon_used", coupon),
        Step(2, 12, "points_redeemed", redeemed | {"points": 10}),
        Step(4, 12, "redemption_returned", redeemed),
    ]


def _at_the_workshop(owner_key: str, vin: str, draw: random.Random) -> list[Step]:
    order = {"order_id": f"inspected-{owner_key}"}
    marked = {"answer_id": f"marked-{owner_key}", "survey_id": "after-service", "topic": "waiting_time", **order}
    return [
        Step(0, 9, "service_order_opened", order | {"vin": vin}),
        Step(0, 11, "service_order_progressed", order | {"vin": vin, "state": "ready"}),
        Step(2, 18, "survey_answered", marked | {"score": draw.randrange(3, 11)}),
    ]


def _in_the_car(vin: str, draw: random.Random) -> list[Step]:
    said = {"feature": "voice_navigation", "vin": vin, "duration_s": draw.randrange(3, 300)}
    return [Step(1, 17, "in_car_interaction", said)]


def _game(owner_key: str, draw: random.Random) -> dict[str, Any]:
    result = draw.choice(("won", "lost", "left"))
    return {"play_id": f"play-{owner_key}", "game": "lucky-wheel", "result": result, "duration_s": 20}


_JOURNEYS: tuple[Journey, ...] = (_member_day, _looking, _speaking, _saving, _buying)
