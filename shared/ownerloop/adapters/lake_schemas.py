"""What the lake holds: one schema per dataset, and the order of its rows."""

import pyarrow as pa

from ownerloop.domain.report import MEASURED

INSTANT = pa.timestamp("ms", tz="UTC")
KEY = pa.binary(16)

SCHEMAS: dict[str, pa.Schema] = {
    "readings": pa.schema(
        [
            ("event_key", KEY),
            ("vehicle_id", pa.string()),
            ("store_id", pa.string()),
            ("read_at", INSTANT),
            ("received_at", INSTANT),
            ("odometer_m", pa.int64()),
            ("date_only", pa.bool_()),
            ("distance_to_service_m", pa.int64()),
            ("time_to_service_s", pa.int64()),
            ("state_of_charge_percent", pa.float32()),
            ("low_voltage_mv", pa.int32()),
            ("fault_codes", pa.list_(pa.string())),
            *((signal, pa.int32()) for signal in MEASURED),
            ("consent_epoch", pa.int32()),
            ("state_epoch", pa.int32()),
            ("source", pa.string()),
        ]
    ),
    "refusals": pa.schema(
        [
            ("event_key", KEY),
            ("event_type", pa.string()),
            ("reason", pa.string()),
            ("field", pa.string()),
            ("rule", pa.string()),
            ("vehicle_id", pa.string()),
            ("received_at", INSTANT),
        ]
    ),
    "enrolments": pa.schema(
        [
            ("event_key", KEY),
            ("event_type", pa.string()),
            ("vehicle_id", pa.string()),
            ("person_id", pa.string()),
            ("occurred_at", INSTANT),
            ("received_at", INSTANT),
        ]
    ),
    "forecasts": pa.schema(
        [
            ("vehicle_id", pa.string()),
            ("version", pa.int64()),
            ("store_id", pa.string()),
            ("model", pa.string()),
            ("as_of", pa.date32()),
            ("received_at", INSTANT),
            ("rule_version", pa.string()),
            ("plan_version", pa.string()),
            ("priors_version", pa.int32()),
            ("metres_per_day", pa.int32()),
            ("reading_age_days", pa.int32()),
            ("last_odometer_m", pa.int64()),
            ("item", pa.string()),
            ("due_cycle", pa.string()),
            ("due_p10", pa.date32()),
            ("due_p50", pa.date32()),
            ("due_p90", pa.date32()),
            ("remaining_m", pa.int64()),
            ("basis", pa.string()),
            ("severity", pa.string()),
        ]
    ),
    "contacts": pa.schema(
        [
            ("contact_id", pa.string()),
            ("step", pa.int32()),
            ("state", pa.string()),
            ("reason", pa.string()),
            ("received_at", INSTANT),
            ("person_id", pa.string()),
            ("vehicle_id", pa.string()),
            ("store_id", pa.string()),
            ("channel", pa.string()),
            ("contact_class", pa.string()),
            ("topic", pa.string()),
            ("item", pa.string()),
            ("bundled", pa.list_(pa.string())),
            ("due_cycle", pa.string()),
            ("stage", pa.int32()),
            ("policy_version", pa.string()),
            ("campaign", pa.string()),
            ("experiment_arm", pa.string()),
            ("holdout", pa.bool_()),
            ("lead_days", pa.int32()),
            ("due_p50", pa.date32()),
            ("value_fen", pa.int64()),
            ("price_fen", pa.int64()),
        ]
    ),
    "partner_reads": pa.schema(
        [
            ("request_id", pa.string()),
            ("partner_id", pa.string()),
            ("action", pa.string()),
            ("vehicle_id", pa.string()),
            ("person_id", pa.string()),
            ("outcome", pa.string()),
            ("received_at", INSTANT),
        ]
    ),
    "interactions": pa.schema(
        [
            ("event_key", KEY),
            ("kind", pa.string()),
            ("person_id", pa.string()),
            ("vehicle_id", pa.string()),
            ("store_id", pa.string()),
            ("contact_id", pa.string()),
            ("reference", pa.string()),
            ("part", pa.string()),
            ("detail", pa.string()),
            ("amount_fen", pa.int64()),
            ("cost_fen", pa.int64()),
            ("duration_s", pa.int32()),
            ("score", pa.int8()),
            ("occurred_at", INSTANT),
            ("on", pa.date32()),
            ("received_at", INSTANT),
        ]
    ),
    "tier_changes": pa.schema(
        [
            ("event_key", KEY),
            ("person_id", pa.string()),
            ("store_id", pa.string()),
            ("version", pa.int64()),
            ("before", pa.string()),
            ("after", pa.string()),
            ("cause", pa.string()),
            ("rule_version", pa.string()),
            ("received_at", INSTANT),
        ]
    ),
    "replies": pa.schema(  # answers in a conversation that the owner opened: no messages, but logged
        [
            ("reply_id", pa.string()),
            ("conversation", pa.string()),
            ("person_id", pa.string()),
            ("store_id", pa.string()),
            ("opened_at", INSTANT),
            ("language", pa.string()),
            ("policy_version", pa.string()),
            ("received_at", INSTANT),
        ]
    ),
    "benefit_grants": pa.schema(  # one row a voucher that was granted
        [
            ("grant_id", pa.string()),
            ("person_id", pa.string()),
            ("benefit_id", pa.string()),
            ("way", pa.string()),
            ("cause", pa.string()),
            ("granted_on", pa.date32()),
            ("valid_until", pa.date32()),
            ("cost_fen", pa.int64()),
            ("policy_version", pa.string()),
            ("received_at", INSTANT),
        ]
    ),
    "points": pa.schema(  # one row a lot that an entry changes; what the entry does as a whole stands in line 1
        [
            ("person_id", pa.string()),
            ("number", pa.int64()),
            ("line", pa.int32()),
            ("entry_id", pa.string()),
            ("kind", pa.string()),
            ("cause", pa.string()),
            ("policy_version", pa.string()),
            ("received_at", INSTANT),
            ("lot_id", pa.string()),
            ("earned_on", pa.date32()),
            ("usable_from", pa.date32()),
            ("expires_on", pa.date32()),
            ("granted", pa.int64()),
            ("remaining", pa.int64()),
            ("expired", pa.int64()),
            ("debt", pa.int64()),
            ("spent", pa.int64()),
        ]
    ),
}

ORDER = {  # in which one owner's or car's rows lie together
    "readings": [("vehicle_id", "ascending"), ("read_at", "ascending"), ("event_key", "ascending")],
    "refusals": [("received_at", "ascending"), ("event_key", "ascending")],
    "enrolments": [("vehicle_id", "ascending"), ("occurred_at", "ascending"), ("event_key", "ascending")],
    "forecasts": [("vehicle_id", "ascending"), ("version", "ascending"), ("item", "ascending")],
    "contacts": [("contact_id", "ascending"), ("step", "ascending")],
    "partner_reads": [("received_at", "ascending"), ("request_id", "ascending")],
    "interactions": [("person_id", "ascending"), ("occurred_at", "ascending"), ("event_key", "ascending")],
    "tier_changes": [("person_id", "ascending"), ("version", "ascending")],
    "replies": [("person_id", "ascending"), ("opened_at", "ascending"), ("reply_id", "ascending")],
    "benefit_grants": [("person_id", "ascending"), ("granted_on", "ascending"), ("grant_id", "ascending")],
    "points": [("person_id", "ascending"), ("number", "ascending"), ("line", "ascending")],
}
