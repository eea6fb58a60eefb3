"""The only reader of the environment: one frozen dataclass a function, its fields named like the values they hold."""

import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

from ownerloop.domain.errors import MissingSettingError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


Kind = TypeVar("Kind", bound="DataclassInstance")


def from_environment(kind: type[Kind]) -> Kind:
    """Return the settings of a function, or name the first value that is missing or empty."""
    values: dict[str, str] = {}
    for field in fields(kind):
        name = field.name.upper()
        value = os.environ.get(name, "")
        if not value:
            raise MissingSettingError(name=name)
        values[field.name] = value
    return kind(**values)


@dataclass(frozen=True, slots=True)
class EnrolOwnersSettings:
    """What enrol_owners reads."""

    vault_table: str
    owners_table: str
    consents_table: str
    cases_table: str
    vehicles_table: str
    workshop_table: str
    quarantine_table: str
    history_queue_url: str
    enrolment_queue_url: str
    vault_secret_id: str


@dataclass(frozen=True, slots=True)
class IngestVehicleDataSettings:
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


@dataclass(frozen=True, slots=True)
class WriteLakeSettings:
    """What write_lake reads."""

    lake_bucket: str
    vehicles_table: str


@dataclass(frozen=True, slots=True)
class PlanContactsSettings:
    """What plan_contacts reads."""

    vehicles_table: str
    workshop_table: str
    owners_table: str
    contacts_table: str
    store_job_queue_url: str


@dataclass(frozen=True, slots=True)
class DispatchContactsSettings:
    """What dispatch_contacts reads."""

    contacts_table: str
    owners_table: str
    vehicles_table: str
    workshop_table: str
    event_bus_name: str
    send_wecom_function: str


@dataclass(frozen=True, slots=True)
class SendWecomSettings:
    """What send_wecom reads."""

    contacts_table: str
    owners_table: str
    vehicles_table: str
    vault_table: str
    wecom_base_url: str
    wecom_secret_id: str


@dataclass(frozen=True, slots=True)
class SettleWecomSettings:
    """What settle_wecom reads."""

    contacts_table: str
    owners_table: str
    vehicles_table: str
    vault_table: str
    wecom_base_url: str
    wecom_secret_id: str


@dataclass(frozen=True, slots=True)
class SettlePriorsSettings:
    """What settle_priors reads."""

    vehicles_table: str
    event_bus_name: str


@dataclass(frozen=True, slots=True)
class ProcessInteractionsSettings:
    """What process_interactions reads."""

    vault_table: str
    owners_table: str
    cases_table: str
    vehicles_table: str
    workshop_table: str
    contacts_table: str
    quarantine_table: str
    interaction_queue_url: str
    history_queue_url: str
    event_bus_name: str
    vault_secret_id: str


@dataclass(frozen=True, slots=True)
class SettleTiersSettings:
    """What settle_tiers reads."""

    owners_table: str
    vehicles_table: str
    contacts_table: str
    tier_job_queue_url: str
    history_queue_url: str
    event_bus_name: str


@dataclass(frozen=True, slots=True)
class AuthorizePartnerSettings:
    """What authorize_partner reads."""

    partners_table: str
    token_audience: str


@dataclass(frozen=True, slots=True)
class PartnerApiSettings:
    """What partner_api reads."""

    partners_table: str
    vehicles_table: str
    owners_table: str
    history_queue_url: str
    vehicle_data_queue_url: str
    interaction_queue_url: str


@dataclass(frozen=True, slots=True)
class ReceiveWebhooksSettings:
    """What receive_webhooks reads."""

    partners_table: str
    quarantine_table: str
    vault_table: str
    vehicle_data_queue_url: str
    vault_secret_id: str
    webhook_secret_id: str


@dataclass(frozen=True, slots=True)
class ReceiveWecomSettings:
    """What receive_wecom reads."""

    interaction_queue_url: str
    wecom_secret_id: str
