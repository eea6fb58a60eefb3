"""The partners in the Partners table.

| pk | sk | what |
|---|---|---|
| `partner#<partner_id>` | `profile` | the fields of `domain.partner.Partner`; scopes and principals are lists |
| `principal#<arn>` | `principal` | `partner_id`: who calls by this principal under IAM |
| `idempotency` | `<hash>` | the answer to an Idempotency-Key, `expires_at` (TTL a day); kept by Powertools |
"""

from typing import Any

from ownerloop.adapters.dynamodb.commands import get_item, put_of, transact
from ownerloop.domain.partner import Partner, Role

PROFILE, PRINCIPAL = "profile", "principal"


class DynamoPartners:
    """The partners."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def load(self, partner_id: str) -> Partner | None:
        """Return the partner, or None."""
        values = get_item(self._table, (_partner_pk(partner_id), PROFILE))
        return None if values is None else partner_from(values)

    def of_principal(self, principal: str) -> Partner | None:
        """Return the partner that calls by this principal and still says so, or None."""
        named = get_item(self._table, (_principal_pk(principal), PRINCIPAL))
        partner = self.load(named["partner_id"]) if named else None
        return partner if partner and principal in partner.principals else None

    def save(self, partner: Partner) -> None:
        """Write the partner and what it is known by, all or nothing."""
        transact([{"Put": put_of(self._table, row)} for row in partner_rows(partner)], table=self._table)


def partner_rows(partner: Partner) -> list[dict[str, Any]]:
    """Return the plain values of every item that a partner has."""
    named = {"sk": PRINCIPAL, "partner_id": partner.partner_id}
    principals = [{"pk": _principal_pk(principal), **named} for principal in partner.principals]
    return [partner_values(partner), *principals]


def partner_values(partner: Partner) -> dict[str, Any]:
    """Return the plain values of the partner's item."""
    return {
        "pk": _partner_pk(partner.partner_id),
        "sk": PROFILE,
        "partner_id": partner.partner_id,
        "name": partner.name,
        "role": partner.role,
        "scopes": sorted(partner.scopes),
        "is_active": partner.is_active,
        "issuer": partner.issuer,
        "jwks": partner.jwks,
        "jwks_url": partner.jwks_url,
        "usage_key": partner.usage_key,
        "principals": partner.principals,
        "sources": partner.sources,
    }


def partner_from(values: dict[str, Any]) -> Partner:
    """Return the partner of an item."""
    return Partner(
        partner_id=values["partner_id"],
        name=values["name"],
        role=Role(values["role"]),
        scopes=frozenset(values["scopes"]),
        is_active=values["is_active"],
        issuer=values["issuer"],
        jwks=values["jwks"],
        jwks_url=values["jwks_url"],
        usage_key=values["usage_key"],
        principals=tuple(values["principals"]),
        sources=tuple(values.get("sources", ())),  # partners enrolled before this was asked have none
    )


def _partner_pk(partner_id: str) -> str:
    return f"partner#{partner_id}"


def _principal_pk(principal: str) -> str:
    return f"principal#{principal}"
