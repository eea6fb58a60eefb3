"""The memory of deliveries, in memory and on the table of the template."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.adapters.dynamodb.commands import get_item
from ownerloop.adapters.dynamodb.deliveries import DynamoDeliveries
from ownerloop.adapters.memory_webhooks import MemoryDeliveries
from ownerloop.domain.webhook import Claim, Delivery
from ownerloop.webhook_ports import Deliveries
from tests.builders import START
from tests.tables import Tables

LATER = START + timedelta(minutes=1)
FIRST = Delivery(source="smartcar", delivery_id="e-1", digest="d-1", sent_at=START)


@pytest.fixture
def deliveries(backend: Tables | None) -> Deliveries:
    return DynamoDeliveries(backend.partners) if backend else MemoryDeliveries()


def test_a_delivery_is_open_until_it_is_finished(deliveries: Deliveries) -> None:
    first, again = deliveries.claim(FIRST, now=START), deliveries.claim(FIRST, now=LATER)
    before = deliveries.is_done(FIRST)

    deliveries.finish(FIRST, now=LATER)

    assert (first, again, before) == (Claim.OPEN, Claim.OPEN, False)
    assert deliveries.claim(FIRST, now=LATER) is Claim.DONE
    assert deliveries.is_done(FIRST)


def test_an_id_stands_for_one_content_from_its_first_sight(deliveries: Deliveries) -> None:
    other = replace(FIRST, digest="d-2")
    deliveries.claim(FIRST, now=START)

    before = deliveries.claim(other, now=LATER)
    deliveries.finish(FIRST, now=LATER)

    assert (before, deliveries.claim(other, now=LATER)) == (Claim.OTHER, Claim.OTHER)
    assert not deliveries.is_done(other)


def test_sources_do_not_share_ids(deliveries: Deliveries) -> None:
    deliveries.claim(FIRST, now=START)
    deliveries.finish(FIRST, now=START)

    assert deliveries.claim(replace(FIRST, source="other", digest="d-2"), now=START) is Claim.OPEN


def test_asking_remembers_nothing(deliveries: Deliveries) -> None:
    assert not deliveries.is_done(FIRST)
    assert deliveries.claim(replace(FIRST, digest="d-2"), now=START) is Claim.OPEN


def test_a_delivery_is_remembered_for_longer_than_its_readings_could_be_taken(tables: Tables) -> None:
    DynamoDeliveries(tables.partners).claim(FIRST, now=START)

    held = get_item(tables.partners, (f"webhook#{FIRST.key}", "delivery"))
    assert held is not None
    assert held["expires_at"] == int((START + timedelta(days=35)).timestamp())
