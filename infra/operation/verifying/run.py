"""Every law held against a running stack, which is only read; page by page, so that its size does not matter."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from infra.operation.site import Site
from infra.operation.verifying.contacts import ContactLaws
from infra.operation.verifying.findings import Finding
from infra.operation.verifying.lake import LakeAccount
from infra.operation.verifying.log_lines import lines
from infra.operation.verifying.people import PeopleLaws
from infra.operation.verifying.points import PointsLaws
from infra.operation.verifying.privacy import PrivacyLaw
from infra.operation.verifying.scratch import scratch
from infra.template.reading import load_template, resources
from ownerloop.adapters.dynamodb.items import UnreadableItemError, read
from ownerloop.adapters.points_policies import mall

DAYS = 34  # of the account with the lake: as long as the inbox remembers, less a day
VAULT = "VaultTable"
_See = Callable[[Any, dict[str, Any]], None]


def verify(site: Site, *, days: int = DAYS, tell: Callable[[str], None] = lambda _: None) -> list[Finding]:
    """Return every law with what breaks it; `tell` hears what is read next.

    Where something breaks a law, all is read once more, and only what breaks it both times is said: a stack that works
    while it is read shows halves of its changes.
    """
    first = _read_once(site, days=days, tell=tell)
    if not any(finding.violations for finding in first):
        return first
    tell("once more")
    again = _read_once(site, days=days, tell=tell)
    return [later.standing(earlier) for earlier, later in zip(first, again, strict=True)]


@cache
def tables() -> tuple[str, ...]:
    """Return every table of the template but the vault."""
    return tuple(name for name in resources(load_template(), "AWS::DynamoDB::Table") if name != VAULT)


def _read_once(site: Site, *, days: int, tell: Callable[[str], None]) -> list[Finding]:
    today = site.now.date()
    with scratch() as held:
        contacts, people, points, privacy = ContactLaws(held), PeopleLaws(held), PointsLaws(held), PrivacyLaw()
        lake = LakeAccount(held, since=site.now - timedelta(days=days), now=site.now)
        readable = Finding("readable", ("每个条目可读", "every item can be read"))
        watchers: dict[str, list[_See]] = {
            "ContactsTable": [contacts.see_contact_table, lambda _, values: lake.see_contact_table(values)],
            "VehiclesTable": [contacts.see_vehicle, lake.see_vehicle],
            "OwnersTable": [
                lambda _, values: people.see_owner_table(values),
                lambda _, values: lake.see_owner_table(values),
            ],
            "PointsTable": [
                lambda _, values: points.see_points_table(values),
                lambda _, values: lake.see_points_table(values),
            ],
        }
        for table in tables():
            tell(table)
            for item, values in _items(site, table, readable):
                privacy.see(f"{table} {values['pk']} {values['sk']}", values)
                for see in watchers.get(table, ()):
                    see(item, values)
        for dataset in lake.read(site, privacy):
            tell(f"lake {dataset}")
        tell("logs")
        for place, line in lines(site):
            privacy.see(place, line)
        tell("laws")
        found = [readable, *contacts.findings(today.isoformat()), *points.findings(mall(today)), *people.findings()]
        return [*found, *lake.findings(site), privacy.finding]


def _items(site: Site, table: str, readable: Finding) -> Iterator[tuple[Any, dict[str, Any]]]:
    for page in site.pages("dynamodb", "scan", TableName=site.ids[table], ConsistentRead=True):
        for item in page["Items"]:
            readable.checked += 1
            try:
                values = read(item)
            except UnreadableItemError as error:
                readable.breaks(f"{table} {item['pk']['S']}", str(error))
                continue
            yield item, values
