"""Tags by hand: sent as interactions, in the order and under the rules of everybody else's events."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import boto3

from infra.importing.sending import Outcome, Target, tell
from infra.importing.targets import outputs_of, target_of
from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import PERSON_SUBJECT, PREFIX

SOURCE = "urn:ownerloop:command_line"
_QUEUE = "InteractionQueueUrl"


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
        at = self.now.astimezone(UTC).isoformat()
        event = {
            "specversion": "1.0",
            "id": f"{kind}#{person_id}#{data['tag']}#{at}",
            "source": SOURCE,
            "type": f"{PREFIX}{kind}.v1",
            "subject": f"{PERSON_SUBJECT}{person_id}",
            "time": at,
            "datacontenttype": "application/json",
            "receivedat": at,
            "data": data,
        }
        parse_interaction(event)
        return event


def local_tagger(stack: Stack) -> Tagger:
    """Return the tagger of the local stack that is up."""
    return tagger_of(STACK_NAME, lambda service: client(service, stack.endpoint), now=stack.now())


def deployed_tagger(name: str) -> Tagger:
    """Return the tagger of a deployed stack, reached with the credentials and the region of the environment."""
    return tagger_of(name, boto3.session.Session().client, now=datetime.now(UTC))


def tagger_of(name: str, client_of: Callable[[str], Any], *, now: datetime) -> Tagger:
    """Return the tagger of a stack, or refuse one that is not ours (NoSuchStackError)."""
    _, outputs = outputs_of(name, client_of, needed=[_QUEUE])
    return Tagger(replace(target_of(name, client_of), enrolment_queue_url=outputs[_QUEUE]), now=now)
