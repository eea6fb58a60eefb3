"""The published priors in the Vehicles table: `priors` / `version#<n>` for each, `priors` / `current` for the newest.

Both hold `version` and `body`, deflated JSON `[metres_per_day, z_quantiles, closed_cycles]`.
"""

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import get_item, put_of, transact
from ownerloop.adapters.dynamodb.items import packed, unpacked
from ownerloop.domain.priors import Priors

_PK = "priors"
_CURRENT = "current"


class DynamoPriorsBook:
    """The priors in the Vehicles table."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def current(self) -> Priors:
        """Return the newest version, or the fallback of version 0."""
        values = get_item(self._table, (_PK, _CURRENT))
        if values is None:
            return Priors()
        metres_per_day, z_quantiles, closed_cycles = unpacked(values["body"])
        return Priors(
            version=values["version"],
            metres_per_day=metres_per_day,
            z_quantiles=tuple(z_quantiles) if z_quantiles else None,
            closed_cycles=closed_cycles,
        )

    def publish(self, priors: Priors) -> None:
        """Write the version and point at it, both or neither; a second write of the same version changes nothing."""
        body = packed([priors.metres_per_day, priors.z_quantiles, priors.closed_cycles])
        values = {"pk": _PK, "version": priors.version, "body": body}
        version = put_of(self._table, {**values, "sk": f"version#{priors.version}"}, when=expressions.ABSENT)
        current = put_of(
            self._table,
            {**values, "sk": _CURRENT},
            when=expressions.PRIORS_ARE_NEWER,
            values={":version": priors.version},
        )
        transact([{"Put": version}, {"Put": current}], table=self._table)
