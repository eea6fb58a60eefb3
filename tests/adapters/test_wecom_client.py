"""The client of WeCom: what may be tried again is, what may have been done never is."""

from datetime import timedelta
from typing import Any

import pytest

from ownerloop.adapters.memory import MemoryTokenCache
from ownerloop.adapters.wecom import client as client_module
from ownerloop.adapters.wecom import transport
from ownerloop.adapters.wecom.client import WecomClient
from ownerloop.domain.errors import ProviderUnavailableError
from ownerloop.domain.wecom import WECOM_POLICY, Created, Lost, Order, Refused, SendStatus, Unreached, WecomRefusal
from tests.adapters.scripted_wecom import HANG_UP, Raw, Script, scripted
from tests.builders import START

NOW = START
WRITES_SECONDS = 4  # 300 contacts written twice at 6 ms
LINK = "https://o.example/b?t=t_1"
MADE = {"errcode": 0, "fail_list": [], "msgid": "msg1"}
BUSY = {"errcode": -1, "errmsg": "system busy"}
SECRET = {"corpid": "ww1", "corpsecret": "s", "link_base_url": "https://o.example/b"}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAUSES", (0.0, 0.0))


def a_client(base_url: str, *, tokens: MemoryTokenCache | None = None) -> WecomClient:
    return WecomClient(base_url, read_secret=lambda: SECRET, tokens=tokens or MemoryTokenCache())


def an_order(*addresses: str) -> Order:
    return Order(sender="zhang", external_userids=addresses or ("wm_1",), text="该保养了", link_url=LINK)


def orders(script: Script) -> list[Any]:
    return [body for _, body in script.calls("add_msg_template")]


def test_an_order_names_sender_customers_text_and_a_link_of_its_own() -> None:
    with scripted(add_msg_template=[MADE]) as script:
        answer = a_client(script.base_url).create_task(an_order("wm_1", "wm_2"), now=NOW)

        ((query, body),) = script.calls("add_msg_template")
        assert answer == Created("msg1")
        assert query == {"access_token": "token-1"}
        assert body["external_userid"] == ["wm_1", "wm_2"]
        assert (body["chat_type"], body["sender"], body["text"]) == ("single", "zhang", {"content": "该保养了"})
        assert [item["link"]["url"] for item in body["attachments"]] == [LINK]


def test_the_link_of_a_task_carries_its_id() -> None:
    assert a_client("http://127.0.0.1:9").link_url("t_9") == "https://o.example/b?t=t_9"


def test_a_busy_provider_is_asked_three_times_and_then_taken_at_its_word() -> None:
    with scripted(add_msg_template=[BUSY]) as script:
        answer = a_client(script.base_url).create_task(an_order(), now=NOW)

        assert answer == Refused(WecomRefusal.BUSY, -1)
        assert len(orders(script)) == 3


def test_a_provider_that_was_busy_once_makes_one_task() -> None:
    with scripted(add_msg_template=[BUSY, MADE]) as script:
        assert a_client(script.base_url).create_task(an_order(), now=NOW) == Created("msg1")


@pytest.mark.parametrize(
    "trouble",
    [
        HANG_UP,
        Raw(b"", status=500),
        Raw(b"<html>bad gateway</html>", status=502),
        Raw(b"not json"),
        Raw(b"[]"),
        Raw(b"{}"),
        Raw(b'{"errcode": 0}', status=302),
        {"errcode": 0, "fail_list": []},
    ],
    ids=["hang-up", "500", "502", "no json", "a list", "no errcode", "redirect", "no msgid"],
)
def test_an_order_without_a_usable_answer_is_lost_and_never_given_again(trouble: Any) -> None:
    with scripted(add_msg_template=[trouble, MADE]) as script:
        answer = a_client(script.base_url).create_task(an_order(), now=NOW)

        assert isinstance(answer, Lost)
        assert len(orders(script)) == 1


def test_an_answer_that_comes_too_late_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS_MAX", 0.1)
    late = Raw(b'{"errcode": 0, "msgid": "msg1"}', wait_seconds=0.3)
    with scripted(add_msg_template=[late]) as script:
        assert a_client(script.base_url).create_task(an_order(), now=NOW) == Lost("ReadTimeoutError")


def test_a_busy_answer_followed_by_silence_is_lost() -> None:
    with scripted(add_msg_template=[BUSY, HANG_UP]) as script:
        assert isinstance(a_client(script.base_url).create_task(an_order(), now=NOW), Lost)


def test_where_nobody_listens_nothing_was_sent() -> None:
    with scripted() as script:
        base_url, tokens = script.base_url, MemoryTokenCache()
    tokens.put("token-1", NOW + timedelta(hours=2))

    assert isinstance(a_client(base_url, tokens=tokens).create_task(an_order(), now=NOW), Unreached)


@pytest.mark.parametrize("trouble", [HANG_UP, Raw(b"", status=500), {"errcode": 40001}, BUSY])
def test_without_a_token_nothing_was_sent(trouble: Any) -> None:
    with scripted(gettoken=[trouble], add_msg_template=[MADE]) as script:
        answer = a_client(script.base_url).create_task(an_order(), now=NOW)

        assert isinstance(answer, Unreached)
        assert orders(script) == []


def test_the_token_is_fetched_once_and_shared_between_clients() -> None:
    tokens = MemoryTokenCache()
    with scripted(add_msg_template=[MADE]) as script:
        a_client(script.base_url, tokens=tokens).create_task(an_order(), now=NOW)
        a_client(script.base_url, tokens=tokens).create_task(an_order(), now=NOW)

        assert len(script.calls("gettoken")) == 1


def test_a_token_in_its_last_minutes_is_replaced_before_it_is_used() -> None:
    tokens = MemoryTokenCache()
    tokens.put("old", NOW + timedelta(minutes=4))
    with scripted(add_msg_template=[MADE]) as script:
        a_client(script.base_url, tokens=tokens).create_task(an_order(), now=NOW)

        assert [query["access_token"] for query, _ in script.calls("add_msg_template")] == ["token-1"]


@pytest.mark.parametrize("errcode", [40014, 42001])
def test_a_token_called_stale_is_renewed_once(errcode: int) -> None:
    tokens = MemoryTokenCache()
    tokens.put("stale", NOW + timedelta(hours=1))
    with scripted(add_msg_template=[{"errcode": errcode}, MADE]) as script:
        answer = a_client(script.base_url, tokens=tokens).create_task(an_order(), now=NOW)

        assert answer == Created("msg1")
        assert [query["access_token"] for query, _ in script.calls("add_msg_template")] == ["stale", "token-1"]


def test_a_token_that_stays_stale_is_no_endless_loop() -> None:
    with scripted(add_msg_template=[{"errcode": 42001}]) as script:
        answer = a_client(script.base_url).create_task(an_order(), now=NOW)

        assert answer == Refused(WecomRefusal.NO_TOKEN, 42001)
        assert len(orders(script)) == 2


def test_a_token_that_somebody_else_renewed_is_taken_over() -> None:
    tokens = MemoryTokenCache()
    tokens.put("stale", NOW + timedelta(hours=1))
    with scripted(add_msg_template=[MADE, {"errcode": 42001}, MADE]) as script:
        client = a_client(script.base_url, tokens=tokens)
        client.create_task(an_order(), now=NOW)
        tokens.put("theirs", NOW + timedelta(hours=2))
        client.create_task(an_order(), now=NOW)

        used = [query["access_token"] for query, _ in script.calls("add_msg_template")]
        assert used == ["stale", "stale", "theirs"]
        assert script.calls("gettoken") == []


@pytest.mark.parametrize(
    ("errcode", "refusal"),
    [
        (40096, WecomRefusal.BAD_ADDRESS),
        (41048, WecomRefusal.NOT_FRIEND),
        (40003, WecomRefusal.BAD_SENDER),
        (48002, WecomRefusal.NO_PERMISSION),
        (45009, WecomRefusal.RATE_LIMITED),
        (45033, WecomRefusal.RATE_LIMITED),
        (40058, WecomRefusal.REFUSED),
    ],
)
def test_each_errcode_means_one_outcome_and_is_not_tried_again(errcode: int, refusal: WecomRefusal) -> None:
    with scripted(add_msg_template=[{"errcode": errcode, "fail_list": ["wm_1"]}]) as script:
        answer = a_client(script.base_url).create_task(an_order(), now=NOW)

        assert answer == Refused(refusal, errcode, frozenset({"wm_1"}))
        assert len(orders(script)) == 1


def test_a_task_is_found_on_a_later_page_by_its_link() -> None:
    pages = [_page([_listed("m1", "https://o.example/b?t=t_0")], "next"), _page([_listed("m2", LINK)], "")]
    with scripted(get_groupmsg_list_v2=pages) as script:
        found = a_client(script.base_url).find_task(LINK, since=NOW, until=NOW + timedelta(hours=1), now=NOW)

        bodies = [body for _, body in script.calls("get_groupmsg_list_v2")]
        assert found == "m2"
        assert [body["cursor"] for body in bodies] == ["", "next"]
        assert bodies[0]["end_time"] - bodies[0]["start_time"] == 3600
        assert "creator" not in bodies[0]


def test_a_list_that_was_not_read_to_its_end_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAGES_MAX", 3)
    with scripted(get_groupmsg_list_v2=[_page([], "next")]) as script, pytest.raises(ProviderUnavailableError):
        a_client(script.base_url).find_task(LINK, since=NOW, until=NOW, now=NOW)


@pytest.mark.parametrize("trouble", [HANG_UP, Raw(b"", status=500), BUSY, {"errcode": 41063}])
def test_a_question_without_an_answer_says_so(trouble: Any) -> None:
    with scripted(get_groupmsg_send_result=[trouble]) as script, pytest.raises(ProviderUnavailableError):
        a_client(script.base_url).results("msg1", sender="zhang", now=NOW)


def test_a_status_that_nobody_knows_is_no_answer() -> None:
    rows = {"errcode": 0, "send_list": [{"external_userid": "wm_1", "status": 7}]}
    with scripted(get_groupmsg_send_result=[rows]) as script, pytest.raises(ProviderUnavailableError):
        a_client(script.base_url).results("msg1", sender="zhang", now=NOW)


def test_results_are_read_page_by_page() -> None:
    pages = [
        {"errcode": 0, "send_list": [{"external_userid": "wm_1", "status": 1}], "next_cursor": "c"},
        {"errcode": 0, "send_list": [{"external_userid": "wm_2", "status": 3}], "next_cursor": ""},
    ]
    with scripted(get_groupmsg_send_result=pages) as script:
        results = a_client(script.base_url).results("msg1", sender="zhang", now=NOW)

        assert results == {"wm_1": SendStatus.SENT, "wm_2": SendStatus.OTHER_BROADCAST}


@pytest.mark.parametrize(("status", "was_confirmed"), [(0, False), (2, True)])
def test_a_task_counts_as_confirmed_once_its_sender_sent_it(status: int, was_confirmed: bool) -> None:
    members = {"errcode": 0, "task_list": [{"userid": "li", "status": 2}, {"userid": "zhang", "status": status}]}
    with scripted(get_groupmsg_task=[members]) as script:
        assert a_client(script.base_url).was_confirmed("msg1", sender="zhang", now=NOW) is was_confirmed


@pytest.mark.parametrize(
    ("answer", "is_stopped"), [({"errcode": 0}, True), ({"errcode": 40058}, False), (HANG_UP, False)]
)
def test_a_task_counts_as_stopped_only_if_the_provider_says_so(answer: Any, is_stopped: bool) -> None:
    with scripted(cancel_groupmsg_send=[answer]) as script:
        assert a_client(script.base_url).cancel("msg1", now=NOW) is is_stopped


def test_no_error_text_quotes_the_token() -> None:
    with scripted(get_groupmsg_task=[HANG_UP]) as script, pytest.raises(ProviderUnavailableError) as caught:
        a_client(script.base_url).was_confirmed("msg1", sender="zhang", now=NOW)

    assert "token-1" not in str(caught.value)
    assert "token-1" not in str(caught.value.__cause__)


def test_the_slowest_calls_of_one_invocation_and_its_writes_fit_into_the_functions_timeout() -> None:
    calls = transport.TOTAL_SECONDS_MAX * WECOM_POLICY.tasks_per_invocation_max

    assert calls + WRITES_SECONDS <= WECOM_POLICY.sending_span.total_seconds() == 30


def _listed(msgid: str, link: str) -> dict[str, Any]:
    picture = {"msgtype": "image", "image": {"media_id": "m"}}
    return {"msgid": msgid, "attachments": [picture, {"msgtype": "link", "link": {"url": link}}]}


def _page(tasks: list[dict[str, Any]], cursor: str) -> dict[str, Any]:
    return {"errcode": 0, "group_msg_list": tasks, "next_cursor": cursor}
