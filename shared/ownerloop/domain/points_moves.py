"""The moves of the points ledger: each returns the entry to write, or refuses; none changes anything itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from ownerloop.domain.calendar import add_months
from ownerloop.domain.changing import changed_copy
from ownerloop.domain.errors import InsufficientPointsError
from ownerloop.domain.points import Account, Change, Entry, EntryKind, Lot, Terms

CLOSED_AFTER = timedelta(days=366)  # a lot that lapsed longer ago is not changed by any telling of its cause
RETURNED_FOR_MONTHS = 12  # how long points are good that come back after they had paid a debt
FORGOTTEN_AFTER = timedelta(days=380)  # two weeks on, so that no zone's day meets a lot that is already gone


def settle(
    account: Account,
    *,
    lot_id: str,
    terms: Terms,
    raised_max: Callable[[int], int],
    entry_id: str,
    cause: str,
    policy_version: str,
    at: datetime,
) -> Entry | None:
    """Return the entry that brings the account to what the lot's terms now say; None where it stands so already.

    `raised_max` is how many lots of a calendar year get their extra points: the first by day and id, whenever they were
    told, so that one lot's terms can also raise or lower another. More than before is credited and pays the debt first.
    Less is taken back: from what remains, then from what lapsed; what was spent becomes a debt, paid from the other
    lots as far as they go.
    """
    parts = [_regranted(lot, grant) for lot, grant in _moved(account, lot_id, terms, raised_max)]
    if not parts:
        return None
    entry = Entry(
        entry_id=entry_id,
        person_id=account.person_id,
        number=account.version + 1,
        kind=EntryKind.SETTLED,
        decided_at=at,
        changes=tuple(change for change, _ in parts),
        debt=sum(owed for _, owed in parts),
        cause=cause,
        policy_version=policy_version,
    )
    return _paying_debts(account, entry)


def _moved(account: Account, lot_id: str, terms: Terms, raised_max: Callable[[int], int]) -> Iterator[tuple[Lot, int]]:
    """Return the lots of which the lot's terms change the points, or the lot alone that they say otherwise, by id."""
    held = account.lots.get(lot_id, Lot(lot_id, terms))
    lots = {**account.lots, lot_id: changed_copy(held, terms=terms)}
    years = {held.terms.earned_on.year, terms.earned_on.year}
    grants = {lot_id: terms.plain, **_grants(lots.values(), years, raised_max)}
    for one, grant in sorted(grants.items()):
        if grant != lots[one].granted or (one == lot_id and held.terms != terms):
            yield lots[one], grant


def redeem_together(
    accounts: Sequence[Account], points: int, *, entry_id: str, cause: str, at: datetime, on: date, asked_by: str = ""
) -> list[Entry]:
    """Return one entry for each account that is drawn from: the earliest expiry of all first, ties by lot and person.

    Raises InsufficientPointsError where fewer are usable in all of them on the day, or none are asked for.
    """
    held = sum(account.usable(on=on) for account in accounts)
    if points <= 0 or points > held:
        raise InsufficientPointsError(asked=points, held=held)
    usable = sorted(
        ((lot, account) for account in accounts for lot in account.lots.values() if lot.is_usable(on=on)),
        key=lambda pair: (*pair[0].drawn_in_order, pair[1].person_id),
    )
    drawn: dict[str, list[Change]] = {}
    for lot, account in usable:
        part = min(points, lot.remaining)
        if part:
            drawn.setdefault(account.person_id, []).append(Change(lot.lot_id, lot.terms, remaining=-part))
            points -= part
    return [
        Entry(
            entry_id=entry_id,
            person_id=account.person_id,
            number=account.version + 1,
            kind=EntryKind.REDEEMED,
            decided_at=at,
            changes=tuple(drawn[account.person_id]),
            spent=-sum(change.remaining for change in drawn[account.person_id]),
            cause=cause,
            asked_by=asked_by,
        )
        for account in accounts
        if account.person_id in drawn
    ]


def charge(account: Account, points: int, *, entry_id: str, cause: str, at: datetime) -> Entry:
    """Return the entry that makes the person pay for what somebody else's lots had paid; what is not there is owed."""
    entry = Entry(
        entry_id=entry_id,
        person_id=account.person_id,
        number=account.version + 1,
        kind=EntryKind.PARTED,
        decided_at=at,
        debt=points,
        spent=points,
        cause=cause,
        asked_by=account.person_id,
    )
    return _paying_debts(account, entry)


def restore(
    account: Account, paid: Entry, *, entry_id: str, at: datetime, kind: EntryKind = EntryKind.RESTORED
) -> Entry:
    """Return the entry that gives what was paid back to the lots it was drawn from; a debt is paid from it first.

    What had been owed is owed no more; where that was paid meanwhile, it comes back as a lot of its own. A lot that
    expired meanwhile lapses with the next run; the dates are those that the lots have now.
    """
    changes = [
        replace(
            change,
            remaining=-change.remaining,
            terms=account.lots.get(change.lot_id, Lot(change.lot_id, change.terms)).terms,
        )
        for change in paid.changes
    ]
    forgiven = min(max(paid.debt, 0), account.debt)
    if surplus := max(paid.debt, 0) - forgiven:
        changes.append(Change(f"return#{paid.cause}", _terms_of_a_return(at.date()), remaining=surplus))
    entry = Entry(
        entry_id=entry_id,
        person_id=account.person_id,
        number=account.version + 1,
        kind=kind,
        decided_at=at,
        changes=tuple(changes),
        debt=-forgiven,
        spent=-paid.spent,
        cause=paid.cause,
    )
    return _paying_debts(account, entry)


def expire(account: Account, *, on: date, at: datetime) -> Entry | None:
    """Return the entry that lets everything lapse whose day has come, or None where nothing does.

    It also forgets lots that hold nothing and expired so long ago that no telling can change them.
    """
    lapsing = [lot for lot in account.lots.values() if lot.terms.expires_on <= on and lot.remaining]
    if not lapsing:
        return None
    forgotten = (lot for lot in account.lots.values() if not lot.remaining)
    return Entry(
        entry_id=f"expire#{on.isoformat()}#{account.version + 1}",
        person_id=account.person_id,
        number=account.version + 1,
        kind=EntryKind.EXPIRED,
        decided_at=at,
        changes=tuple(
            Change(lot.lot_id, lot.terms, remaining=-lot.remaining, expired=lot.remaining)
            for lot in sorted(lapsing, key=lambda lot: lot.drawn_in_order)
        ),
        cause=on.isoformat(),
        forgotten=tuple(sorted(lot.lot_id for lot in forgotten if lot.terms.expires_on + FORGOTTEN_AFTER <= on)),
    )


def is_closed(terms: Terms, *, on: date) -> bool:
    """Return whether a lot of these terms lapsed so long ago that nothing changes it any more."""
    return terms.expires_on + CLOSED_AFTER <= on


def _grants(lots: Iterable[Lot], years: Iterable[int], raised_max: Callable[[int], int]) -> Mapping[str, int]:
    """Return what each lot of the years with extra points is to be granted."""
    grants: dict[str, int] = {}
    candidates = sorted((lot for lot in lots if lot.terms.extra), key=lambda lot: (lot.terms.earned_on, lot.lot_id))
    for year in years:
        for place, lot in enumerate(one for one in candidates if one.terms.earned_on.year == year):
            grants[lot.lot_id] = lot.terms.plain + (lot.terms.extra if place < raised_max(year) else 0)
    return grants


def _regranted(lot: Lot, grant: int) -> tuple[Change, int]:
    """Return the change that brings the lot to the grant, and what of it was spent already and is owed."""
    more, less = max(grant - lot.granted, 0), max(lot.granted - grant, 0)
    taken = min(less, lot.remaining)
    unlapsed = min(less - taken, lot.expired)
    change = Change(lot.lot_id, lot.terms, granted=more - less, remaining=more - taken, expired=-unlapsed)
    return change, less - taken - unlapsed


def _paying_debts(account: Account, entry: Entry) -> Entry:
    """Return the entry that also pays what is owed after it from what remains after it."""
    after = account.with_entry(entry)
    paid = min(after.debt, after.balance)
    changes = {change.lot_id: change for change in entry.changes}
    left = paid
    for lot in sorted(after.lots.values(), key=lambda lot: lot.drawn_in_order):
        part = min(left, lot.remaining)
        if part:
            held = changes.get(lot.lot_id, Change(lot.lot_id, lot.terms))
            changes[lot.lot_id] = changed_copy(held, remaining=held.remaining - part)
            left -= part
    return changed_copy(entry, changes=tuple(changes.values()), debt=entry.debt - paid)


def _terms_of_a_return(on: date) -> Terms:
    return Terms(earned_on=on, usable_from=on, expires_on=add_months(on.replace(day=1), RETURNED_FOR_MONTHS + 1))
