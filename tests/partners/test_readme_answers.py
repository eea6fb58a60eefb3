"""The answers that README shows to partners are what the function says, word for word."""

import json
import re
from pathlib import Path

import pytest

from tests.builders import START
from tests.functions.partner_calls import MAINTENANCE, OWNER, a_purchase, answered, fill
from tests.functions.stack import moto_stack
from tests.partners.builders import a_request

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SHOWN = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL)]
ENROLLED = 1  # the first block is the partner's file


def test_the_answers_of_the_readme_are_those_of_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock.now", lambda _: START)
    events = [a_purchase("i-1"), a_purchase("i-2", amount_fen=-5)]
    asked = [
        a_request("GET", MAINTENANCE),
        a_request("GET", OWNER),
        a_request("POST", "/v1/events", body={"events": events}),
        a_request("GET", "/v1/vehicles/v_999999999999999999999999/maintenance"),
    ]

    with moto_stack() as stack:
        fill(stack)
        answers = [answered(stack, one) for one in asked]

    assert f"GET {MAINTENANCE}\n" in README
    assert f"GET {OWNER}\n" in README
    assert [answer["statusCode"] for answer in answers] == [200, 200, 202, 404]
    assert [json.loads(answer["body"]) for answer in answers] == SHOWN[ENROLLED:]
