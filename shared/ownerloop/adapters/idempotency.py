"""Answers kept under a caller's Idempotency-Key: a courtesy for a day. What makes effects single is their identity."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ownerloop.adapters.dynamodb.client import client
from ownerloop.contracts.problems import RequestRefusedError

KEPT_SECONDS = 24 * 3600
STATIC_PK = "idempotency"  # the only items of the Partners table that the function's policy lets it write
Answer = dict[str, Any]


class Idempotency:
    """Gives the first answer again; a name tells whose key it is."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name
        self._layer: Any = None

    def once(self, name: str, *, body_digest: str, context: Any, call: Callable[[], Answer]) -> Answer:
        """Return the answer that a request of this name and body got, or else the answer of the call."""
        # Only requests with a key pay for loading what follows.
        from aws_lambda_powertools.utilities.idempotency import exceptions  # noqa: PLC0415

        try:
            return self._kept({"name": name, "body": body_digest}, context, call)
        except exceptions.IdempotencyAlreadyInProgressError as error:
            rule = "is of a request that is still at work"
            raise _refusal(HTTPStatus.CONFLICT, "request_in_progress", rule) from error
        except exceptions.IdempotencyValidationError as error:
            rule = "was used with another body"
            raise _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency_key_reused", rule) from error

    def _kept(self, request: dict[str, str], context: Any, call: Callable[[], Answer]) -> Answer:
        from aws_lambda_powertools.utilities.idempotency import (  # noqa: PLC0415
            DynamoDBPersistenceLayer,
            IdempotencyConfig,
            idempotent_function,
        )

        self._layer = self._layer or DynamoDBPersistenceLayer(
            self._table,
            key_attr="pk",
            sort_key_attr="sk",
            static_pk_value=STATIC_PK,
            expiry_attr="expires_at",
            boto3_client=client("dynamodb"),
        )
        config = IdempotencyConfig(
            event_key_jmespath="name",
            payload_validation_jmespath="body",
            expires_after_seconds=KEPT_SECONDS,
            hash_function="sha256",
            lambda_context=context,  # its remaining time bounds how long a request counts as at work
        )

        def answered(*, request: dict[str, str]) -> Answer:  # noqa: ARG001  # its name is what counts
            return call()

        once = idempotent_function(
            answered, data_keyword_argument="request", persistence_store=self._layer, config=config
        )
        kept: Answer = once(request=request)
        return kept


def _refusal(status: HTTPStatus, reason: str, rule: str) -> RequestRefusedError:
    return RequestRefusedError(status=status, reason=reason, field="Idempotency-Key", rule=rule)
