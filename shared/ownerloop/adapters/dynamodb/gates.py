"""The gates in the Contacts table: `gate#<person_id>` / `gate`, below 1 KB so that a write costs one unit.

`entries` is binary, in the order of the gate: day (u16, days since 2020), instant (i64, microseconds), class, channel
and due cycle (u8 each: the class's place in its enumeration, the others' place in `names`), then the contact id: a zero
byte and 12 bytes for `c_<24 hex>`, else its length and its UTF-8. `others` is written alike; it, `members` and
`merged_into` are there only in a group.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ownerloop.adapters.dynamodb.commands import Key, get_item, get_items, put_versioned
from ownerloop.adapters.dynamodb.items import instant, micros
from ownerloop.domain.contact import ContactClass
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Entry, Gate

_HEAD = struct.Struct(">HqBBBB")
_FIRST_DAY = date(2020, 1, 1)
_CLASSES = tuple(ContactClass)
_USUAL_ID = re.compile(r"c_[0-9a-f]{24}")
_ID_BYTES = 12


class DynamoGates:
    """The gates in the Contacts table."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def load(self, person_id: str) -> Gate:
        """Return the gate as last written; version 0 where there is none."""
        values = get_item(self._table, gate_key(person_id))
        return Gate(person_id=person_id) if values is None else gate_from(person_id, values)

    def load_all(self, person_ids: Iterable[str]) -> dict[str, Gate]:
        """Return each person's gate as last written; version 0 where there is none."""
        keys = {person_id: gate_key(person_id) for person_id in person_ids}
        rows = get_items(self._table, keys.values())
        return {
            person_id: gate_from(person_id, rows[key]) if key in rows else Gate(person_id=person_id)
            for person_id, key in keys.items()
        }

    def save(self, gate: Gate) -> None:
        """Write the gate if the stored version is its `version` - 1, else raise VersionConflictError."""
        if not put_versioned(self._table, gate_values(gate)):
            raise VersionConflictError(item=gate.person_id)


def gate_key(person_id: str) -> Key:
    """Return the primary key of a person's gate."""
    return f"gate#{person_id}", "gate"


def gate_values(gate: Gate) -> dict[str, Any]:
    """Return the plain values of the gate's item."""
    every = (*gate.entries, *gate.others)
    names = sorted({name for entry in every for name in (entry.channel, entry.due_cycle)})
    pk, sk = gate_key(gate.person_id)
    return {
        "pk": pk,
        "sk": sk,
        "version": gate.version,
        "entries": b"".join(_entry_bytes(entry, names) for entry in gate.entries),
        "names": names,
        "merged_into": gate.merged_into,
        "members": gate.members or None,
        "others": b"".join(_entry_bytes(entry, names) for entry in gate.others) or None,
    }


def gate_from(person_id: str, values: Mapping[str, Any]) -> Gate:
    """Return the gate of an item's plain values."""
    return Gate(
        person_id=person_id,
        version=values["version"],
        entries=tuple(_entries_of(values["entries"], values["names"])),
        merged_into=values.get("merged_into"),
        members=tuple(values.get("members", ())),
        others=tuple(_entries_of(values.get("others", b""), values["names"])),
    )


def _entry_bytes(entry: Entry, names: Sequence[str]) -> bytes:
    is_usual = _USUAL_ID.fullmatch(entry.contact_id) is not None
    contact_id = bytes.fromhex(entry.contact_id[2:]) if is_usual else entry.contact_id.encode()
    head = _HEAD.pack(
        (entry.day - _FIRST_DAY).days,
        micros(entry.taken_at),
        _CLASSES.index(entry.contact_class),
        names.index(entry.channel),
        names.index(entry.due_cycle),
        0 if is_usual else len(contact_id),
    )
    return head + contact_id


def _entries_of(packed: bytes, names: Sequence[str]) -> Iterator[Entry]:
    start = 0
    while start < len(packed):
        day, taken_at, kind, channel, cycle, length = _HEAD.unpack_from(packed, start)
        start += _HEAD.size
        raw = packed[start : start + (length or _ID_BYTES)]
        start += len(raw)
        yield Entry(
            day=_FIRST_DAY + timedelta(days=day),
            contact_id=raw.decode() if length else f"c_{raw.hex()}",
            taken_at=instant(taken_at),
            contact_class=_CLASSES[kind],
            channel=names[channel],
            due_cycle=names[cycle],
        )
