"""Tags by hand: sent as interactions, in the order and under the rules of everybody else's events."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from infra.importing.saying import event_of
from infra.importing.sending import Outcome, Target, tell
from infra.importing.targets import target_of
from infra.reaching import Reach
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import PERSON_SUBJECT, PREFIX


@dataclass(frozen=True, slots=True)
class Tagger:
    """Where tags are told to, as of an instant; the target's queue is the one of interactions."""

    target: Target
    now: datetime

    def tell(self, event: dict[str, Any]) -> Outcome:
        """Send what was said, and wait for what became of it."""
        return tell(event, target=self.target, now=self.now)

    def added(self, person_id: str, tag: str, *, staff: str, until: date | None) -> dict[str, Any]:
        """Return the event that puts a tag on a person, or refuse what is none (MalformedEventError)."""
        last_day = {"until": until.isoformat()} if until else {}
        return self._event("tag_added", person_id, {"tag": tag, "staff_userid": staff, **last_day})

    def removed(self, person_id: str, tag: str, *, staff: str) -> dict[str, Any]:
        """Return the event that takes a tag off a person, or refuse what is none (MalformedEventError)."""
        return self._event("tag_removed", person_id, {"tag": tag, "staff_userid": staff})

    def _event(self, kind: str, person_id: str, data: dict[str, str]) -> dict[str, Any]:
        subject, identity = f"{PERSON_SUBJECT}{person_id}", f"{kind}#{person_id}#{data['tag']}"
        event = event_of(f"{PREFIX}{kind}.v1", subject, identity=identity, data=data, at=self.now)
        parse_interaction(event)
        return event


def tagger_of(reach: Reach) -> Tagger:
    """Return the tagger of a stack, or refuse one that is not ours (NoSuchStackError)."""
    (queue_url,) = reach.outputs("InteractionQueueUrl")
    return Tagger(replace(target_of(reach), enrolment_queue_url=queue_url), now=reach.now)
