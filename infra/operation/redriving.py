"""Sending the given-up back: sent first and removed then, so that a death between the two only sends it twice."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from infra.operation.failures import NotRetriableError, failure_of, try_again
from infra.operation.letters import LETTERS_MAX, Box, Letter, counted
from infra.operation.places import Way
from ownerloop.adapters.envelope import pack, unpack


@dataclass(frozen=True, slots=True)
class Wish:
    """Which messages go back, and how fast. No ids: all. `again` takes those that came back here once already."""

    ids: frozenset[str] = frozenset()
    most: int | None = None
    again: bool = False
    per_second: float = 10.0


@dataclass(slots=True)
class Tally:
    """What became of it, by message id; each is in one of these, and all but `redriven` still lie here."""

    redriven: list[str] = field(default_factory=list)
    came_back: list[str] = field(default_factory=list)  # was redriven before and failed again: wants `again`
    failed: dict[str, str] = field(default_factory=dict)  # failed again at once, or cannot be tried, with the reason
    missing: list[str] = field(default_factory=list)  # asked for and not here


def redrive(box: Box, wish: Wish, *, pause: Callable[[float], None], advance: Callable[[int], None]) -> Tally:
    """Send the wished messages back to where they came from and return what became of each.

    A message that fails again comes here as a new one that counts its redrives; it is left here unless asked for
    `again`. Then no more are taken than lay here at first, or what fails at once would go round for ever.
    """
    tally = Tally()
    for letter in box.letters(most=box.depth() if wish.again else LETTERS_MAX):
        if wish.most is not None and len(tally.redriven) + len(tally.failed) >= wish.most:
            break
        if wish.ids and letter.message_id not in wish.ids:
            continue
        if letter.redrives and not wish.again:
            tally.came_back.append(letter.message_id)
            continue
        _send_back(box, letter, tally)
        advance(1)
        if wish.ids and wish.ids <= {*tally.redriven, *tally.failed, *tally.came_back}:
            break
        pause(1 / wish.per_second)
    tally.missing = _missing(wish.ids, {*tally.redriven, *tally.failed, *tally.came_back})
    return tally


def bodies_again(letter: Letter, *, is_of_vault: bool) -> list[str]:
    """Return the message as it goes back: events keep the instant at which we first had them."""
    if not is_of_vault:
        return [letter.body]
    held = unpack(letter.body)
    if held.rule or not held.events:
        return [letter.body]
    return pack(held.events, received_at=held.received_at or letter.sent_at, was_delivered=True)


def _send_back(box: Box, letter: Letter, tally: Tally) -> None:
    place, queue = box.place, box.site.client("sqs")
    mark = counted(letter.redrives + 1)
    if place.way is Way.QUEUE:
        for body in bodies_again(letter, is_of_vault=place.is_of_vault):
            queue.send_message(QueueUrl=box.site.ids[place.source], MessageBody=body, MessageAttributes=mark)
        box.remove(letter)
        tally.redriven.append(letter.message_id)
        return
    try:
        error = try_again(failure_of(letter.body), place, box.site)
    except NotRetriableError as refused:
        tally.failed[letter.message_id] = refused.reason
        return
    if error:
        queue.send_message(QueueUrl=box.url, MessageBody=letter.body, MessageAttributes=mark)
        tally.failed[letter.message_id] = f"failed again: {error}"
    else:
        tally.redriven.append(letter.message_id)
    box.remove(letter)


def _missing(asked: Collection[str], found: Collection[str]) -> list[str]:
    return sorted(set(asked) - set(found))
