"""The WeCom tasks in the Contacts table: `task#<task_id>` / `state`, found by the sweep as `due` says.

Attributes: `task_id`, `version`, `state`, `staff`, `body` (the text), `link`, `res_day`, `contacts` (a list of ids),
`msgid`, `misses`, `made_at`, `send_by`, `look_at` (microseconds), `due_key`, `due_sort`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import get_item, put, put_versioned
from ownerloop.adapters.dynamodb.due import due_attributes, due_ids
from ownerloop.adapters.dynamodb.items import instant, instant_or_none, micros
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.wecom_task import TaskState, WecomTask

_KIND = "task"


class DynamoWecomTasks:
    """The WeCom tasks in the Contacts table."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def create(self, task: WecomTask) -> bool:
        """Put the task if there is none of its id; return whether it is new."""
        return put(self._table, _values(task), when=expressions.ABSENT)

    def load(self, task_id: str) -> WecomTask | None:
        """Return the task as last written, or None."""
        values = get_item(self._table, (_task_pk(task_id), "state"))
        return None if values is None else _task_from(values)

    def save(self, task: WecomTask) -> None:
        """Write the task if the stored version is its `version` - 1, else raise VersionConflictError."""
        if task.version == 1 or not put_versioned(self._table, _values(task)):
            raise VersionConflictError(item=task.task_id)

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of tasks to look at by now, oldest first."""
        return due_ids(self._table, _KIND, now=now)


def _task_pk(task_id: str) -> str:
    return f"task#{task_id}"


def _values(task: WecomTask) -> dict[str, Any]:
    return {
        "pk": _task_pk(task.task_id),
        "sk": "state",
        "task_id": task.task_id,
        "version": task.version,
        "state": str(task.state),
        "staff": task.staff_userid,
        "body": task.text,
        "link": task.link_url,
        "res_day": task.reserved_day.isoformat(),
        "contacts": task.contact_ids,
        "msgid": task.msgid,
        "misses": task.misses,
        "made_at": micros(task.created_at),
        "send_by": micros(task.send_before),
        "look_at": micros(task.next_look_at),
        **due_attributes(_KIND, task.task_id, look_at=task.next_look_at, written_at=task.created_at),
    }


def _task_from(values: Mapping[str, Any]) -> WecomTask:
    return WecomTask(
        task_id=values["task_id"],
        version=values["version"],
        staff_userid=values["staff"],
        text=values["body"],
        link_url=values["link"],
        reserved_day=date.fromisoformat(values["res_day"]),
        contact_ids=tuple(values["contacts"]),
        state=TaskState(values["state"]),
        created_at=instant(values["made_at"]),
        send_before=instant(values["send_by"]),
        msgid=values.get("msgid"),
        misses=values["misses"],
        next_look_at=instant_or_none(values.get("look_at")),
    )
