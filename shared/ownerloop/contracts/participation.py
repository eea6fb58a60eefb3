"""How taking part comes in: registrations, visits to the store, answers, coupons, campaigns, games, referrals."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from ownerloop.contracts.cloud_event import Name
from ownerloop.contracts.interaction_event import (
    Code,
    ContactId,
    Currency,
    Fen,
    Score,
    Seconds,
    TouchData,
    TouchEvent,
    Word,
    words,
)
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interactions import Touch


class RegistrationData(TouchData):
    """The id that an online registration gave, where it was made and for which campaign; a scan can name it later."""

    registration_id: Name
    channel: Word
    campaign_id: Code | None = None

    def touch(self) -> Touch:
        """Return the registration in the words of the domain."""
        kind = FactKind.REGISTRATION
        return Touch(kind, about=self.registration_id, detail=words(self.channel, self.campaign_id))


class RegistrationV1(TouchEvent):
    """An owner registered online."""

    type: Literal["ownerloop.interaction.registration.v1"]
    data: RegistrationData


class StoreScanData(TouchData):
    """A code scanned in a store; with the id of an online registration it goes on with that record."""

    scan_id: Name
    store_id: Name
    registration_id: Name | None = None

    def touch(self) -> Touch:
        """Return the scan in the words of the domain."""
        about = self.registration_id or self.scan_id
        return Touch(FactKind.STORE_SCAN, about=about, number=self.scan_id, store_id=self.store_id)


class StoreScanV1(TouchEvent):
    """An owner scanned the code of a store."""

    type: Literal["ownerloop.interaction.store_scan.v1"]
    data: StoreScanData


class CheckInData(TouchData):
    """Where the owner checked in: at a store, at an event, or in the app."""

    check_in_id: Name
    place: Literal["store", "event", "app"]
    store_id: Name | None = None
    campaign_id: Code | None = None

    def touch(self) -> Touch:
        """Return the check-in in the words of the domain."""
        detail = words(self.place, self.campaign_id)
        return Touch(FactKind.CHECK_IN, about=self.check_in_id, detail=detail, store_id=self.store_id)


class CheckInV1(TouchEvent):
    """An owner checked in."""

    type: Literal["ownerloop.interaction.check_in.v1"]
    data: CheckInData


class TestDriveData(TouchData):
    """Which model was driven, where and for how long; the car is the dealer's."""

    test_drive_id: Name
    model: Code
    store_id: Name | None = None
    duration_s: Seconds | None = None

    def touch(self) -> Touch:
        """Return the drive in the words of the domain."""
        said = self
        return Touch(
            FactKind.TEST_DRIVE,
            about=said.test_drive_id,
            detail=said.model,
            store_id=said.store_id,
            duration_s=said.duration_s,
        )


class TestDriveV1(TouchEvent):
    """An owner drove a car on trial."""

    type: Literal["ownerloop.interaction.test_drive.v1"]
    data: TestDriveData


class SurveyAnsweredData(TouchData):
    """The mark given in a survey, 0 to 10; never the words beside it."""

    answer_id: Name
    survey_id: Code
    topic: Word
    score: Score
    order_id: Name | None = None

    def touch(self) -> Touch:
        """Return the answer in the words of the domain."""
        about = self.order_id or self.answer_id
        detail = words(self.survey_id, self.topic)
        return Touch(FactKind.SURVEY_ANSWERED, about=about, number=self.answer_id, detail=detail, score=self.score)


class SurveyAnsweredV1(TouchEvent):
    """An owner answered a survey."""

    type: Literal["ownerloop.interaction.survey_answered.v1"]
    data: SurveyAnsweredData


class NpsAnsweredData(TouchData):
    """How likely the owner is to recommend us, 0 to 10; never the words beside it."""

    answer_id: Name
    score: Score
    survey_id: Code | None = None

    def touch(self) -> Touch:
        """Return the answer in the words of the domain."""
        return Touch(FactKind.NPS_ANSWERED, about=self.answer_id, detail=self.survey_id or "", score=self.score)


class NpsAnsweredV1(TouchEvent):
    """An owner said how likely a recommendation is."""

    type: Literal["ownerloop.interaction.nps_answered.v1"]
    data: NpsAnsweredData


class CouponData(TouchData):
    """Which coupon, of which campaign, and what it takes off."""

    coupon_id: Name
    campaign_id: Code | None = None
    amount_fen: Fen | None = None
    currency: Annotated[Currency | None, Field(validate_default=True)] = None

    @field_validator("currency")
    @classmethod
    def _stands_beside_an_amount(cls, currency: str | None, info: ValidationInfo) -> str | None:
        if currency is None and info.data.get("amount_fen") is not None:
            raise ValueError("is CNY")
        return currency


class CouponIssuedData(CouponData):
    """A coupon that an owner was given."""

    def touch(self) -> Touch:
        """Return the coupon in the words of the domain."""
        detail = self.campaign_id or ""
        return Touch(FactKind.COUPON_ISSUED, about=self.coupon_id, detail=detail, amount_fen=self.amount_fen)


class CouponIssuedV1(TouchEvent):
    """An owner was given a coupon."""

    type: Literal["ownerloop.interaction.coupon_issued.v1"]
    data: CouponIssuedData


class CouponUsedData(CouponData):
    """A coupon that an owner used, and for which order."""

    order_id: Name | None = None

    def touch(self) -> Touch:
        """Return the use in the words of the domain."""
        return Touch(
            FactKind.COUPON_USED,
            about=self.coupon_id,
            number=self.order_id or "",
            detail=self.campaign_id or "",
            amount_fen=self.amount_fen,
        )


class CouponUsedV1(TouchEvent):
    """An owner used a coupon."""

    type: Literal["ownerloop.interaction.coupon_used.v1"]
    data: CouponUsedData


class CampaignJoinedData(TouchData):
    """Which campaign, and the contact that led to it if one did."""

    campaign_id: Code
    channel: Word | None = None
    contact_id: ContactId | None = None

    def touch(self) -> Touch:
        """Return the entry in the words of the domain."""
        kind, detail = FactKind.CAMPAIGN_JOINED, words(self.campaign_id, self.channel)
        return Touch(kind, about=self.campaign_id, detail=detail, contact_id=self.contact_id)


class CampaignJoinedV1(TouchEvent):
    """An owner entered a campaign."""

    type: Literal["ownerloop.interaction.campaign_joined.v1"]
    data: CampaignJoinedData


class GamePlayedData(TouchData):
    """Which game, how it ended and how long it took."""

    play_id: Name
    game: Code
    result: Literal["won", "lost", "drawn", "left"]
    campaign_id: Code | None = None
    duration_s: Seconds | None = None

    def touch(self) -> Touch:
        """Return the game in the words of the domain."""
        detail = words(self.game, self.result, self.campaign_id)
        return Touch(FactKind.GAME_PLAYED, about=self.play_id, detail=detail, duration_s=self.duration_s)


class GamePlayedV1(TouchEvent):
    """An owner played a game."""

    type: Literal["ownerloop.interaction.game_played.v1"]
    data: GamePlayedData


class ReferralData(TouchData):
    """How far a recommendation got; who was recommended is never told here."""

    referral_id: Name
    state: Literal["invited", "registered", "visited", "bought"]
    campaign_id: Code | None = None

    def touch(self) -> Touch:
        """Return the recommendation in the words of the domain."""
        detail = words(self.state, self.campaign_id)
        return Touch(FactKind.REFERRAL, about=self.referral_id, number=self.state, detail=detail)


class ReferralV1(TouchEvent):
    """An owner recommended us to somebody."""

    type: Literal["ownerloop.interaction.referral.v1"]
    data: ReferralData
