"""A provider to try things on: served by threads of this process, with a clock, a log and people of its own."""

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any, Self

from infra.simulator.api import Api
from infra.simulator.clock import instant, iso
from infra.simulator.journal import read_entries
from infra.simulator.server import HOST, Server
from infra.simulator.settings import OFF, Settings, Shares

Json = dict[str, Any]
MORNING = "2026-03-02T01:00:00Z"  # a Monday, 09:00 in Shanghai
DAY = timedelta(days=1)


def a_person(
    person: str, *ids: str, staff: str = "zhang", zone: str = "Asia/Shanghai", friend: bool = True
) -> list[Json]:
    return [
        {"person": person, "external_userid": each, "staff": [staff], "friend": friend, "zone": zone} for each in ids
    ]


def a_crowd(size: int, *, staff: str = "zhang") -> list[Json]:
    return [row for n in range(size) for row in a_person(f"person {n}", f"wm{n:04}", staff=staff)]


def an_order(
    *ids: str, sender: str = "zhang", text: str = "该保养了", link: str | None = "https://o.example/t/1"
) -> Json:
    attachments = [{"msgtype": "link", "link": {"title": "预约保养", "url": link, "desc": "一键预约"}}] if link else []
    return {
        "chat_type": "single",
        "external_userid": list(ids),
        "sender": sender,
        "text": {"content": text},
        "attachments": attachments,
    }


class Trial:
    """One provider; without faults unless shares are given."""

    def __init__(self, folder: Path, people: Iterable[Json], *, shares: Shares = OFF, **settings: Any) -> None:
        self.settings = Settings(
            log=folder / "provider.jsonl",
            clock_file=folder / "clock",
            people=folder / "people.json",
            shares=shares,
            **{"slow_seconds": 0.01, **settings},
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.settings.people.write_text(json.dumps({"people": list(people)}), encoding="utf-8")
        self.at(MORNING)
        self._token = ""

    def __enter__(self) -> Self:
        self.serve()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def serve(self) -> None:
        """Serve the trial's files, as a fresh process would find them."""
        self._api = Api(self.settings)
        self._server = Server(0, self._api)
        self.port = self._server.port
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; stopping twice does no harm."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._api.close()

    def at(self, now: str) -> None:
        """Move the clock to an instant."""
        self._now = instant(now)
        self.settings.clock_file.write_text(iso(self._now), encoding="utf-8")

    def after(self, span: timedelta) -> None:
        """Move the clock on."""
        self.at(iso(self._now + span))

    @property
    def second(self) -> int:
        """Return the clock as the wire has it."""
        return int(self._now.timestamp())

    def send(self, method: str, target: str, body: object = None) -> tuple[int, bytes]:
        """Return status and body of a bare call; raise ConnectionError if there is none."""
        connection = HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(method, target, None if body is None else json.dumps(body))
            with connection.getresponse() as response:
                return response.status, response.read()
        finally:
            connection.close()

    def token(self) -> str:
        """Return a fresh access token."""
        corp_id, secret = self.settings.corp_id, self.settings.secret
        return str(
            json.loads(self.send("GET", f"/cgi-bin/gettoken?corpid={corp_id}&corpsecret={secret}")[1])["access_token"]
        )

    def call(self, name: str, body: object) -> Json:
        """Return the answer to a call under /cgi-bin/externalcontact/, with a good token."""
        status, answer = self.send("POST", f"/cgi-bin/externalcontact/{name}?access_token={self.token()}", body)
        assert status == 200, status
        return dict(json.loads(answer))

    def create(self, *ids: str, **order: Any) -> Json:
        """Return the answer to add_msg_template."""
        return self.call("add_msg_template", an_order(*ids, **order))

    def insist(self, *ids: str, **order: Any) -> str:
        """Return the msgid of a task that is asked for until there is one, whatever befalls the first attempt."""
        while not (made := self.entries("task_created")):
            with suppress(ConnectionError, AssertionError):
                self.create(*ids, **order)
        return str(made[0]["msgid"])

    def results(self, msgid: str, *, userid: str = "zhang") -> dict[str, int]:
        """Return the status by external_userid."""
        answer = self.call("get_groupmsg_send_result", {"msgid": msgid, "userid": userid})
        return {row["external_userid"]: row["status"] for row in answer["send_list"]}

    def admin(self, path: str, body: object = None) -> Json:
        """Return the answer of one of the simulator's own routes."""
        return dict(json.loads(self.send("GET" if body is None else "POST", f"/simulator/{path}", body)[1]))

    def entries(self, *kinds: str) -> list[Json]:
        """Return the log, or the entries of these kinds."""
        return [entry for entry in read_entries(self.settings.log) if not kinds or entry["kind"] in kinds]
