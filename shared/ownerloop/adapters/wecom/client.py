"""The documented API of WeCom's customer contact, as far as one reminder needs it."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from urllib.parse import urlencode

from ownerloop.adapters.wecom.errors import (
    BUSY,
    OK,
    STALE_TOKEN,
    NoAnswerError,
    NotSentError,
    refusal_of,
)
from ownerloop.adapters.wecom.tokens import Tokens
from ownerloop.adapters.wecom.transport import Deadline, Json, Transport
from ownerloop.domain.errors import ProviderUnavailableError
from ownerloop.domain.wecom import Answer, Created, Lost, Order, Refused, SendStatus, Unreached
from ownerloop.outreach_ports import TokenCache

CONTACT = "/cgi-bin/externalcontact/"
PAUSES = (0.2, 0.4)  # seconds before the second and the third try (document 90455: retry -1 at most three times)
PAGES_MAX = 200
TASKS_PER_PAGE, RESULTS_PER_PAGE = 100, 1000  # the most that documents 93338 allow
TASK_SENT = 2  # the state of a staff member's task; 0 waits
LINK_TITLE, LINK_TEXT = "保养预约", "点击预约到店时间"


class WecomClient:
    """Speaks for one company. `read_secret` returns corpid, corpsecret and link_base_url, and is asked at first use."""

    def __init__(self, base_url: str, *, read_secret: Callable[[], Mapping[str, str]], tokens: TokenCache) -> None:
        self._read_secret = read_secret
        self._transport = Transport(base_url)
        self._tokens = Tokens(self._transport, tokens, self._credentials)

    def link_url(self, task_id: str) -> str:
        """Return the address in a task's link, by which the task is known again."""
        return f"{self._read_secret()['link_base_url']}?{urlencode({'t': task_id})}"

    def create_task(self, order: Order, *, now: datetime) -> Answer:
        """Ask for a task (document 92135) and return what is known of it then; only a proven no was tried again."""
        link = {"title": LINK_TITLE, "desc": LINK_TEXT, "url": order.link_url}
        body: Json = {
            "chat_type": "single",
            "external_userid": list(order.external_userids),
            "sender": order.sender,
            "text": {"content": order.text},
            "attachments": [{"msgtype": "link", "link": link}],
        }
        try:
            answer = self._ask("add_msg_template", body, now=now)
        except NotSentError as error:
            return Unreached(error.cause)
        except NoAnswerError as error:
            return Lost(error.cause)
        named = frozenset(answer.get("fail_list") or ())
        if answer["errcode"] != OK:
            return Refused(refusal_of(answer["errcode"]), answer["errcode"], named)
        if not answer.get("msgid"):
            return Lost("no_msgid")
        return Created(msgid=str(answer["msgid"]), not_sendable=named)

    def find_task(self, link_url: str, *, since: datetime, until: datetime, now: datetime) -> str | None:
        """Return the msgid of the task with this link made in the span, or None if the whole list has none.

        Tasks made by API carry no creator (document 93338), so the list is not narrowed to the sender.
        """
        span = {"start_time": int(since.timestamp()), "end_time": int(until.timestamp())}
        body: Json = {"chat_type": "single", **span, "filter_type": 0, "limit": TASKS_PER_PAGE}
        for task in self._pages("get_groupmsg_list_v2", body, "group_msg_list", now=now):
            links = [item.get("link") or {} for item in task.get("attachments") or ()]
            if link_url in (link.get("url") for link in links):
                return str(task["msgid"])
        return None

    def was_confirmed(self, msgid: str, *, sender: str, now: datetime) -> bool:
        """Return whether the staff member sent the task (document 93338)."""
        body: Json = {"msgid": msgid, "limit": RESULTS_PER_PAGE}
        members = self._pages("get_groupmsg_task", body, "task_list", now=now)
        return any(member.get("userid") == sender and member.get("status") == TASK_SENT for member in members)

    def results(self, msgid: str, *, sender: str, now: datetime) -> dict[str, SendStatus]:
        """Return what became of the task for each external_userid."""
        body: Json = {"msgid": msgid, "userid": sender, "limit": RESULTS_PER_PAGE}
        rows = self._pages("get_groupmsg_send_result", body, "send_list", now=now)
        return {str(row.get("external_userid")): _status(row.get("status")) for row in rows}

    def cancel(self, msgid: str, *, now: datetime) -> bool:
        """Stop a task (document 97611) and return whether the provider said that it is stopped."""
        try:
            answer = self._ask("cancel_groupmsg_send", {"msgid": msgid}, now=now)
        except NotSentError:
            return False
        except NoAnswerError:
            return False
        return bool(answer["errcode"] == OK)

    def _pages(self, call: str, body: Json, rows: str, *, now: datetime) -> Iterator[Json]:
        cursor = ""
        for _ in range(PAGES_MAX):
            answer = self._question(call, {**body, "cursor": cursor}, now=now)
            yield from answer.get(rows) or ()
            cursor = answer.get("next_cursor") or ""
            if not cursor:
                return
        raise ProviderUnavailableError(cause=f"{call}_has_no_end")

    def _question(self, call: str, body: Json, *, now: datetime) -> Json:
        try:
            answer = self._ask(call, body, now=now)
        except NotSentError as error:
            raise ProviderUnavailableError(cause=error.cause) from error
        except NoAnswerError as error:
            raise ProviderUnavailableError(cause=error.cause) from error
        if answer["errcode"] != OK:
            raise ProviderUnavailableError(cause=f"{call}_{answer['errcode']}")
        return answer

    def _ask(self, call: str, body: Json, *, now: datetime) -> Json:
        until = Deadline()
        token = self._tokens.current(now=now, until=until)
        answer = self._tried(call, body, token, until)
        if answer["errcode"] in STALE_TOKEN:
            token = self._tokens.renewed(stale=token, now=now, until=until)
            answer = self._tried(call, body, token, until)
        return answer

    def _tried(self, call: str, body: Json, token: str, until: Deadline) -> Json:
        for pause in PAUSES:
            found = self._once(call, body, token, until)
            if not _proves_nothing_was_done(found) or until.seconds_left <= pause:
                break
            time.sleep(pause)
        else:
            found = self._once(call, body, token, until)
        if isinstance(found, NotSentError):
            raise found
        return found

    def _once(self, call: str, body: Json, token: str, until: Deadline) -> Json | NotSentError:
        try:
            return self._transport.post(CONTACT + call, body, query={"access_token": token}, until=until)
        except NotSentError as error:
            return error

    def _credentials(self) -> tuple[str, str]:
        secret = self._read_secret()
        return secret["corpid"], secret["corpsecret"]


def _proves_nothing_was_done(found: Json | NotSentError) -> bool:
    return isinstance(found, NotSentError) or found["errcode"] == BUSY


def _status(value: object) -> SendStatus:
    for status in SendStatus:
        if status == value:
            return status
    raise ProviderUnavailableError(cause=f"status_{value}")
