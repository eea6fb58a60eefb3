"""WeCom's callbacks on the stack: what reaches the InteractionQueue, and what does not."""

import json
from io import StringIO
from typing import Any

import pytest

from ownerloop.adapters.envelope import unpack
from ownerloop.contracts.interaction_parsing import parse_interaction
from tests.functions.stack import Stack, function
from tests.partners.builders import CONTEXT, a_request
from tests.partners.sealing import Corp, a_body, a_message, seal, sign


def called(stack: Stack, encrypted: str, *, method: str = "POST", **signed: str) -> tuple[int, str]:
    query = {**sign(encrypted), **signed}
    body = a_body(encrypted) if method == "POST" else None
    query |= {} if body else {"echostr": encrypted}
    event = a_request(method, "/wecom/callback", partner_id=None, query=query, body=body)
    with function(stack, "receive_wecom") as app:
        answer = app.handler(event, CONTEXT)
    return answer["statusCode"], answer["body"]


def queued(stack: Stack) -> list[dict[str, Any]]:
    return [json.loads(event) for body in stack.queue("InteractionQueue") for event in unpack(body).events]


def test_the_address_is_verified_with_the_text_that_was_sealed(stack: Stack) -> None:
    assert called(stack, seal("1616140317555161061"), method="GET") == (200, "1616140317555161061")


def test_an_owner_who_deletes_a_friend_becomes_an_interaction(stack: Stack) -> None:
    answer = called(stack, seal(a_message()))

    (event,) = queued(stack)
    assert answer == (200, "success")
    assert event["type"] == "ownerloop.interaction.wecom_friend_deleted.v1"
    assert event["subject"] == "wecom:wm_owner_1"
    assert parse_interaction(event).subject == "wecom:wm_owner_1"


def test_a_callback_that_comes_again_is_the_same_event(stack: Stack) -> None:
    called(stack, seal(a_message()))
    called(stack, seal(a_message()), **sign(seal(a_message()), timestamp="1767600005", nonce="again"))

    first, again = queued(stack)
    assert (first["source"], first["id"]) == (again["source"], again["id"])


@pytest.mark.parametrize("change", ["edit_external_contact", "del_external_contact", "transfer_fail", "unheard_of"])
def test_other_news_is_acknowledged_and_goes_nowhere(stack: Stack, change: str) -> None:
    assert called(stack, seal(a_message(change=change))) == (200, "success")
    assert queued(stack) == []


def test_a_wrong_signature_is_refused_and_nothing_is_queued(stack: Stack) -> None:
    assert called(stack, seal(a_message()), msg_signature="0" * 40) == (403, "bad_signature")
    assert called(stack, seal("x"), method="GET", nonce="other") == (403, "bad_signature")
    assert queued(stack) == []


def test_a_message_for_another_company_is_refused(stack: Stack) -> None:
    assert called(stack, seal(a_message(), Corp(receive_id="ww_other"))) == (403, "foreign_receiver")


def test_a_proved_message_that_cannot_be_read_is_not_asked_for_again(stack: Stack) -> None:
    assert called(stack, seal("<xml><broken")) == (200, "success")
    assert queued(stack) == []


def test_a_call_without_anything_is_refused(stack: Stack) -> None:
    with function(stack, "receive_wecom") as app:
        empty = app.handler(a_request("POST", "/wecom/callback", partner_id=None), CONTEXT)
        bare = app.handler(a_request("GET", "/wecom/callback", partner_id=None), CONTEXT)

    assert (empty["statusCode"], bare["statusCode"]) == (403, 403)


def test_no_open_id_is_on_a_log(stack: Stack, log_lines: StringIO) -> None:
    called(stack, seal(a_message()))
    called(stack, seal(a_message()), msg_signature="0")

    said = log_lines.getvalue()
    assert "callback refused" in said
    assert "wm_owner_1" not in said
    assert "staff_1" not in said
