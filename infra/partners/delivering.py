"""An aggregator's side of a webhook: the challenge that proves an address, and signed deliveries (Smartcar 4.0).

Signs by the published rule (hex HMAC-SHA256 of the raw body) and shares no code with the function that checks it.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import urllib3

PATIENCE_SECONDS = 30.0  # a busy laptop starts a function slowly
_HEADER = "SC-Signature"
_CHALLENGE = "5f2c81d09be4"
_FINE = 200


class AddressNotProvedError(Exception):
    """The address did not answer the challenge as whoever holds the key must."""

    def __init__(self, *, status: int) -> None:
        super().__init__(f"the webhook's address answered its challenge with {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Aggregator:
    """Whoever delivers: the address it was given, and the key that both sides know."""

    url: str
    key: str

    def prove(self, *, now: datetime) -> int:
        """Challenge the address and return the status of its answer; raise AddressNotProvedError for a wrong one."""
        said = {"eventId": f"verify-{now:%Y%m%d}", "eventType": "VERIFY", "data": {"challenge": _CHALLENGE}}
        status, body = self._post(said, now=now, key=self.key)
        expected = hmac.new(self.key.encode(), _CHALLENGE.encode(), hashlib.sha256).hexdigest()
        if status != _FINE or json.loads(body).get("challenge") != expected:
            raise AddressNotProvedError(status=status)
        return status

    def deliver(self, message: Mapping[str, Any], *, now: datetime) -> int:
        """Deliver a message and return the status of the answer."""
        return self._post(message, now=now, key=self.key)[0]

    def forge(self, message: Mapping[str, Any], *, now: datetime) -> int:
        """Deliver a message signed with a wrong key, as somebody else would, and return the status of the answer."""
        return self._post(message, now=now, key=f"not {self.key}")[0]

    def _post(self, message: Mapping[str, Any], *, now: datetime, key: str) -> tuple[int, bytes]:
        meta = {"version": "4.0", **message.get("meta", {}), "deliveredAt": round(now.timestamp() * 1000)}
        body = json.dumps({**message, "meta": {**meta, "deliveryId": f"d-{message['eventId']}-{now:%d%H%M}"}}).encode()
        signed = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", _HEADER: signed}
        answer = urllib3.request("POST", self.url, body=body, headers=headers, retries=False, timeout=PATIENCE_SECONDS)
        return answer.status, answer.data
