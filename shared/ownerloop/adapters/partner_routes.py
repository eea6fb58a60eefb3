"""The paths of the partner API, each refusal and fault as a problem."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from pydantic import BaseModel

from ownerloop.adapters import partner_http as http
from ownerloop.adapters.idempotency import Idempotency
from ownerloop.contracts.problems import fault, no_such_method, no_such_path, problem_of
from ownerloop.domain.errors import OwnerLoopError
from ownerloop.domain.partner import Caller
from ownerloop.partner_ports import Partners

Resolver = APIGatewayRestResolver
ACCEPTED = 202
_PATHS = (  # what a path without its method is held against; a test holds it against the description
    ("GET", r"/v1/vehicles/[^/]+/maintenance"),
    ("GET", r"/v1/owners/[^/]+"),
    ("POST", r"/v1/events"),
    ("GET", r"/v1/openapi\.json"),
)


@dataclass(frozen=True, slots=True)
class Routes:
    """What answers each path, and who is told of a fault."""

    maintenance: Callable[[str, Caller], BaseModel]
    owner: Callable[[str, Caller], BaseModel]
    events: Callable[[list[Any], Caller], BaseModel]
    on_fault: Callable[[Exception], None]


def resolver(routes: Routes, *, partners: Partners, answers: Idempotency, now: Callable[[], datetime]) -> Resolver:
    """Return the resolver of every path; it answers each call, whatever happens."""
    app = Resolver()

    def caller() -> Caller:
        event = app.current_event
        return Caller(http.caller_of(event, partners), http.request_id_of(event), now())

    @app.get("/v1/vehicles/<vehicle_id>/maintenance")
    def maintenance(vehicle_id: str) -> Response[str]:
        return http.answer(routes.maintenance(vehicle_id, caller()), app.current_event)

    @app.get("/v1/owners/<person_id>")
    def owner(person_id: str) -> Response[str]:
        return http.answer(routes.owner(person_id, caller()), app.current_event)

    @app.post("/v1/events")
    def events() -> Response[str]:
        calling, event = caller(), app.current_event
        key, said = http.idempotency_key_of(event), http.events_in(event)

        def answered() -> dict[str, Any]:
            return routes.events(said.events, calling).model_dump(mode="json", exclude_none=True)

        if key is None:
            return http.answer(answered(), event, status=ACCEPTED)
        name, digest = f"{calling.partner.partner_id}/{key}", http.body_digest(event)
        kept = answers.once(name, body_digest=digest, context=app.lambda_context, call=answered)
        return http.answer(kept, event, status=ACCEPTED)

    @app.get("/v1/openapi.json")
    def description() -> Response[str]:
        from ownerloop.contracts.openapi import openapi  # noqa: PLC0415  # few ask for it, and building it takes time

        return http.answer(openapi(), app.current_event)

    _answer_trouble(app, routes)
    return app


def methods_of(path: str) -> list[str]:
    """Return the methods that a path has, none for a path that there is not."""
    return [method for method, pattern in _PATHS if re.fullmatch(pattern, path)]


def audit_line(event: Mapping[str, Any], answered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a log may say of a call: its path without ids, its request and its status."""
    context = event.get("requestContext") or {}
    return {
        "path": f"{event.get('httpMethod', '')} {event.get('resource', '')}",
        "partner": (context.get("authorizer") or {}).get("partner_id", ""),
        "request": context.get("requestId", ""),
        "status": answered["statusCode"],
    }


def _answer_trouble(app: Resolver, routes: Routes) -> None:
    @app.exception_handler(OwnerLoopError)  # type: ignore[untyped-decorator]  # Powertools gives it no type
    def refused(refusal: OwnerLoopError) -> Response[str]:
        problem = problem_of(refusal, request_id=http.request_id_of(app.current_event))
        return http.problem_answer(problem, app.current_event)

    @app.not_found
    def not_found(_: NotFoundError) -> Response[str]:
        event = app.current_event
        request_id = http.request_id_of(event)
        if methods := methods_of(event.path):
            return http.problem_answer(no_such_method(request_id=request_id), event, allow=", ".join(methods))
        return http.problem_answer(no_such_path(request_id=request_id), event)

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # Powertools gives it no type
    def broke(trouble: Exception) -> Response[str]:
        routes.on_fault(trouble)
        problem = fault(request_id=http.request_id_of(app.current_event))
        return http.problem_answer(problem, app.current_event)
