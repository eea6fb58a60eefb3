"""Canaries: one owner with recognisable identifiers, in events good and bad, where they belong and where not."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parents[2] / "events" / "messages"
VIN, STRANGE_VIN = "0DMCANARY00007391", "0DMCANARY00007392"  # nobody enrols the second
KEY, ADDRESS = "dealer-canary-7391", "wmCANARY7391externalCANARY7391ex"
PHONE, OTHER_PHONE = "+8613800007391", "+8613900007392"  # the second comes in spellings that are refused
PLATE, UNION, OPEN = "沪A7D391", "oCANARY7391unionUNION7391uni", "oCANARY7391openid_OPENID7391o"
KINDS = {
    VIN: "VIN",
    STRANGE_VIN: "VIN of a stranger",
    KEY: "owner key",
    ADDRESS: "external_userid",
    PHONE: "phone",
    OTHER_PHONE: "phone that was refused",
    PLATE: "plate",
    UNION: "unionid",
    OPEN: "openid",
}
ADMITTED = {VIN, KEY, ADDRESS, PHONE, UNION, OPEN}  # to the vault, and nowhere else
_WIDE = OTHER_PHONE[3:].translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})


@cache
def _sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"ownerloop.{name}.v1.json").read_text(encoding="utf-8"))
    return loaded


def _event(name: str, number: int, subject: str, **data: Any) -> dict[str, Any]:
    event = deepcopy(_sample(name))
    event |= {"id": f"canary-{name}-{number}", "subject": subject}
    event["data"] |= data
    return event


def enrolments() -> Iterator[dict[str, Any]]:
    """Yield how the owner, the car and the consent come in, and the same said wrongly."""
    yield _event("owner.registered", 1, KEY, wecom_external_userid=ADDRESS, phone=PHONE, phone_verified=True)
    yield _event("identity.linked", 1, KEY, identifiers=list(_identifiers("+86 138 0000 7391")))
    yield _event("vehicle.linked", 1, VIN, owner_key=KEY)
    yield _event("consent.granted", 1, VIN, owner_key=KEY, evidence="signed-form-7391")
    for number, phone in enumerate((f"+86 {OTHER_PHONE[3:6]} {OTHER_PHONE[6:10]} {OTHER_PHONE[10:]}", _WIDE), start=2):
        yield _event("owner.registered", number, KEY, phone=phone, plate=PLATE)
        yield _event("identity.linked", number, KEY, identifiers=[{"kind": phone, "value": UNION}])
    yield _event("owner.registered", 5, KEY, daily_max=OTHER_PHONE, **{OTHER_PHONE: PLATE})
    yield _event("owner.registered", 6, KEY, wecom_external_userid=ADDRESS, zone=OTHER_PHONE)
    yield _event("vehicle.linked", 2, STRANGE_VIN[:-1], owner_key=OTHER_PHONE)
    yield _event("consent.granted", 2, STRANGE_VIN, owner_key=KEY, data_classes=[STRANGE_VIN], valid_from=OTHER_PHONE)
    yield _event("service.completed", 1, VIN, order_id=f"order-{PLATE}", items=[OTHER_PHONE])


def readings() -> Iterator[dict[str, Any]]:
    """Yield what the car tells, named by what should name nobody, and what it tells wrongly."""
    yield _event("odometer.imported", 1, VIN) | {"id": f"read-{VIN}"}
    yield _event("odometer.imported", 2, STRANGE_VIN) | {"id": f"read-{STRANGE_VIN}-{PLATE}"}
    yield _event("odometer.imported", 3, VIN, odometer_m=PHONE, date_only=VIN)
    yield _event("odometer.imported", 4, STRANGE_VIN, odometer_m=OTHER_PHONE) | {"time": OTHER_PHONE}
    yield _event("vehicle.telemetry", 1, VIN, signals={VIN: {"value": PHONE, "unit": PLATE}})
    yield _event("odometer.imported", 5, VIN) | {"type": f"ownerloop.{VIN}.v1"}
    yield _event("odometer.imported", 6, VIN) | {"specversion": OTHER_PHONE}
    yield _event("odometer.imported", 7, STRANGE_VIN, odometer_m=PLATE) | {"source": f"/dms/{OTHER_PHONE}"}
    yield _event("vehicle.telemetry", 2, VIN) | {"source": f"/dms/{OTHER_PHONE}"}  # good, but for where it comes from
    yield _event("vehicle.telemetry", 3, VIN) | {"type": f"ownerloop.{VIN.lower()}.v1"}
    yield _event("vehicle.telemetry", 4, VIN) | {"type": f"call.{OTHER_PHONE[1:]}.v1"}


def interactions() -> Iterator[dict[str, Any]]:
    """Yield what the owner does, with identifiers in the fields that are free, and in those that are not."""
    yield _event("interaction.booking_made", 1, KEY, booking_id=f"booking-{PLATE}", vin=VIN, contact_id=None)
    yield _event("interaction.complaint_opened", 1, KEY, case_id=f"case-{PHONE}", evidence_ids=[VIN, PLATE])
    yield _event("interaction.complaint_opened", 2, KEY, case_id="case-7391", topic=OTHER_PHONE, type=UNION)
    yield _event("interaction.check_in", 1, KEY, check_in_id=f"at {OTHER_PHONE}", place=PLATE)
    yield _event("interaction.page_view", 1, KEY, page=f"/car/{STRANGE_VIN}", plate=PLATE)
    yield _event("interaction.tag_added", 1, KEY, tag=OTHER_PHONE)
    yield _event("interaction.brand_mention", 1, OTHER_PHONE, mention_id=f"mention-{UNION}", text=f"{PLATE} {OPEN}")
    yield _event("interaction.survey_answered", 1, KEY, survey_id=OTHER_PHONE, comment=f"{PLATE}, {STRANGE_VIN}")


def garbage() -> Iterator[str]:
    """Yield bodies that are no events."""
    yield f"{STRANGE_VIN} {OTHER_PHONE} {PLATE}"
    yield json.dumps([f"{STRANGE_VIN}", {"subject": OTHER_PHONE, PLATE: UNION}])
    yield f'{{"subject": "{STRANGE_VIN}", "data": "{OTHER_PHONE}'


def _identifiers(phone: str) -> Iterator[dict[str, Any]]:
    yield {"kind": "phone", "value": phone, "verified": True}
    yield {"kind": "unionid", "value": UNION, "verified": True}
    yield {"kind": "openid", "value": OPEN, "app": "wxsampleapp", "verified": False}
