"""Explains one owner in full: consent, cars, forecasts with their inputs, contacts with their trails, or why none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.benefits.telling import name_of
from infra.explain.choices import choice_data, choice_line
from infra.explain.conduct import conduct, conduct_data
from infra.explain.forecasts import forecast_data, forecast_lines
from infra.explain.joined import joined_in
from infra.explain.record import Record
from infra.explain.visits_ahead import ahead_data, booking_lines, doubt_lines, next_day_line
from infra.explain.words import CLASSES, ITEMS, REASONS, STATES, Language, pick, say
from ownerloop.adapters.benefit_policies import benefit_policy
from ownerloop.adapters.policy_files import stores
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.consent import Purpose
from ownerloop.domain.contact import Contact
from ownerloop.domain.owner import Owner
from ownerloop.domain.recheck import channel_of, consent_reason, has_visit_ahead
from ownerloop.domain.send_window import owner_zone
from ownerloop.domain.vehicle import Vehicle

_TOPIC = "maintenance"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One owner as sentences for people and as data for programs."""

    lines: tuple[str, ...]
    data: dict[str, Any]


def explain(record: Record, name: str, *, language: Language) -> Explanation:
    """Return everything that is known of the owner that a name leads to; a contact's name tells that contact alone."""
    person_id = record.person_called(name)
    owner = record.owners.get(person_id, Owner(person_id=person_id))
    teller = _Teller(record, owner, owner_zone(owner, store_id=owner.store_id, stores=stores()), language)
    is_of_one = name in record.contacts
    contacts = [record.contacts[name]] if is_of_one else record.contacts_of(person_id)
    told = [*teller.profile(), *teller.joined(), *teller.conduct(), *teller.cars(), *teller.contacts(contacts)]
    silent = () if is_of_one else teller.silences(contacts)
    return Explanation(lines=(*told, *silent), data=teller.data(contacts))


def why_no_contact(record: Record, owner: Owner, vehicle: Vehicle) -> str:
    """Return the code of the first reason why nobody is reminded of this car now."""
    if vehicle.consent.owner_at(record.at) != owner.person_id:
        return "owner_changed"
    reason = consent_reason(vehicle.consent, person_id=owner.person_id, purpose=Purpose.MAINTENANCE, now=record.at)
    if reason is not None:
        return reason
    if owner.daily_max <= 0:
        return "daily_max_zero"
    if not vehicle.remind:
        return "not_reminded"
    if channel_of(owner, topic=_TOPIC) is None:
        return "unsubscribed" if owner.channels else "no_channel"
    if vehicle.forecast is None:
        return "no_forecast"
    zone = owner_zone(owner, store_id=vehicle.store_id, stores=stores())
    return _why_not_on(civil_day(record.at, zone), vehicle)


def _why_not_on(day: date, vehicle: Vehicle) -> str:
    if has_visit_ahead(vehicle, on=day):
        return "booked"
    return "day_has_come" if vehicle.remind_on and vehicle.remind_on <= day else "not_due"


class _Teller:
    """Tells one owner in one language and on the owner's own clock."""

    def __init__(self, record: Record, owner: Owner, zone: ZoneInfo, language: Language) -> None:
        self._record, self._owner, self._zone, self._language = record, owner, zone, language
        self._cars = record.cars_of(owner.person_id)

    def profile(self) -> Iterator[str]:
        """Yield who the owner is and what they wish."""
        owner, person_id = self._owner, self._owner.person_id
        key = self._record.key_of(person_id)
        store = stores().get(owner.store_id or "")
        home = (store.name_zh if self._language == "zh" else store.name_en) if store else owner.store_id or "-"
        way = ", ".join(owner.channels)
        team = f"{_team(owner) or '-'}, {owner.staff_userid or '-'}"
        yield self._say(
            f"车主 {key}（{person_id}），{home}（{team}），每天最多 {owner.daily_max} 条，渠道：{way or '无'}",
            f"Owner {key} ({person_id}), {home} ({team}), at most {owner.daily_max} a day, channels: {way or 'none'}",
        )
        for refused in owner.unsubscribes:
            at = self._at(refused.at)
            yield self._say(
                f"  {at} 退订 {refused.channel}/{refused.topic}",
                f"  unsubscribed {refused.channel}/{refused.topic} on {at}",
            )

    def joined(self) -> Iterator[str]:
        """Yield with whom the owner is or was one person, and why."""
        told = joined_in(self._record, self._owner.person_id).lines(self._language, self._at)
        return (f"  {line}" for line in told)

    def conduct(self) -> Iterator[str]:
        """Yield the tier and why, complaints, and what the owner did of late."""
        return conduct(self._record, self._owner.person_id, language=self._language, at=self._at)

    def cars(self) -> Iterator[str]:
        """Yield each car with its consent, its forecast and the forecast's inputs."""
        for vehicle in self._cars:
            yield self._say(
                f"  车辆 {vehicle.vehicle_id}（{vehicle.model}）", f"  Car {vehicle.vehicle_id} ({vehicle.model})"
            )
            yield f"    {self._consent(vehicle)}"
            yield from (f"    {line}" for line in forecast_lines(vehicle, language=self._language))
            doubts = doubt_lines(self._record, vehicle, language=self._language, at=self._at)
            bookings = booking_lines(self._record, vehicle, language=self._language, at=self._at)
            yield from (f"    {line}" for line in (*doubts, *bookings))

    def contacts(self, contacts: list[Contact]) -> Iterator[str]:
        """Yield every contact with its trail."""
        for contact in contacts:
            item = ", ".join(self._thing(name) for name in (contact.item, *contact.bundled))
            name, car, stage, cycle = contact.contact_id, contact.vehicle_id, contact.stage, contact.due_cycle
            zh, en = (f"第 {stage} 次，周期 {cycle}，", f"stage {stage} of cycle {cycle}, ") if cycle else ("", "")
            yield self._say(f"  提醒 {name}：{item}，{zh}车辆 {car}", f"  Contact {name}: {item}, {en}car {car}")
            if began := contact.correlation_id:
                yield self._say(f"    起因 {began}", f"    began with {began}")
            if chosen := choice_line(contact, self._language):
                yield f"    {chosen}"
            for step in contact.trail:
                state = say(STATES, step.state, self._language)
                yield f"    {self._at(step.at)}  {state} - {say(REASONS, step.reason, self._language)}"

    def silences(self, contacts: list[Contact]) -> Iterator[str]:
        """Yield of each car that no contact is about why there is none."""
        quiet = {car.vehicle_id for car in self._cars} - {contact.vehicle_id for contact in contacts}
        for vehicle in self._cars:
            if vehicle.vehicle_id in quiet:
                yield from self._silence(vehicle)

    def data(self, contacts: list[Contact]) -> dict[str, Any]:
        """Return the same as plain data."""
        owner = self._owner
        return {
            "owner_key": self._record.key_of(owner.person_id),
            "person_id": owner.person_id,
            "store_id": owner.store_id,
            "team": _team(owner),
            "staff_userid": owner.staff_userid,
            "zone": self._zone.key,
            "daily_max": owner.daily_max,
            "channels": list(owner.channels),
            "unsubscribes": [
                {"channel": u.channel, "topic": u.topic, "at": u.at.isoformat()} for u in owner.unsubscribes
            ],
            "vehicles": [self._car_data(vehicle) for vehicle in self._cars],
            "contacts": [_contact_data(contact) for contact in contacts],
            "identity": joined_in(self._record, owner.person_id).data(),
            **conduct_data(self._record, owner.person_id),
        }

    def _thing(self, name: str) -> str:
        """Return what people call what a contact is about: a service, a tier, or a benefit."""
        policy = benefit_policy(civil_day(self._record.at, self._zone))
        return say(ITEMS, name, self._language) if name in ITEMS else name_of(policy, name, self._language)

    def _consent(self, vehicle: Vehicle) -> str:
        now, person_id = self._record.at, self._owner.person_id
        if vehicle.consent.owner_at(now) != person_id:
            return self._say("车辆已过户给他人", "handed over to somebody else")
        classes = vehicle.consent.classes_at(now, person_id=person_id, purpose=Purpose.MAINTENANCE)
        if not classes:
            reason = consent_reason(vehicle.consent, person_id=person_id, purpose=Purpose.MAINTENANCE, now=now)
            told = say(REASONS, reason or "no_consent", self._language)
            return self._say(f"授权：{told}，数据不予使用", f"consent: {told}; its data is not used")
        names = ", ".join(say(CLASSES, name, self._language) for name in sorted(classes))
        return self._say(f"授权（保养用途）：{names}", f"consent for maintenance: {names}")

    def _silence(self, vehicle: Vehicle) -> Iterator[str]:
        reason = why_no_contact(self._record, self._owner, vehicle)
        told = say(REASONS, reason, self._language)
        on = f" ({vehicle.remind_on})" if reason == "not_due" and vehicle.remind_on else ""
        yield self._say(
            f"  车辆 {vehicle.vehicle_id} 没有提醒：{told}{on}", f"  Car {vehicle.vehicle_id}: no contact, {told}{on}"
        )
        if reason == "not_due" and (chosen := next_day_line(self._record, vehicle, language=self._language)):
            yield f"    {chosen}"

    def _car_data(self, vehicle: Vehicle) -> dict[str, Any]:
        now, person_id = self._record.at, self._owner.person_id
        classes = vehicle.consent.classes_at(now, person_id=person_id, purpose=Purpose.MAINTENANCE)
        return {
            "vehicle_id": vehicle.vehicle_id,
            "model": vehicle.model,
            "is_owned": vehicle.consent.owner_at(now) == person_id,
            "classes": sorted(classes),
            "remind_on": _text(vehicle.remind_on),
            "why_no_contact": why_no_contact(self._record, self._owner, vehicle),
            "forecast": forecast_data(vehicle),
            **ahead_data(self._record, vehicle),
        }

    def _say(self, zh: str, en: str) -> str:
        return pick(self._language, zh, en)

    def _at(self, instant: datetime) -> str:
        return instant.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


def _team(owner: Owner) -> str | None:
    store = stores().get(owner.store_id or "")
    return owner.team or (store.team_of(owner.staff_userid) if store else None)


def _contact_data(contact: Contact) -> dict[str, Any]:
    return {
        "contact_id": contact.contact_id,
        "vehicle_id": contact.vehicle_id,
        "item": contact.item,
        "bundled": list(contact.bundled),
        "due_cycle": contact.due_cycle,
        "stage": contact.stage,
        "state": str(contact.state),
        "reason": contact.reason,
        "correlation_id": contact.correlation_id,
        "provider_message_id": contact.provider_message_id,
        **choice_data(contact),
        "trail": [{"state": str(s.state), "reason": s.reason, "at": s.at.isoformat()} for s in contact.trail],
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
