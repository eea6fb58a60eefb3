"""The desk at which complaints are answered: published data and the contracts of what is said."""

from collections.abc import Mapping

from ownerloop.adapters.complaint_policies import complaint_rules, reply_policy
from ownerloop.adapters.policy_files import stores
from ownerloop.complaint_ports import ComplaintDesk
from ownerloop.contracts.complaint_events import case_escalated, reply_made


def complaint_desk() -> ComplaintDesk:
    """Return the desk."""
    return ComplaintDesk(
        rules=complaint_rules(),
        reply_policy=reply_policy,
        store_name=store_name,
        note=case_escalated,
        reply_note=reply_made,
    )


def store_name(store_id: str | None) -> Mapping[str, str]:
    """Return the store's name by language; of no store the word for what the owner belongs to."""
    store = stores().get(store_id or "")
    return {"zh": store.name_zh, "en": store.name_en} if store else {"zh": "客户服务", "en": "Customer service"}
