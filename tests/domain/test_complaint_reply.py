"""The automatic reply: at once, in the owner's language, and never more often than its own limit."""

import pytest

from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_reply import Reply, ReplyPolicy, reply_to
from ownerloop.domain.complaints import closed, current, opened
from tests.builders import TODAY
from tests.complaint_builders import EVE, HOUR, a_complaint, a_telling

POLICY = ReplyPolicy("complaint-1", TODAY, 24, 2, {"zh": "【{store}】已收到", "en": "[{store}] received"})
NAMES = {"zh": "浦东店", "en": "Pudong"}


def reply(case: Case, *, hours: float = 0, language: str = "zh") -> Reply | None:
    episode = current(case)
    assert episode is not None
    now = episode.opened_at + hours * HOUR
    return reply_to(case, episode, policy=POLICY, language=language, store_name=NAMES, now=now)


def reopened(case: Case, *, hours: float) -> Case:
    at = a_telling(EVE + hours * HOUR)
    return opened(closed(case, a_telling(EVE + (hours - 0.5) * HOUR)), at, topic="noise")


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh-CN", "【浦东店】已收到"), ("en", "[Pudong] received"), ("ug", "【浦东店】已收到")],
)
def test_an_owner_is_answered_in_the_owner_s_language(language: str, text: str) -> None:
    said = reply(a_complaint(), language=language)

    assert said is not None
    assert said.text == text


def test_an_answer_to_an_old_complaint_makes_no_sense() -> None:
    assert reply(a_complaint(), hours=23.9) is not None
    assert reply(a_complaint(), hours=24) is None


def test_a_conversation_gets_two_replies_a_day() -> None:
    once = a_complaint()
    twice = reopened(once, hours=2)
    thrice = reopened(twice, hours=4)
    next_day = reopened(thrice, hours=30)

    said = [reply(case) for case in (once, twice, thrice, next_day)]

    assert [one is not None for one in said] == [True, True, False, True]
    assert len({one.reply_id for one in said if one}) == 3


def test_a_complaint_told_twice_is_answered_once() -> None:
    again = opened(a_complaint(), a_telling(EVE + HOUR), topic="noise")

    assert reply(again, hours=1) == reply(a_complaint())
