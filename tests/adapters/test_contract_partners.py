"""The partners' promises, in memory and on the table of the template."""

import pytest

from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.adapters.memory_partners import MemoryPartners
from ownerloop.domain.partner import Role
from ownerloop.partner_ports import Partners
from tests.partners.builders import a_partner
from tests.tables import Tables

ROLE_ARN = "arn:aws:sts::000000000000:assumed-role/Insurer"


@pytest.fixture
def partners(backend: Tables | None) -> Partners:
    return DynamoPartners(backend.partners) if backend else MemoryPartners()


def test_a_partner_is_found_as_it_was_written(partners: Partners) -> None:
    partner = a_partner(role=Role.FINANCE, principals=(ROLE_ARN,), jwks_url="https://id.example/jwks", is_active=False)

    partners.save(partner)

    assert partners.load("insurer") == partner
    assert partners.of_principal(ROLE_ARN) == partner


def test_nobody_is_found_under_a_name_that_was_never_written(partners: Partners) -> None:
    assert partners.load("nobody") is None
    assert partners.of_principal(ROLE_ARN) is None


def test_a_principal_that_a_partner_gave_up_finds_it_no_more(partners: Partners) -> None:
    partners.save(a_partner(principals=(ROLE_ARN,)))

    partners.save(a_partner(principals=()))

    assert partners.of_principal(ROLE_ARN) is None


def test_a_principal_that_moved_finds_its_new_partner(partners: Partners) -> None:
    partners.save(a_partner(principals=(ROLE_ARN,)))
    partners.save(a_partner(principals=()))

    partners.save(a_partner(partner_id="lender", principals=(ROLE_ARN,)))

    found = partners.of_principal(ROLE_ARN)
    assert found is not None
    assert found.partner_id == "lender"
