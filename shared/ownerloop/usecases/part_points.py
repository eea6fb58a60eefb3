"""When a group is split: what one side spent of the other's lots goes back, and whoever asked for it pays."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.points import EntryKind
from ownerloop.domain.points_change import Posting, posted
from ownerloop.domain.points_moves import charge, restore
from ownerloop.domain.redemption import Redemption, RedemptionState
from ownerloop.points_ports import Ledger, Points

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue


def part_points(
    left: Collection[str], stayed: Collection[str], *, points: Points, ledger: Ledger, now: datetime
) -> int:
    """Part the two sides' points and return how many redemptions moved; done again, nothing is left to move.

    Each redemption is one transaction: the lots of the other side are filled again, the asker is charged and owes what
    is not there. A redemption that was given back before has nothing to move.
    """
    moved = 0
    for mine, other in ((left, stayed), (stayed, left)):
        for key in sorted(set(_drawn_across(mine, other, ledger=ledger))):
            moved += _part(key, other, points=points, ledger=ledger, now=now)
    return moved


def _drawn_across(mine: Collection[str], other: Collection[str], *, ledger: Ledger) -> Iterator[str]:
    # The redemptions that one side asked for and that drew on accounts of the other.
    for person_id in sorted(other):
        for entry in ledger.entries(person_id):
            if entry.kind is EntryKind.REDEEMED and entry.asked_by in mine:
                yield entry.cause


def _part(redemption_key: str, other: Collection[str], *, points: Points, ledger: Ledger, now: datetime) -> bool:
    for _ in range(ATTEMPTS_MAX):
        held = points.redemption(redemption_key)
        drawn = [place for place in held.entries if place[0] in other] if held else []
        if held is None or held.state is not RedemptionState.REDEEMED or not drawn:
            return False
        postings = list(_moves(held, drawn, points=points, now=now))
        asker = postings[-1].entry
        entries = (*(place for place in held.entries if place not in drawn), (asker.person_id, asker.number))
        moved = replace(held, version=held.version + 1, entries=entries)
        if ledger.post(*postings, redemption=moved):
            return True
    raise VersionConflictError(item=redemption_key)


def _moves(held: Redemption, drawn: list[tuple[str, int]], *, points: Points, now: datetime) -> Iterator[Posting]:
    # Everything that goes back, then what the asker pays.
    accounts = points.accounts([held.person_id, *(person_id for person_id, _ in drawn)])
    entry_id, paid = f"part#{held.redemption_key}", 0
    for person_id, number in drawn:
        entry = points.entry(person_id, number)
        paid += entry.spent
        yield posted(
            accounts[person_id],
            restore(accounts[person_id], entry, entry_id=entry_id, at=now, kind=EntryKind.PARTED),
        )
    asker = accounts[held.person_id]
    yield posted(asker, charge(asker, paid, entry_id=entry_id, cause=held.redemption_key, at=now))
