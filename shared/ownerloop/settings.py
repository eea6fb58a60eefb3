"""The only reader of the environment: one frozen struct a function, its fields named like the values they hold.

Structs, not dataclasses: a function reads one of these and defines all, which takes dataclasses ten times as long.
"""

import os
from typing import TypeVar

from msgspec import Struct

from ownerloop.domain.errors import MissingSettingError

AWS_FILES = ("~/.aws/config", "~/.aws/credentials")  # where nothing names others

Kind = TypeVar("Kind", bound=Struct)


def from_environment(kind: type[Kind]) -> Kind:
    """Return the settings of a function, or name the first value that is missing or empty."""
    values: dict[str, str] = {}
    for field in kind.__struct_fields__:
        name = field.upper()
        value = os.environ.get(name, "")
        if not value:
            raise MissingSettingError(name=name)
        values[field] = value
    return kind(**values)


def aws_variables() -> dict[str, str] | None:
    """Return what the environment says to AWS's libraries, or None where a proxy or one of their files has a say."""
    if any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    if any(os.path.exists(os.path.expanduser(path)) for path in AWS_FILES):
        return None
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


class EnrolOwnersSettings(Struct, frozen=True):
    """What enrol_owners reads."""

    vault_table: str
    owners_table: str
    consents_table: str
    cases_table: str
    vehicles_table: str
    workshop_table: str
    contacts_table: str
    points_table: str
    quarantine_table: str
    history_queue_url: str
    enrolment_queue_url: str
    event_bus_name: str
    vault_secret_id: str


class IngestVehicleDataSettings(Struct, frozen=True):
    """What ingest_vehicle_data reads."""

    vault_table: str
    vehicles_table: str
    workshop_table: str
    cases_table: str
    quarantine_table: str
    history_queue_url: str
    vehicle_data_queue_url: str
    event_bus_name: str
    vault_secret_id: str


class WriteLakeSettings(Struct, frozen=True):
    """What write_lake reads."""

    lake_bucket: str
    vehicles_table: str


class PlanContactsSettings(Struct, frozen=True):
    """What plan_contacts reads."""

    vehicles_table: str
    workshop_table: str
    owners_table: str
    contacts_table: str
    store_job_queue_url: str


class DispatchContactsSettings(Struct, frozen=True):
    """What dispatch_contacts reads."""

    contacts_table: str
    owners_table: str
    vehicles_table: str
    workshop_table: str
    event_bus_name: str
    send_wecom_function: str


class SendWecomSettings(Struct, frozen=True):
    """What send_wecom reads."""

    contacts_table: str
    owners_table: str
    vehicles_table: str
    vault_table: str
    wecom_base_url: str
    wecom_secret_id: str


class SettleWecomSettings(SendWecomSettings, frozen=True):
    """What settle_wecom reads: the same."""


class WatchComplaintsSettings(Struct, frozen=True):
    """What watch_complaints reads."""

    cases_table: str
    event_bus_name: str


class SettlePriorsSettings(Struct, frozen=True):
    """What settle_priors reads."""

    vehicles_table: str
    event_bus_name: str


class ProcessInteractionsSettings(Struct, frozen=True):
    """What process_interactions reads."""

    vault_table: str
    owners_table: str
    cases_table: str
    vehicles_table: str
    workshop_table: str
    contacts_table: str
    points_table: str
    quarantine_table: str
    interaction_queue_url: str
    history_queue_url: str
    event_bus_name: str
    vault_secret_id: str


class SettleTierShardSettings(Struct, frozen=True):
    """What settle_tier_shard reads."""

    owners_table: str
    vehicles_table: str
    contacts_table: str
    history_queue_url: str
    event_bus_name: str


class SettleTiersSettings(SettleTierShardSettings, frozen=True):
    """What settle_tiers reads."""

    tier_job_queue_url: str
    tier_shards_arn: str


class SettleLeadTimesSettings(Struct, frozen=True):
    """What settle_lead_times reads."""

    workshop_table: str
    vehicles_table: str
    lead_job_queue_url: str


class ExpirePointsSettings(Struct, frozen=True):
    """What expire_points reads."""

    points_table: str
    points_job_queue_url: str


class SettleBenefitsSettings(Struct, frozen=True):
    """What settle_benefits reads."""

    benefits_table: str
    owners_table: str
    vehicles_table: str
    contacts_table: str
    benefit_job_queue_url: str
    event_bus_name: str


class AuthorizePartnerSettings(Struct, frozen=True):
    """What authorize_partner reads."""

    partners_table: str
    token_audience: str


class PartnerApiSettings(Struct, frozen=True):
    """What partner_api reads."""

    partners_table: str
    vehicles_table: str
    owners_table: str
    history_queue_url: str
    vehicle_data_queue_url: str
    interaction_queue_url: str


class ReceiveWebhooksSettings(Struct, frozen=True):
    """What receive_webhooks reads."""

    partners_table: str
    quarantine_table: str
    vault_table: str
    vehicle_data_queue_url: str
    vault_secret_id: str
    webhook_secret_id: str


class ReceiveWecomSettings(Struct, frozen=True):
    """What receive_wecom reads."""

    interaction_queue_url: str
    wecom_secret_id: str
