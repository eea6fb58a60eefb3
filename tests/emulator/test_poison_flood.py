"""Poison in a flood of vehicle events on the local cloud: nobody else pays for it, and an operator mends it all.

`python -m tests.poison_flood` is the same with a hundred thousand good events, a thousand bad ones, and a redrive that
comes too early.
"""

from pathlib import Path

import pytest

from tests.poison_flood import run

pytestmark = [pytest.mark.emulator, pytest.mark.slow]


def test_poison_costs_no_good_event_is_listed_with_its_reason_and_goes_back_mended(tmp_path: Path) -> None:
    figures = run(tmp_path, good=2_000, bad=20, is_patient=False)

    assert figures.good_effective == 2_000
    assert figures.quarantined == {
        "wrong_unit data.signals.Vehicle.TraveledDistance.unit": 5,
        "malformed data.date_only": 5,
        "not_json body": 5,
    }
    assert figures.dead_letters == 5
    assert "UnreadableItemError" in figures.dead_letter_reason
    assert (figures.left_in_quarantine, figures.left_in_queues, figures.laws_broken) == (0, 0, [])
    assert figures.holds
