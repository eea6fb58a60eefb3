"""The partner that the samples in `events/` are of; put into a stack it makes them succeed."""

from pathlib import Path

from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.domain.partner import Partner
from tests.partners.builders import a_partner

KEYS = Path(__file__).with_name("sample_keys.json")
PRINCIPAL = "arn:aws:sts::000000000000:assumed-role/Insurer"


def the_sample_partner() -> Partner:
    """Return the partner; the private half of its key was thrown away when the samples were signed."""
    return a_partner(jwks=KEYS.read_text(encoding="utf-8"), principals=(PRINCIPAL,))


def put_sample_partner(partners_table: str) -> None:
    """Put the partner into a Partners table."""
    DynamoPartners(partners_table).save(the_sample_partner())
