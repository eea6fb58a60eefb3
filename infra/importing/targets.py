"""The stack that an import goes to."""

from infra.importing.sending import Target
from infra.reaching import Reach

_NEEDED = ("EnrolmentQueueUrl", "OwnersTableName", "QuarantineTableName")


def target_of(reach: Reach) -> Target:
    """Return what the stack's outputs name, or refuse a stack that is not ours (NoSuchStackError)."""
    queue_url, owners_table, quarantine_table = reach.outputs(*_NEEDED)
    return Target(
        client=reach.client,
        stack_id=reach.stack_id(),
        enrolment_queue_url=queue_url,
        owners_table=owners_table,
        quarantine_table=quarantine_table,
    )
