"""The contacts in the Contacts table; layout in `contact_items` and `due`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import get_items, put, put_versioned, query
from ownerloop.adapters.dynamodb.contact_items import KIND, STATE, contact_from, contact_pk, contact_values
from ownerloop.adapters.dynamodb.due import due_ids
from ownerloop.domain.contact import Contact
from ownerloop.domain.errors import VersionConflictError


class DynamoContacts:
    """The contacts in the Contacts table."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def request(self, contacts: Sequence[Contact]) -> list[str]:
        """Put each contact that does not exist yet; return the ids that are new."""
        return [c.contact_id for c in contacts if put(self._table, contact_values(c), when=expressions.ABSENT)]

    def load(self, contact_ids: Iterable[str]) -> dict[str, Contact]:
        """Return each contact that exists, as last written."""
        keys = {contact_id: (contact_pk(contact_id), STATE) for contact_id in contact_ids}
        rows = get_items(self._table, keys.values())
        return {contact_id: contact_from(rows[key]) for contact_id, key in keys.items() if key in rows}

    def open_of(self, person_id: str) -> list[Contact]:
        """Return the person's contacts that have not ended, in their order; the index may lag by a moment."""
        condition, values = expressions.OPEN_CONTACTS_OF_A_PERSON, {":person_id": person_id}
        rows = query(self._table, "open_by_person", condition, values)
        return sorted(map(contact_from, rows), key=lambda contact: contact.order)

    def reserved_group(self, group_key: str) -> list[Contact]:
        """Return the reserved contacts of one send group, in their order; the index may lag by a moment."""
        condition, values = expressions.RESERVED_CONTACTS_OF_A_GROUP, {":group_key": group_key}
        rows = query(self._table, "by_group", condition, values)
        return sorted(self.load(row["contact_id"] for row in rows).values(), key=lambda contact: contact.order)

    def save(self, contact: Contact) -> None:
        """Write the contact if the stored version is its `version` - 1, else raise VersionConflictError."""
        if not put_versioned(self._table, contact_values(contact)):
            raise VersionConflictError(item=contact.contact_id)

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of contacts the sweep must look at by now, oldest first."""
        return due_ids(self._table, KIND, now=now)
