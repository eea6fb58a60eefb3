"""What `ownerloop lead-time show` tells: the learned curve, prices ahead, and booking rates as they were measured."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from infra.command_line import lead_times
from infra.command_line.main import app
from infra.leads.desk import Desk
from infra.leads.measuring import Share, by_arm, by_lead
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.lead_evidence import DynamoLeadEvidence
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.domain.lead_evidence import Answer, Sending
from ownerloop.domain.lead_learning import outcomes, settled_outcomes, waiting_outcomes
from tests.lead_builders import TODAY, a_curve, a_lead_policy, a_lead_time, a_sending, an_answer
from tests.tables import Tables, moto_tables

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
POLICY = a_lead_policy()


@pytest.fixture
def tables() -> Iterator[Tables]:
    with moto_tables() as names:
        yield names


def evidence() -> tuple[list[Sending], list[Answer]]:
    """Return 20 priced messages 21 days ahead, 8 answered; 10 drawn ones 3 days ahead, 1 answered; 5 young ones."""
    sent_on = TODAY - 40 * DAY
    sendings = [
        *(a_sending(n, sent_on=sent_on, due_p50=sent_on + 21 * DAY) for n in range(20)),
        *(a_sending(n, sent_on=sent_on, due_p50=sent_on + 3 * DAY, arm="random") for n in range(20, 30)),
        *(a_sending(n, sent_on=TODAY - 5 * DAY) for n in range(30, 35)),
    ]
    answers = [an_answer(n, booked_on=sent_on + 3 * DAY, visit_on=sent_on + 9 * DAY) for n in (*range(8), 20)]
    return sendings, [*answers, an_answer(9, booked_on=sent_on + 29 * DAY), an_answer(30, booked_on=TODAY - 4 * DAY)]


def test_rates_are_measured_by_week_of_lead_and_by_arm_of_what_had_its_time() -> None:
    measured = settled_outcomes(outcomes(*evidence(), policy=POLICY), as_of=TODAY, policy=POLICY)

    assert by_lead(measured) == {0: Share(10, 1), 21: Share(20, 8)}
    assert by_arm(measured) == {"fallback": Share(0, 0), "priced": Share(20, 8), "random": Share(10, 1)}


def test_a_young_message_is_waited_for_whether_it_teaches_nothing_yet_or_was_answered() -> None:
    found = outcomes(*evidence(), policy=POLICY)

    assert len(waiting_outcomes(found, as_of=TODAY, policy=POLICY)) == 4
    assert len(settled_outcomes(found, as_of=TODAY, policy=POLICY)) == 30


@given(sent=st.integers(1, 500), share=st.floats(0, 1))
def test_an_interval_holds_its_rate_and_stays_a_share(sent: int, share: float) -> None:
    found = Share(sent, round(sent * share))

    assert found.interval is not None
    assert found.rate is not None
    low, high = found.interval
    assert -1e-12 <= low <= found.rate + 1e-12
    assert found.rate - 1e-12 <= high <= 1 + 1e-12


def shown(tables: Tables, monkeypatch: pytest.MonkeyPatch, *options: str, exit_code: int = 0) -> str:
    desk = Desk(client("dynamodb"), workshop_table=tables.workshop, now=NOW)
    monkeypatch.setattr(lead_times, "the_desk", lambda *_: desk)
    answer = CliRunner().invoke(app, ["lead-time", "show", "--stack", "ours", "--store", "sh-pudong", *options])
    assert answer.exit_code == exit_code, answer.output
    return answer.output if exit_code else answer.stdout


def fill(tables: Tables) -> None:
    sendings, answers = evidence()
    DynamoLeadEvidence(tables.workshop).sent(sendings)
    DynamoLeadEvidence(tables.workshop).answered(answers)
    curve = a_curve(sent=(0,) * 5 + (20,) + (0,) * 8, booked=(0,) * 5 + (8,) + (0,) * 8)
    DynamoLeadTimes(tables.workshop).publish(a_lead_time(curve=curve, prices_fen=(0, 1_500, *[300] * 118)))


def test_a_store_is_shown_with_its_curve_prices_and_measured_rates(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tables)

    told = json.loads(shown(tables, monkeypatch, "--json", "--days", "3"))

    assert (told["messages"], told["waiting"], told["version"]) == (30, 4, 1)
    assert [price["price_fen"] for price in told["prices"]] == [0, 1_500, 300]
    assert {"lead_days": 21, "rate": 0.45, "sent": 20, "booked": 8} in told["curve"]
    (early, best) = told["booking_rate_by_lead"]
    assert (early["lead_days_from"], early["rate"], best["lead_days_from"], best["rate"]) == (0, 0.1, 21, 0.4)
    assert sum(lag["share"] for lag in told["lags"]) == pytest.approx(1)


@pytest.mark.parametrize(("lang", "words"), [("en", ("by value", "45.0%", "week of")), ("zh", ("按价值", "45.0%"))])
def test_people_read_it_in_tables(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, lang: str, words: tuple[str, ...]
) -> None:
    fill(tables)

    told = shown(tables, monkeypatch, "--lang", lang)

    assert all(word in told for word in words)
    assert "40.0%" in told


def test_a_store_without_a_lead_time_says_what_holds_instead(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "fixed rule" in shown(tables, monkeypatch, exit_code=1)


def test_an_unknown_store_is_a_misuse() -> None:
    answer = CliRunner().invoke(app, ["lead-time", "show", "--store", "nowhere"])

    assert answer.exit_code == 2
    assert "there is no store nowhere" in answer.output
