"""How orders and their money come in: purchases, workshop orders, refunds, payments."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from ownerloop.contracts.cloud_event import FEED, Day, Name, Vin
from ownerloop.contracts.enrolment import ItemName, Metres
from ownerloop.contracts.interaction_event import (
    Currency,
    Fen,
    FenPaid,
    InteractionEvent,
    TouchData,
    TouchEvent,
    Word,
    upper,
)
from ownerloop.domain import interactions as domain
from ownerloop.domain.facts import FactKind, Line

LINES_MAX = 50
OrderKind = Literal["purchase", "service_order_completed"]


class LineData(BaseModel):
    """One line of an order; `cost_fen` is what it cost the dealer."""

    model_config = FEED

    category: Word
    amount_fen: Fen
    cost_fen: Fen | None = None

    def to_domain(self) -> Line:
        """Return the line in the words of the domain."""
        return Line(self.category, self.amount_fen, self.cost_fen)


Lines = Annotated[list[LineData], Field(max_length=LINES_MAX)]


class OrderData(BaseModel):
    """An order and its money; the lines, where told, sum to the amount."""

    model_config = FEED

    order_id: Name
    amount_fen: Fen
    currency: Currency
    lines: Lines = []

    @field_validator("lines")
    @classmethod
    def _sum_to_the_amount(cls, lines: list[LineData], info: ValidationInfo) -> list[LineData]:
        amount_fen = info.data.get("amount_fen")
        if lines and amount_fen is not None and sum(line.amount_fen for line in lines) != amount_fen:
            raise ValueError("sums to the amount of the order")
        return lines

    def lines_told(self) -> tuple[Line, ...]:
        """Return the lines in the words of the domain."""
        return tuple(line.to_domain() for line in self.lines)


class PurchaseData(OrderData):
    """An order, its money and what it was for."""

    category: Word
    vin: Vin | None = None


class PurchaseV1(InteractionEvent):
    """An owner bought something."""

    type: Literal["ownerloop.interaction.purchase.v1"]
    data: PurchaseData

    def to_domain(self) -> domain.Purchase:
        """Return the purchase in the words of the domain."""
        said = self.data
        return domain.Purchase(said.order_id, said.amount_fen, said.category, upper(said.vin), said.lines_told())


class ServiceOrderOpenedData(TouchData):
    """Which workshop order, of which car."""

    order_id: Name
    vin: Vin
    store_id: Name | None = None

    def touch(self) -> domain.Touch:
        """Return the opening in the words of the domain."""
        kind = FactKind.SERVICE_ORDER_OPENED
        return domain.Touch(kind, about=self.order_id, vin=self.vin.upper(), store_id=self.store_id)


class ServiceOrderOpenedV1(TouchEvent):
    """The workshop took an owner's car in."""

    type: Literal["ownerloop.interaction.service_order_opened.v1"]
    data: ServiceOrderOpenedData


class ServiceOrderProgressedData(TouchData):
    """Which workshop order, and how far it is."""

    order_id: Name
    vin: Vin
    state: Literal["diagnosing", "waiting_for_approval", "waiting_for_parts", "working", "checking", "ready"]

    def touch(self) -> domain.Touch:
        """Return the progress in the words of the domain."""
        kind = FactKind.SERVICE_ORDER_PROGRESSED
        return domain.Touch(kind, about=self.order_id, number=self.state, detail=self.state, vin=self.vin.upper())


class ServiceOrderProgressedV1(TouchEvent):
    """The work on an owner's car went on."""

    type: Literal["ownerloop.interaction.service_order_progressed.v1"]
    data: ServiceOrderProgressedData


class ServiceOrderCompletedData(OrderData):
    """A finished workshop order: items for the plan, money for the tier."""

    vin: Vin
    on: Day
    odometer_m: Metres | None = None
    items: Annotated[list[ItemName], Field(min_length=1, max_length=50)]
    technician_id: Name | None = None


class ServiceOrderCompletedV1(InteractionEvent):
    """The workshop finished an owner's order."""

    type: Literal["ownerloop.interaction.service_order_completed.v1"]
    data: ServiceOrderCompletedData

    def to_domain(self) -> domain.ServiceOrderCompleted:
        """Return the order in the words of the domain."""
        said = self.data
        return domain.ServiceOrderCompleted(
            order_id=said.order_id,
            vin=said.vin.upper(),
            on=said.on,
            odometer_m=said.odometer_m,
            items=tuple(said.items),
            amount_fen=said.amount_fen,
            technician_id=said.technician_id,
            lines=said.lines_told(),
        )


class RefundData(BaseModel):
    """How much of which order was given back, under the refund's own number."""

    model_config = FEED

    refund_id: Name
    order_id: Name
    order_kind: OrderKind = "purchase"
    amount_fen: FenPaid
    currency: Currency


class RefundV1(InteractionEvent):
    """Money of an order was given back."""

    type: Literal["ownerloop.interaction.refund.v1"]
    data: RefundData

    def to_domain(self) -> domain.Refund:
        """Return the refund in the words of the domain."""
        said = self.data
        return domain.Refund(said.order_id, said.refund_id, said.amount_fen, said.order_kind)


class PaymentData(TouchData):
    """How much was paid for which order, and how; it is the order that counts for the tier, not its payment."""

    payment_id: Name
    order_id: Name
    amount_fen: FenPaid
    currency: Currency
    method: Word

    def touch(self) -> domain.Touch:
        """Return the payment in the words of the domain."""
        kind, said = FactKind.PAYMENT, self
        return domain.Touch(
            kind, about=said.order_id, number=said.payment_id, detail=said.method, amount_fen=said.amount_fen
        )


class PaymentV1(TouchEvent):
    """An owner paid."""

    type: Literal["ownerloop.interaction.payment.v1"]
    data: PaymentData


class PaymentRefundData(TouchData):
    """How much of which payment went back, and how; it is the refund of the order that counts for the tier."""

    payment_refund_id: Name
    payment_id: Name
    order_id: Name
    amount_fen: FenPaid
    currency: Currency
    method: Word

    def touch(self) -> domain.Touch:
        """Return the way back of the money in the words of the domain."""
        kind, said = FactKind.PAYMENT_REFUND, self
        return domain.Touch(
            kind, about=said.order_id, number=said.payment_refund_id, detail=said.method, amount_fen=said.amount_fen
        )


class PaymentRefundV1(TouchEvent):
    """A payment went back to its owner."""

    type: Literal["ownerloop.interaction.payment_refund.v1"]
    data: PaymentRefundData
