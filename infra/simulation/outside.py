"""The provider as the product's port sees it: its answers arrive, get lost, or are no."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from infra.simulation.faults import seed_of
from infra.simulation.provider import Provider
from infra.simulation.stage import AnswerLostError, Stage, ThrottledError
from ownerloop.domain.errors import ProviderUnavailableError
from ownerloop.domain.wecom import Answer, Created, Lost, Order, Refused, SendStatus, Unreached, WecomRefusal

REFUSED_SHARE = 0.03  # of orders that get a clear no
NO_ROOM = 45_009


@dataclass(slots=True)
class SimulatedWecom:
    """The port `Wecom` over the provider's book."""

    provider: Provider
    stage: Stage

    def link_url(self, task_id: str) -> str:
        """Return the address in a task's link."""
        return f"https://example.invalid/t/{task_id}"

    def create_task(self, order: Order, *, now: datetime) -> Answer:  # noqa: ARG002  # the provider has its own clock
        """Book a task, or not, and say what is known of it."""
        task = self.stage.current
        place = (task.key, task.operations) if task else ("", 0)
        draw = Random(seed_of(self.stage.seed, "answer", *place))  # noqa: S311  # seeded, not secret
        try:
            self.stage.before_operation("wecom.create_task")
        except ThrottledError:
            return draw.choice((Unreached("refused"), Lost("no answer"), Refused(WecomRefusal.BUSY, -1)))
        if draw.random() < REFUSED_SHARE:
            return Refused(WecomRefusal.RATE_LIMITED, NO_ROOM)
        booked = self.provider.order(
            link=order.link_url,
            text=order.text,
            addresses=order.external_userids,
            at_ms=self.stage.now_ms,
            step=task.started if task else 0,
        )
        try:
            self.stage.after_operation()
        except AnswerLostError:
            return Lost("no answer")
        return Created(booked.msgid)

    def find_task(self, link_url: str, *, since: datetime, until: datetime, now: datetime) -> str | None:  # noqa: ARG002  # the port's
        """Return the number of the task with this link, or None."""
        self._ask("wecom.find_task")
        booked = self.provider.by_link(link_url)
        return booked.msgid if booked else None

    def results(self, msgid: str, *, sender: str, now: datetime) -> dict[str, SendStatus]:  # noqa: ARG002  # the port's
        """Return what became of the task for each address."""
        self._ask("wecom.results")
        return {address: SendStatus(status) for address, status in self.provider.by_msgid(msgid).status.items()}

    def was_confirmed(self, msgid: str, *, sender: str, now: datetime) -> bool:  # noqa: ARG002  # the port's
        """Return whether the staff member sent the task."""
        self._ask("wecom.was_confirmed")
        return self.provider.by_msgid(msgid).sent_ms is not None

    def cancel(self, msgid: str, *, now: datetime) -> bool:  # noqa: ARG002  # the port's
        """Stop a task and return whether the provider said that it is stopped."""
        try:
            self.stage.before_operation("wecom.cancel")
            stopped = self.provider.stop(msgid, at_ms=self.stage.now_ms)
            self.stage.after_operation()
        except ThrottledError:
            return False
        except AnswerLostError:
            return False
        return stopped

    def _ask(self, operation: str) -> None:
        try:
            self.stage.before_operation(operation)
            self.stage.after_operation()
        except ThrottledError as fault:
            raise ProviderUnavailableError(cause="throttled") from fault
        except AnswerLostError as fault:
            raise ProviderUnavailableError(cause="no answer") from fault
