"""What the wire says, and which errcode it says it with."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator.conftest import Start
from tests.simulator.trial import DAY, Trial, a_crowd, a_person, an_order


def test_a_token_is_good_for_two_hours_of_the_moved_clock(provider: Trial) -> None:
    token = provider.token()
    listing = f"/cgi-bin/externalcontact/get_groupmsg_list_v2?access_token={token}"
    span = {"start_time": provider.second, "end_time": provider.second}

    provider.after(timedelta(seconds=7199))
    good = json.loads(provider.send("POST", listing, span)[1])
    provider.after(timedelta(seconds=1))
    old = json.loads(provider.send("POST", listing, span)[1])

    assert (good["errcode"], old["errcode"]) == (0, 42001)


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ("corpid=ww0123456789abcdef&corpsecret=wrong", 40001),
        ("corpid=wrong&corpsecret=simulated-secret", 40013),
        ("corpsecret=simulated-secret", 41002),
        ("corpid=ww0123456789abcdef", 41004),
    ],
)
def test_a_token_needs_the_right_secret(provider: Trial, query: str, errcode: int) -> None:
    status, answer = provider.send("GET", f"/cgi-bin/gettoken?{query}")

    assert (status, json.loads(answer)["errcode"]) == (200, errcode)


@pytest.mark.parametrize(
    ("query", "errcode"), [("", 41001), ("?access_token=69a4e0b0-abc", 40014), ("?access_token=é", 40014)]
)
def test_a_call_needs_a_token_that_was_given_out(provider: Trial, query: str, errcode: int) -> None:
    target = f"/cgi-bin/externalcontact/add_msg_template{query}".replace("é", "%C3%A9")

    _, answer = provider.send("POST", target, an_order("wmli"))

    assert json.loads(answer)["errcode"] == errcode


def test_creating_a_task_sends_nothing(provider: Trial) -> None:
    answer = provider.create("wmli", "wmwang")

    assert (answer["errcode"], answer["fail_list"]) == (0, [])
    assert provider.results(answer["msgid"]) == {"wmli": 0, "wmwang": 0}
    assert not provider.entries("message_sent")


def test_a_confirmed_task_reaches_every_recipient_once(provider: Trial) -> None:
    msgid = provider.create("wmli", "wmwang", "wmli")["msgid"]
    asked = {"msgid": msgid}
    before = provider.call("get_groupmsg_task", asked)["task_list"]

    provider.after(timedelta(minutes=90))
    after = provider.call("get_groupmsg_task", asked)["task_list"]

    assert before == [{"userid": "zhang", "status": 0}]
    assert [(row["userid"], row["status"]) for row in after] == [("zhang", 2)]
    assert provider.results(msgid) == {"wmli": 1, "wmwang": 1}
    assert [entry["external_userid"] for entry in provider.entries("message_sent")] == ["wmli", "wmwang"]


def test_a_customer_of_another_member_is_on_the_fail_list(start: Start) -> None:
    provider = start([*a_person("Li", "wmli"), *a_person("Zhao", "wmzhao", staff="chen")])

    answer = provider.create("wmli", "wmzhao", "wmnobody")

    assert (answer["errcode"], answer["fail_list"]) == (0, ["wmzhao", "wmnobody"])
    assert provider.results(answer["msgid"]) == {"wmli": 0}


def test_a_task_without_recipients_goes_to_every_customer_of_the_sender(start: Start) -> None:
    provider = start([*a_crowd(3), *a_person("Zhao", "wmzhao", staff="chen")])

    msgid = provider.create()["msgid"]

    assert set(provider.results(msgid)) == {"wm0000", "wm0001", "wm0002"}


def link(**changes: str) -> list[dict[str, Any]]:
    return [{"msgtype": "link", "link": {"title": "t", "url": "https://o.example", **changes}}]


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"external_userid": ["wmnobody"]}, 40096),
        ({"external_userid": ["wmzhao"]}, 41048),
        ({"external_userid": "wmli"}, 40058),
        ({"external_userid": ["wmli"] * 10_001}, 40058),
        ({"sender": "nobody"}, 40003),
        ({"sender": ""}, 40063),
        ({"chat_type": "group"}, 40058),
        ({"text": {}, "attachments": []}, 40063),
        ({"text": {"content": "车" * 1334}}, 40058),
        ({"text": "car"}, 40058),
        ({"text": {"content": "\ud800"}}, 40033),
        ({"attachments": link() * 10}, 40058),
        ({"attachments": link(title="车" * 22)}, 40058),
        ({"attachments": link(desc="d" * 513)}, 40058),
        ({"attachments": link(url="")}, 40063),
        ({"attachments": [{"msgtype": "card"}]}, 41065),
        ({"attachments": [{"msgtype": "link"}]}, 40063),
    ],
)
def test_a_bad_task_is_refused_and_not_made(start: Start, changes: dict[str, Any], errcode: int) -> None:
    provider = start([*a_person("Li", "wmli"), *a_person("Zhao", "wmzhao", staff="chen")])

    answer = provider.call("add_msg_template", an_order("wmli") | changes)

    assert answer["errcode"] == errcode
    assert [entry["errcode"] for entry in provider.entries("refused")] == [errcode]
    assert not provider.entries("task_created")


def test_the_longest_text_and_title_are_taken(provider: Trial) -> None:
    order = an_order("wmli", text="车" * 1333 + "!") | {"attachments": link(title="车" * 21 + "!") * 9}

    assert provider.call("add_msg_template", order)["errcode"] == 0


@pytest.mark.parametrize("raw", ["{", "[]", "null"])
def test_what_is_no_object_is_a_format_error(provider: Trial, raw: str) -> None:
    target = f"/cgi-bin/externalcontact/add_msg_template?access_token={provider.token()}"

    assert provider._api.answer("POST", target, raw.encode()).payload == {
        "errcode": 47001,
        "errmsg": "data format error, more info at https://open.work.weixin.qq.com/devtool/query?e=47001",
    }


@pytest.mark.parametrize(("msgid", "errcode"), [("", 41046), ("msgnobody", 41047), (7, 41047)])
@pytest.mark.parametrize(
    "name", ["get_groupmsg_task", "get_groupmsg_send_result", "cancel_groupmsg_send", "remind_groupmsg_send"]
)
def test_an_unknown_task_is_refused(provider: Trial, name: str, msgid: object, errcode: int) -> None:
    assert provider.call(name, {"msgid": msgid, "userid": "zhang"})["errcode"] == errcode


def test_results_are_asked_for_the_member_who_sends(provider: Trial) -> None:
    msgid = provider.create("wmli")["msgid"]

    assert provider.call("get_groupmsg_send_result", {"msgid": msgid, "userid": "chen"})["errcode"] == 40003


def test_an_unknown_route_is_not_found(provider: Trial) -> None:
    token = provider.token()

    assert provider.send("GET", "/")[0] == 404
    assert provider.send("GET", f"/cgi-bin/externalcontact/add_msg_template?access_token={token}")[0] == 404
    assert provider.send("POST", f"/cgi-bin/externalcontact/other?access_token={token}", {})[0] == 404


def test_people_who_enrol_during_the_run_are_known(provider: Trial) -> None:
    before = provider.create("wmnew")["errcode"]

    provider.settings.people.write_text(json.dumps({"people": a_person("New", "wmnew")}), encoding="utf-8")

    assert (before, provider.create("wmnew")["errcode"]) == (40096, 0)


def test_an_outage_drops_every_call_until_it_ends(provider: Trial) -> None:
    provider.admin("outage", {"on": True})

    with pytest.raises(ConnectionError):
        provider.create("wmli")

    provider.admin("outage", {"on": False})
    assert provider.create("wmli")["errcode"] == 0
    assert len(provider.entries("task_created")) == 1


def test_the_summary_counts_the_log(provider: Trial) -> None:
    provider.create("wmli", "wmwang")
    provider.after(DAY)

    summary = provider.admin("summary")

    assert summary["entries"] == {"message_sent": 2, "task_confirmed": 1, "task_created": 1}
    assert summary["open_tasks"] == 0
    assert provider.admin("health")["now"] == "2026-03-03T01:00:00Z"
