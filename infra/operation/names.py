"""What stands for a VIN or an owner's key before an operator's eyes: the surrogate, or a keyed digest."""

import json
from functools import lru_cache
from typing import Any

from infra.operation.site import Site
from ownerloop.adapters.dynamodb.vault import KeyRing, key_ring

_SHOWN = 12  # hex digits: enough to see that two are the same, far from enough to find whose it is
_FILED = frozenset({"vin", "owner"})  # the kinds that the vault knows by a surrogate


class Names:
    """The vault of a stack, asked for surrogates only; nothing is drawn and nothing is kept."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._ring: KeyRing | None = None
        self.digest = lru_cache(maxsize=4096)(self._digest)

    def vin_of(self, vehicle_id: str) -> str | None:
        """Return the VIN behind a car's surrogate, or None where the link was cut."""
        held = self._site.item("VaultTable", f"vehicle#{vehicle_id}", "plain")
        return held.get("vin") if held else None

    def _digest(self, kind: str, plain: str) -> str:
        for pk, sk in self._keys.rows(kind, plain) if kind in _FILED else ():
            if held := self._site.item("VaultTable", pk, sk):
                return str(held["surrogate"])
        mark = self._keys.row(kind, plain)[0].rpartition("#")[2]
        return f"~{kind}:{mark[:_SHOWN]}"

    @property
    def _keys(self) -> KeyRing:
        if self._ring is None:
            held = self._site.client("secretsmanager").get_secret_value(SecretId=self._site.ids["VaultSecret"])
            secret: dict[str, Any] = json.loads(held["SecretString"])
            self._ring = key_ring(secret)
        return self._ring
