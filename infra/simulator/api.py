"""The routes: WeCom's own under /cgi-bin/, and the simulator's under /simulator/."""

import json
from collections import Counter
from datetime import datetime
from threading import Lock
from urllib.parse import parse_qsl, urlsplit

from infra.simulator import errors, polls
from infra.simulator.clock import Clock, iso
from infra.simulator.errors import RefusedError
from infra.simulator.faults import DISPATCH_SPAN, PollFault, poll_fault
from infra.simulator.journal import Json
from infra.simulator.provider import Provider
from infra.simulator.reply import DROPPED, Reply, accepted, refused
from infra.simulator.settings import Settings
from infra.simulator.tokens import Tokens

WECOM = "/cgi-bin/"
CONTACT = "externalcontact/"
TASK_POLLS = {"get_groupmsg_task": polls.task_members, "get_groupmsg_send_result": polls.send_results}
LIST_POLL = "get_groupmsg_list_v2"
NOT_FOUND = Reply({"error": "no such route"}, status=404)


class Api:
    """Answers one call at a time, in whatever order they come."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = Clock(settings.clock_file)
        self._tokens = Tokens(settings)
        self._provider = Provider(settings)
        self._lock = Lock()
        self._is_out = False
        self._polled_at: datetime | None = None
        self._polled: Counter[str] = Counter()

    def answer(self, method: str, target: str, raw: bytes) -> Reply:
        """Let time catch up, then return the answer to one call."""
        address = urlsplit(target)
        query = dict(parse_qsl(address.query))
        with self._lock:
            now = self._clock.now()
            self._provider.advance(now)
            if not address.path.startswith(WECOM):
                return self._admin(method, address.path, raw, now)
            if self._is_out:
                return DROPPED
            call = address.path.removeprefix(WECOM)
            try:
                return self._wecom(method, call, query, raw, now)
            except RefusedError as error:
                about = {"call": call, "errcode": error.errcode, "reason": error.reason}
                self._provider.record({"kind": "refused", "at": iso(now), **about})
                return refused(error)

    def close(self) -> None:
        """Close the log once nobody writes to it."""
        with self._lock:
            self._provider.close()

    def _wecom(self, method: str, call: str, query: dict[str, str], raw: bytes, now: datetime) -> Reply:
        if (method, call) == ("GET", "gettoken"):
            return self._tokens.issue(query.get("corpid", ""), query.get("corpsecret", ""), now)
        if method != "POST" or not call.startswith(CONTACT):
            return NOT_FOUND
        self._tokens.check(query.get("access_token", ""), now)
        body = _body(raw)
        match call.removeprefix(CONTACT):
            case "add_msg_template":
                return self._provider.create(body, now)
            case "cancel_groupmsg_send":
                return self._provider.cancel(_msgid(body), now)
            case "remind_groupmsg_send":
                return self._provider.remind(_msgid(body), now)
            case name if name in TASK_POLLS or name == LIST_POLL:
                return self._poll(name, body, now)
            case _:
                return NOT_FOUND

    def _poll(self, name: str, body: Json, now: datetime) -> Reply:
        task = self._provider.task(_msgid(body)) if name in TASK_POLLS else None
        subject = f"{name} {json.dumps(body, sort_keys=True)}"
        is_young = task is not None and now - task.created_at < DISPATCH_SPAN
        shares, nth = self._settings.shares, self._nth(subject, now)
        fault = poll_fault(shares, self._settings.seed, subject=subject, at=now, nth=nth, is_young=is_young)
        if fault:
            about = {"msgid": task.msgid, "sender": task.sender, "link_url": task.link_url} if task else {}
            self._provider.record({"kind": "fault", "at": iso(now), "fault": fault.value, "call": name, **about})
        match fault:
            case PollFault.BUSY:
                return refused(RefusedError(errors.BUSY, "system busy"))
            case PollFault.DISPATCHING:
                return refused(RefusedError(errors.DISPATCHING, "group message is being dispatched, try later"))
        if task is None:
            return polls.list_tasks(self._provider.book, body, names_creator=self._settings.names_creator)
        return TASK_POLLS[name](task, body)

    def _nth(self, subject: str, now: datetime) -> int:
        if now != self._polled_at:
            self._polled_at = now
            self._polled.clear()
        self._polled[subject] += 1
        return self._polled[subject]

    def _admin(self, method: str, path: str, raw: bytes, now: datetime) -> Reply:
        match method, path:
            case "GET", "/simulator/health":
                return accepted(now=iso(now), outage=self._is_out)
            case "GET", "/simulator/summary":
                counts, book = self._provider.book.counts, self._provider.book
                return accepted(now=iso(now), open_tasks=book.open_tasks(), entries=dict(sorted(counts.items())))
            case "POST", "/simulator/outage":
                self._is_out = json.loads(raw)["on"] is True
                self._provider.record({"kind": "outage", "at": iso(now), "on": self._is_out})
                return accepted(outage=self._is_out)
            case _:
                return NOT_FOUND


def _body(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError:
        raise RefusedError(errors.BAD_JSON, "data format error") from None
    if not isinstance(body, dict):
        raise RefusedError(errors.BAD_JSON, "data format error")
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise RefusedError(errors.BAD_CHARACTER, "invalid character") from None
    return body


def _msgid(body: Json) -> str:
    msgid = body.get("msgid", "")
    if not isinstance(msgid, str):
        raise RefusedError(errors.BAD_MSGID, "invalid msgid")
    return msgid
