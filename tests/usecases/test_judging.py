"""Whose reports may be used where a batch began before its car was sold, or before a consent was taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.consent import ConsentHead, Ownership, Purpose, Withdrawal
from tests.builders import START, a_consent
from tests.messages import a_telemetry
from tests.usecases.intake_streets import streets

SOON = START + timedelta(seconds=10)  # by the clock of whoever wrote it
SOLD = replace(a_consent(), owners=(*a_consent().owners, Ownership(SOON, "p_2")))
TAKEN_BACK = a_consent(withdrawals=[Withdrawal(SOON, "p_1", Purpose.MAINTENANCE)])


@pytest.mark.parametrize("meanwhile", [SOLD, TAKEN_BACK])
def test_a_batch_that_began_before_a_car_was_sold_leaves_nothing_on_it(meanwhile: ConsentHead) -> None:
    town = streets()
    town.enrol(consent=meanwhile)

    report = town.ingest(a_telemetry(at=START - timedelta(minutes=5)), now=START)

    assert report.accepted == 0
    assert town.car().evidence == ()


def test_a_batch_of_a_car_that_nobody_sold_is_used() -> None:
    town = streets()
    town.enrol()

    assert town.ingest(a_telemetry(at=START - timedelta(minutes=5)), now=START).accepted == 1
    assert len(town.car().evidence) == 1
