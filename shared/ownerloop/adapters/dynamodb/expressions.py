"""Every DynamoDB expression and PartiQL statement, so that one test can hold all of them against the real grammar."""

from functools import cache

# Conditions.
ABSENT = "attribute_not_exists(pk)"
VERSION_IS_HELD = "version = :held"
ALIAS_IS_FREE_OR_SAME = "attribute_not_exists(pk) OR person_id = :person_id"
CURSOR_MOVES_ON = "attribute_not_exists(pk) OR planned_through < :through"
NAME_IS_NEWER = "attribute_not_exists(pk) OR named_at <= :named_at"
ADDRESS_IS_NEWER = "attribute_not_exists(#told_at) OR #told_at <= :told_at"
SWEEP_MOVES_ON = "attribute_not_exists(pk) OR through < :through"
PRIORS_ARE_NEWER = "attribute_not_exists(pk) OR version < :version"
ROOM_IS_LEFT = "attribute_not_exists(pk) OR taken <= :limit"
QUARANTINED_AS_READ = "payload_hash = :held"
REDRIVE_IS_OURS = "redriving = :token"
ROOM_FOR_A_GRANT = "attribute_not_exists(pk) OR (granted <= :granted_max AND spent_fen <= :spent_max)"

# Key conditions.
CARS_OF_A_REMINDER_DAY = "reminder_key = :key"
OPEN_CONTACTS_OF_A_PERSON = "open_person = :person_id"
RESERVED_CONTACTS_OF_A_GROUP = "group_key = :group_key"
DUE_BY_AN_INSTANT = "due_key = :due_key AND due_sort BETWEEN :first AND :last"
FACTS_OF_A_PERSON = "pk = :pk AND begins_with(sk, :prefix)"
PARTS_OF_A_PERSON = "pk = :pk AND begins_with(sk, :prefix)"
PRESENCE_OF_A_CAR = "pk = :pk AND begins_with(sk, :prefix)"
OWNERS_OF_A_STORE = "store_key = :key"
OPEN_CASES = "open_key = :key"
EVIDENCE_OF_A_MONTH = "pk = :pk"
PARTS_OF_AN_ACCOUNT = "pk = :pk AND begins_with(sk, :prefix)"
QUARANTINED_ON_A_DAY = "pk = :pk"
ACCOUNTS_LAPSING = "expiry_key = :key AND expires_on <= :day"
ACCOUNTS_WITH_POINTS = "expiry_key = :key"

# Filters.
VEHICLE_ITEMS = "sk = :state"

# Updates.
KEEP_ADDRESS = "SET #address = :address, #schema = :schema"
ADDRESS_NAMES = {"#schema": "schema"}
REMEMBER_ADDRESS = "SET #address = :address, #told_at = :told_at, #schema = :schema"
TAKE_FROM_STOCK = "SET #schema = :schema ADD taken :quantity"
STOCK_NAMES = {"#schema": "schema"}
TAKE_A_GRANT = "SET #schema = :schema ADD granted :one, spent_fen :cost"
GRANT_NAMES = {"#schema": "schema"}
MEND_QUARANTINED = (
    "SET mended_body = :body, mended_at = :at, mended_by = :by REMOVE redriving, redriven_at, redriven_by"
)
START_REDRIVE = "SET redriving = :token REMOVE redriven_at, redriven_by"
END_REDRIVE = "SET redriven_at = :at, redriven_by = :by REMOVE redriving ADD redrives :one"

# PartiQL. The documented grammar repeats SET for each attribute; reserved words need quotes, so all names have them.
VEHICLE_INSERTED = (  # attributes in the order of their values
    "pk",
    "sk",
    "schema",
    "vehicle_id",
    "version",
    "state_epoch",
    "consent_epoch",
    "consent",
    "evidence",
    "body",
    "cause",
    "nonce",
)
VEHICLE_UPDATED = ("version", "state_epoch", "evidence", "body", "cause", "nonce")
VEHICLE_HELD = ("pk", "sk", "version", "consent_epoch")
REMINDER = "reminder_key"
PRESENCE_INSERTED = ("pk", "sk", "schema", "first_at", "last_at", "expires_at")
PRESENCE_SIGHTS = ("first_at", "last_at")
PRESENCE_HELD = ("pk", "sk", *PRESENCE_SIGHTS)


@cache
def insert_vehicle(table: str, *, with_reminder: bool) -> str:
    """Return the statement that writes a car's first item and fails with DuplicateItem if there is one."""
    names = (*VEHICLE_INSERTED, REMINDER) if with_reminder else VEHICLE_INSERTED
    pairs = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{pairs}}}'


@cache
def update_vehicle(table: str, *, with_reminder: bool) -> str:
    """Return the statement that writes a car's state if version and consent epoch are still those that were read."""
    names = (*VEHICLE_UPDATED, REMINDER) if with_reminder else VEHICLE_UPDATED
    sets = " ".join(f'SET "{name}"=?' for name in names)
    removal = "" if with_reminder else f' REMOVE "{REMINDER}"'
    held = " AND ".join(f'"{name}"=?' for name in VEHICLE_HELD)
    return f'UPDATE "{table}" {sets}{removal} WHERE {held}'


def insert_presence(table: str) -> str:
    """Return the statement that writes an hour's first sight of a car in a zone; DuplicateItem if there is one."""
    pairs = ", ".join(f"'{name}': ?" for name in PRESENCE_INSERTED)
    return f'INSERT INTO "{table}" VALUE {{{pairs}}}'


def widen_presence(table: str) -> str:
    """Return the statement that moves first and last sight if they are still those that were read."""
    sets = " ".join(f'SET "{name}"=?' for name in PRESENCE_SIGHTS)
    held = " AND ".join(f'"{name}"=?' for name in PRESENCE_HELD)
    return f'UPDATE "{table}" {sets} WHERE {held}'
