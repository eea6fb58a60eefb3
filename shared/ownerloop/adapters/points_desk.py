"""The desk at which points are earned and redeemed: tables, published data and the contract of the answers."""

from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.points import DynamoPoints
from ownerloop.adapters.points_policies import mall, points_policy
from ownerloop.contracts import points_events
from ownerloop.points_ports import PointsDesk


def points_desk(points_table: str, owners_table: str) -> PointsDesk:
    """Return the desk over the tables."""
    return PointsDesk(
        points=DynamoPoints(points_table),
        owners=DynamoOwners(owners_table),
        answers=points_events,
        policy_on=points_policy,
        mall_on=mall,
    )
