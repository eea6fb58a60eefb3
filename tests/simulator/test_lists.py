"""What the lists of the wire hold: pages, cursors, spans and limits."""

from datetime import timedelta
from typing import Any

import pytest

from tests.simulator.conftest import Start
from tests.simulator.trial import DAY, Json, Trial, a_crowd


def test_a_lost_task_is_found_again_by_its_link(provider: Trial) -> None:
    made = provider.second
    provider.create("wmli", link="https://o.example/t/1")
    msgid = provider.create("wmwang", link="https://o.example/t/2")["msgid"]
    provider.after(timedelta(hours=1))

    span = {"chat_type": "single", "start_time": made, "end_time": provider.second, "filter_type": 0}
    listed = provider.call("get_groupmsg_list_v2", span)["group_msg_list"]

    found = [task for task in listed if task["attachments"][0]["link"]["url"] == "https://o.example/t/2"]
    assert [task["msgid"] for task in found] == [msgid]
    assert found[0] | {"attachments": []} == {
        "msgid": msgid,
        "create_time": str(made),
        "create_type": 0,
        "text": {"content": "该保养了"},
        "attachments": [],
    }


def test_a_list_knows_tasks_made_by_api_only_as_the_companys(start: Start) -> None:
    as_documented, as_set = start(), start(names_creator=True)
    counts = []

    for provider in (as_documented, as_set):
        provider.create("wmli")
        span = {"start_time": provider.second, "end_time": provider.second}
        wishes: tuple[Json, ...] = (
            {"creator": "zhang"},
            {"creator": "chen"},
            {"filter_type": 1},
            {"chat_type": "group"},
            {},
        )
        answers = (provider.call("get_groupmsg_list_v2", span | wish) for wish in wishes)
        counts.append([len(answer["group_msg_list"]) for answer in answers])

    assert counts == [[0, 0, 0, 0, 1], [1, 0, 0, 0, 1]]


def test_a_list_spans_a_month_at_most_and_includes_both_ends(provider: Trial) -> None:
    made = provider.second
    provider.create("wmli")

    def listed(start: object, end: int) -> Any:
        answer = provider.call("get_groupmsg_list_v2", {"start_time": start, "end_time": end})
        return answer["errcode"] or len(answer["group_msg_list"])

    month = int(DAY.total_seconds()) * 31
    assert [listed(made, made), listed(made - 9, made - 1), listed(made + 1, made + 9)] == [1, 0, 0]
    assert [
        listed(made - month, made),
        listed(made - month - 1, made),
        listed(made, made - 1),
        listed("now", made),
    ] == [
        1,
        40058,
        40058,
        40058,
    ]


def test_pages_of_tasks_hold_each_task_once_even_if_tasks_are_added_between_them(provider: Trial) -> None:
    made = [provider.create("wmli", link=f"https://o.example/t/{n}")["msgid"] for n in range(7)]
    body: dict[str, Any] = {"start_time": provider.second, "end_time": provider.second + 60, "limit": 3}
    seen: list[str] = []

    for turn in range(5):
        answer = provider.call("get_groupmsg_list_v2", body)
        seen += [task["msgid"] for task in answer["group_msg_list"]]
        body["cursor"] = answer["next_cursor"]
        if not body["cursor"]:
            break
        provider.after(timedelta(seconds=1))
        made.append(provider.create("wmli", link=f"https://o.example/later/{turn}")["msgid"])

    assert sorted(seen) == sorted(made)


def test_pages_of_results_hold_each_recipient_once(start: Start) -> None:
    provider = start(a_crowd(7))
    msgid = provider.create()["msgid"]
    body = {"msgid": msgid, "userid": "zhang", "limit": 3}

    sizes, seen = [], []
    while body.get("cursor", "first"):
        answer = provider.call("get_groupmsg_send_result", body)
        sizes.append(len(answer["send_list"]))
        seen += [row["external_userid"] for row in answer["send_list"]]
        body["cursor"] = answer["next_cursor"]

    assert sizes == [3, 3, 1]
    assert seen == [f"wm{n:04}" for n in range(7)]


@pytest.mark.parametrize("cursor", ["x", "é", 3])
def test_a_cursor_that_was_never_given_out_is_refused(provider: Trial, cursor: object) -> None:
    span = {"start_time": provider.second, "end_time": provider.second}

    assert provider.call("get_groupmsg_list_v2", span | {"cursor": cursor})["errcode"] == 40058


def test_a_limit_over_the_maximum_is_the_default(provider: Trial) -> None:
    for n in range(60):
        provider.create("wmli", link=f"https://o.example/t/{n}")
    span = {"start_time": provider.second, "end_time": provider.second}

    sizes = [len(provider.call("get_groupmsg_list_v2", span | {"limit": n})["group_msg_list"]) for n in (100, 101, 0)]

    assert sizes == [60, 50, 50]
