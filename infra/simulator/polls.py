"""The provider's questions and answers about tasks; asking changes nothing."""

from datetime import timedelta

from infra.simulator import errors
from infra.simulator.book import Book, Status, Task
from infra.simulator.errors import RefusedError
from infra.simulator.journal import Json
from infra.simulator.paging import page
from infra.simulator.reply import Reply, accepted

LIST_SPAN = timedelta(days=31)
LIST_DEFAULT, LIST_MAX = 50, 100
RESULTS_DEFAULT, RESULTS_MAX = 500, 1_000
BY_COMPANY, BY_MEMBER = 0, 1
DONE = 2


def list_tasks(book: Book, body: Json, *, names_creator: bool) -> Reply:
    """Return a page of the tasks made in a span of time, oldest first.

    Tasks made by API are the company's. The provider documents that they carry no `creator`; so a list filtered by
    creator is empty here, unless the simulator is set to name the sender there.
    """
    start, end = _second(body, "start_time"), _second(body, "end_time")
    if not 0 <= end - start <= LIST_SPAN.total_seconds():
        raise RefusedError(errors.BAD_PARAMETER, "start_time and end_time are more than a month apart")
    creator = body.get("creator", "")
    rows = (
        (task.listed_as, task)
        for task in book.created_between(start, end)
        if body.get("chat_type", "single") == "single"
        and body.get("filter_type", 2) != BY_MEMBER
        and (not creator or (names_creator and creator == task.sender))
    )
    shown, cursor = page(rows, body, default=LIST_DEFAULT, most=LIST_MAX)
    return accepted(next_cursor=cursor, group_msg_list=[_listed(task, names_creator=names_creator) for task in shown])


def task_members(task: Task, body: Json) -> Reply:
    """Return who was asked to send, and whether they did."""
    member: Json = {"userid": task.sender, "status": int(Status.WAITING)}
    if task.confirmed_at:
        member |= {"status": DONE, "send_time": int(task.confirmed_at.timestamp())}
    shown, cursor = page([(task.sender, member)], body, default=RESULTS_DEFAULT, most=RESULTS_MAX)
    return accepted(next_cursor=cursor, task_list=shown)


def send_results(task: Task, body: Json) -> Reply:
    """Return what became of the task for each recipient of one member, in the order of their ids."""
    if body.get("userid") != task.sender:
        raise RefusedError(errors.BAD_USERID, "invalid userid")
    rows = ((recipient, recipient) for recipient in sorted(task.recipients))
    shown, cursor = page(rows, body, default=RESULTS_DEFAULT, most=RESULTS_MAX)
    return accepted(next_cursor=cursor, send_list=[_result(task, recipient) for recipient in shown])


def _listed(task: Task, *, names_creator: bool) -> Json:
    creator = {"creator": task.sender} if names_creator else {}
    return {
        "msgid": task.msgid,
        **creator,
        "create_time": str(int(task.created_at.timestamp())),
        "create_type": BY_COMPANY,
        "text": {"content": task.text},
        "attachments": list(task.attachments),
    }


def _result(task: Task, recipient: str) -> Json:
    row: Json = {"external_userid": recipient, "userid": task.sender, "status": int(Status.WAITING)}
    if found := task.results.get(recipient):
        row["status"] = int(found.status)
        if found.status is Status.SENT:
            row["send_time"] = int(found.at.timestamp())
    return row


def _second(body: Json, name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int):
        raise RefusedError(errors.BAD_PARAMETER, f"{name} is not a time")
    return value
