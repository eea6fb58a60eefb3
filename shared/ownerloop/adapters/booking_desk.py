"""The desk at which bookings are decided: tables, published data and the contracts of the answers."""

from ownerloop.adapters import policy_files, workshop_rules
from ownerloop.adapters.dynamodb.lead_evidence import DynamoLeadEvidence
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.workshop import DynamoWorkshop
from ownerloop.contracts import booking_events
from ownerloop.domain.booking_rules import BookingRules
from ownerloop.workshop_ports import BookingDesk


def booking_desk(workshop_table: str, owners_table: str) -> BookingDesk:
    """Return the desk over the tables."""
    return BookingDesk(
        workshop=DynamoWorkshop(workshop_table),
        evidence=DynamoLeadEvidence(workshop_table),
        owners=DynamoOwners(owners_table),
        answers=booking_events,
        rules=booking_rules(),
    )


def booking_rules() -> BookingRules:
    """Return the rules of booking out of the package's data."""
    return BookingRules(
        stores=policy_files.stores(),
        workshops=workshop_rules.workshops(),
        opening_on=workshop_rules.opening_on,
        policy_on=workshop_rules.booking_policy,
        contact_on=policy_files.contact_policy,
        text_of=workshop_rules.promotion_text,
    )
