"""The laws, counted from outside: from the story, the provider's own book and what was left, by nobody else's rules.

This module shares no code with the product. Numbers of the programme stand here once more, as an auditor would write
them down: three a day, ten yuan a point.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from infra.simulation.left import AccountLeft, Left
from infra.simulation.provider import SENT, BookedTask
from infra.simulation.stage import STARTS_AT
from infra.simulation.told import Key, Told

LOST, DOUBLED, OVER_CAP, DRIFTED, WITHDRAWN = "lost", "doubled", "over_cap", "drifted", "after_withdrawal"
LAWS = (LOST, DOUBLED, OVER_CAP, DRIFTED, WITHDRAWN)
A_DAY, STRICTER_A_DAY, STRICTER_FROM = 3, 2, STARTS_AT + timedelta(days=2)
FEN_PER_POINT = {"parts": 1_000, "insurance": 5_000}
VISIT_POINTS = 5
STOCK = {"mug": 9}
SOURCE = "urn:example:simulation"
PURPOSES = {"service": "maintenance", "commercial": "marketing", "safety": ""}
OUT = frozenset({"accepted", "delivered", "unknown"})
NO_READING = frozenset({"no_consent", "consent_withdrawn", "future_time", "too_old"})


@dataclass(frozen=True, slots=True)
class Violation:
    """One law that was broken, and what it is about."""

    law: str
    about: str


def violations(left: Left) -> list[Violation]:
    """Return everything that is wrong, in a fixed order."""
    found = [*_lost(left), *_doubled(left), *_over_cap(left), *_points(left), *_cars(left), *_withdrawn(left)]
    found += [Violation(LOST, f"{count} x {name}") for name, count in sorted(left.unexpected.items())]
    return found


def _lost(left: Left) -> Iterator[Violation]:
    sent = {(address, task.text) for task in left.orders for address in task.addresses if task.status[address] == SENT}
    for told in left.story.told:
        if told.kind == "reading":
            is_known = told.name in left.accepted or left.refused.get(told.name) in NO_READING
        elif told.kind == "request":
            state, has_ended = left.contacts.get(told.name, ("", False))
            is_out = (f"wm-{told.key}", told.said["text"]) in sent
            is_known = has_ended and (state in OUT or not is_out) and (is_out or state not in OUT - {"unknown"})
        else:
            is_known = told.name in left.applied_at or told.name in left.refused
        if not is_known:
            yield Violation(LOST, f"{told.kind} {told.name}")


def _doubled(left: Left) -> Iterator[Violation]:
    out: dict[tuple[str, str], int] = defaultdict(int)
    for task in left.orders:
        for address in task.addresses:
            out[address, task.text] += task.status[address] == SENT or task.waits
    for (address, text), times in out.items():
        if times > 1:
            yield Violation(DOUBLED, f"{text} to {address}")


def _over_cap(left: Left) -> Iterator[Violation]:
    keys = {key.address: key for key in left.story.keys}
    before: dict[int, list[tuple[BookedTask, str]]] = defaultdict(list)
    for task in left.orders:
        for address in task.addresses:
            key = keys[address]
            together = {one.address for one in _one_with(key, left, step=task.ordered_step)}
            day = _day(task.ordered_ms, key)
            live = [one for one, to in before[key.human] if to in together and _counts(one, to, day, task, key)]
            if len(live) >= _limit(day, key):
                yield Violation(OVER_CAP, f"{key.name} on {day}, message {len(live) + 1}")
            before[key.human].append((task, address))


def _counts(earlier: BookedTask, address: str, day: date, task: BookedTask, key: Key) -> bool:
    if earlier.waited_at(task.ordered_ms):
        return True
    return earlier.sent_ms is not None and earlier.status[address] == SENT and _day(earlier.sent_ms, key) == day


def _limit(day: date, key: Key) -> int:
    zone = ZoneInfo(key.zone)
    begins = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return min(key.daily_max, STRICTER_A_DAY if begins >= STRICTER_FROM else A_DAY)


def _one_with(key: Key, left: Left, *, step: int) -> list[Key]:
    """Return the keys that the product knew as one person at a step, as far as they are."""
    together = {key.name}
    known: list[set[str]] = [{one.name} for one in left.story.keys if one.human == key.human]
    for at, kind, names in left.groups:
        if at >= step:
            break
        if kind == "merged":
            known = [group for group in known if not group & set(names)] + [set(names)]
        elif kind == "split":
            known = [group - {names[0]} for group in known] + [{names[0]}]
    for group in known:
        together |= group if key.name in group else set()
    return [one for one in left.story.keys if one.name in together]


def _points(left: Left) -> Iterator[Violation]:
    answers = {name: _answer(name, left) for name in _redemptions(left)}
    for human, keys in groupby(left.story.keys, key=lambda key: key.human):
        mine = list(keys)
        accounts = [left.accounts[key.name] for key in mine]
        for key, account in zip(mine, accounts, strict=True):
            if wrong := _wrong_with(account):
                yield Violation(DRIFTED, f"points of {key.name}: {wrong}")
        held = sum(sum(account.lots) - account.debt for account in accounts)
        asked = [told for told in left.story.told if told.kind == "redeemed" and told.key in {key.name for key in mine}]
        spent = sum(_spent(answers[told.said["redemption"]]) for told in asked)
        earned = sum(_earned(key, left) for key in mine)
        if held != earned - spent:
            yield Violation(DRIFTED, f"points of person {human}: {held} held, {earned} earned, {spent} spent")
    for told in left.story.told:
        if told.kind == "redeemed" and told.name not in left.refused and answers[told.said["redemption"]] is None:
            yield Violation(LOST, f"answer to {told.name}")
    for item, stock in STOCK.items():
        taken = sum(1 for one in answers.values() if one and one[1] == "redeemed" and one[3] == item)
        if taken > stock:
            yield Violation(DRIFTED, f"{taken} of {stock} {item}")


def _wrong_with(account: AccountLeft) -> str:
    if any(remaining < 0 for remaining in account.lots) or account.debt < 0:
        return "a negative lot or debt"
    if account.posted:
        return "postings that do not sum to zero"
    if sum(account.lots) != account.from_entries or account.debt != account.debt_from_entries:
        return "lots that are not the sum of the entries"
    if account.numbers != tuple(range(1, len(account.numbers) + 1)):
        return "an entry that is missing"
    return ""


def _redemptions(left: Left) -> set[str]:
    return {told.said["redemption"] for told in left.story.told if told.kind == "redeemed"}


def _answer(redemption: str, left: Left) -> tuple[int, str, int, str] | None:
    told = hashlib.sha256(f"{SOURCE}\x1f{redemption}".encode()).hexdigest()
    return left.answers.get(f"r_{told[:24]}")


def _spent(answer: tuple[int, str, int, str] | None) -> int:
    return answer[2] if answer and answer[1] == "redeemed" else 0


def _earned(key: Key, left: Left) -> int:
    mine = [told for told in left.story.told if told.key == key.name]
    bought = {told.said["order"]: told for told in mine if told.kind == "purchase"}
    back: dict[str, int] = defaultdict(int)
    for told in mine:
        if told.kind == "refund":
            back[told.said["order"]] += told.said["fen"]
    points = sum(_worth(told, back[order]) for order, told in bought.items())
    return points + VISIT_POINTS * len({_day(told.at_ms, key) for told in mine if told.kind == "check_in"})


def _worth(told: Told, back: int) -> int:
    return max(0, int(told.said["fen"]) - back) // FEN_PER_POINT[told.said["category"]]


def _cars(left: Left) -> Iterator[Violation]:
    told: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    start, sold = int(STARTS_AT.timestamp()), _sold(left)
    for one in left.story.told:
        if one.kind == "reading":
            told[one.said["car"]][one.name] = (start + one.said["read_ms"] // 1_000, one.said["metres"])
    for car, kept in sorted(left.cars.items()):
        used = {reading for name, reading in told[car].items() if name in left.accepted}
        if car in sold:
            used = set()  # nothing of what the former owner's data said, and the next owner allowed nothing
        elif car in left.cars_then:
            used |= set(kept) & set(told[car].values())  # it was kept, and its row was not told before the withdrawal
        if set(kept) != _fold(used):
            yield Violation(DRIFTED, f"readings of {car}")


def _fold(readings: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the two latest readings of each day, which is what a car keeps of its newest weeks."""
    days = groupby(sorted(readings), key=lambda reading: reading[0] // 86_400)
    return {reading for _, of_day in days for reading in list(of_day)[-2:]}


def _withdrawn(left: Left) -> Iterator[Violation]:
    sold = _sold(left)
    for car, known in sorted(left.cars_then.items()):
        if car not in sold and left.cars[car] != known:
            yield Violation(WITHDRAWN, f"readings of {car}")
    asked = {(f"wm-{told.key}", told.said["text"]): told for told in left.story.told if told.kind == "request"}
    no_more = _no_more(left)
    for task in left.orders:
        for address in task.addresses:
            told = asked[address, task.text]
            topic = ("topic", told.key, told.said["topic"])
            consent = ("consent", told.said["car"], PURPOSES[told.said["cls"]])
            owner = ("owner", told.key, told.said["car"])
            if min(no_more.get(what, task.ordered_step) for what in (topic, consent, owner)) < task.ordered_step:
                yield Violation(WITHDRAWN, f"{task.text} to {address}")


def _sold(left: Left) -> set[str]:
    """Return the cars whose change of hands was taken."""
    told = (one for one in left.story.told if one.kind == "handed_over")
    return {one.said["car"] for one in told if one.name in left.applied_at}


def _no_more(left: Left) -> Mapping[tuple[str, str, str], int]:
    said: dict[tuple[str, str, str], int] = {}
    for told in left.story.told:
        step = left.applied_at.get(told.name)
        if step is None:
            continue
        if told.kind == "unsubscribed":
            said.setdefault(("topic", told.key, told.said["topic"]), step)
        elif told.kind == "withdrawn":
            said.setdefault(("consent", told.said["car"], told.said["purpose"]), step)
        elif told.kind == "handed_over":
            said.setdefault(("owner", told.key, told.said["car"]), step)
    return said


def _day(ms: int, key: Key) -> date:
    return (STARTS_AT + timedelta(milliseconds=ms)).astimezone(ZoneInfo(key.zone)).date()
