"""The moves of the points ledger: each returns the entry to write, or refuses; none changes anything itself."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from ownerloop.domain.errors import InsufficientPointsError
from ownerloop.domain.points import Account, Change, Entry, EntryKind, Lot


def settle(account: Account, *, lot: Lot, entry_id: str, cause: str, policy_version: str, at: datetime) -> Entry | None:
    """Return the entry that brings the lot to what it should have been granted; None where it stands so already.

    More than before is credited and pays the debt first. Less is taken back: from what remains, then from what lapsed;
    what was spent becomes a debt, paid from the other lots as far as they go.
    """
    held = account.lots.get(lot.lot_id, replace(lot, granted=0))
    delta = lot.granted - held.granted
    if delta == 0 and (held.usable_from, held.expires_on) == (lot.usable_from, lot.expires_on):
        return None
    taken = min(max(-delta, 0), held.remaining)
    unlapsed = min(max(-delta, 0) - taken, held.expired)
    owed = max(-delta, 0) - taken - unlapsed
    change = Change(
        lot.lot_id,
        lot.usable_from,
        lot.expires_on,
        granted=delta,
        remaining=delta if delta > 0 else -taken,
        expired=-unlapsed,
    )
    entry = Entry(
        entry_id=entry_id,
        person_id=account.person_id,
        number=account.version + 1,
        kind=EntryKind.SETTLED,
        decided_at=at,
        changes=(change,),
        debt=owed,
        cause=cause,
        policy_version=policy_version,
    )
    return _paying_debts(account, entry)


def redeem(account: Account, points: int, *, entry_id: str, cause: str, at: datetime, on: date) -> Entry:
    """Return the entry that spends the points from the usable lots, earliest expiry first.

    Raises InsufficientPointsError where fewer are usable on the day.
    """
    held = account.usable(on=on)
    if points <= 0 or points > held:
        raise InsufficientPointsError(asked=points, held=held)
    usable = (lot for lot in account.lots.values() if lot.is_usable(on=on))
    return Entry(
        entry_id=entry_id,
        person_id=account.person_id,
        number=account.version + 1,
        kind=EntryKind.REDEEMED,
        decided_at=at,
        changes=tuple(_drawn(usable, points)),
        cause=cause,
    )


def restore(account: Account, redeemed: Entry, *, entry_id: str, at: datetime) -> Entry:
    """Return the entry that gives a redemption back to the lots it was drawn from; a debt is paid from it first."""
    given_back = tuple(replace(change, remaining=-change.remaining) for change in redeemed.changes)
    entry = Entry(
        entry_id=entry_id,
        person_id=account.person_id,
        number=account.version + 1,
        kind=EntryKind.RESTORED,
        decided_at=at,
        changes=_with_dates_held(account, given_back),
        cause=redeemed.cause,
    )
    return _paying_debts(account, entry)


def expire(account: Account, *, on: date, at: datetime) -> Entry | None:
    """Return the entry that lets everything lapse whose day has come, or None where nothing does."""
    lapsing = [lot for lot in account.lots.values() if lot.expires_on <= on and lot.remaining]
    if not lapsing:
        return None
    return Entry(
        entry_id=f"expire#{on.isoformat()}",
        person_id=account.person_id,
        number=account.version + 1,
        kind=EntryKind.EXPIRED,
        decided_at=at,
        changes=tuple(
            Change(lot.lot_id, lot.usable_from, lot.expires_on, remaining=-lot.remaining, expired=lot.remaining)
            for lot in sorted(lapsing, key=lambda lot: lot.drawn_in_order)
        ),
        cause=on.isoformat(),
    )


def _paying_debts(account: Account, entry: Entry) -> Entry:
    """Return the entry that also pays what is owed after it from what remains after it."""
    after = account.with_entry(entry)
    paid = min(after.debt, after.balance)
    if not paid:
        return entry
    changes = {change.lot_id: change for change in entry.changes}
    for draw in _drawn(after.lots.values(), paid):
        held = changes.get(draw.lot_id)
        changes[draw.lot_id] = replace(held, remaining=held.remaining + draw.remaining) if held else draw
    return replace(entry, changes=tuple(changes.values()), debt=entry.debt - paid)


def _drawn(lots: Iterable[Lot], points: int) -> list[Change]:
    """Return what is drawn from each lot, earliest expiry first, until the points are together."""
    changes: list[Change] = []
    for lot in sorted(lots, key=lambda lot: lot.drawn_in_order):
        part = min(points, lot.remaining)
        if part:
            changes.append(Change(lot.lot_id, lot.usable_from, lot.expires_on, remaining=-part))
            points -= part
    return changes


def _with_dates_held(account: Account, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes with the dates that the lots have now: a corrected order may have moved them."""
    return tuple(
        replace(
            change,
            usable_from=account.lots[change.lot_id].usable_from,
            expires_on=account.lots[change.lot_id].expires_on,
        )
        for change in changes
    )
