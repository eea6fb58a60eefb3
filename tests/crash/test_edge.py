"""A fault at the edge is met by every attempt at a call, by whichever way it is made."""

from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ClientError

from ownerloop.adapters.dynamodb.commands import get_item, get_items, put
from ownerloop.adapters.dynamodb.expressions import ABSENT
from ownerloop.adapters.senders import LambdaSenders
from tests.crash.edge import Edge, Fault, watched
from tests.tables import Tables, moto_tables

KEY = ("a", "b")
CALLS: list[tuple[str, Callable[[Tables], object]]] = [
    ("dynamodb.GetItem", lambda tables: get_item(tables.contacts, KEY)),
    ("dynamodb.BatchGetItem", lambda tables: get_items(tables.contacts, [KEY])),
    ("dynamodb.PutItem", lambda tables: put(tables.contacts, {"pk": "a", "sk": "b", "raw": b"\x00"}, when=ABSENT)),
    ("lambda.Invoke", lambda _: LambdaSenders({"wecom": "f"}).start(channel="wecom", contact_id="c_1")),
]


@pytest.fixture(scope="module")
def tables() -> Iterator[Tables]:
    with moto_tables() as tables:
        yield tables


@pytest.fixture
def edge() -> Iterator[Edge]:
    with watched(Edge()) as edge:
        yield edge


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_a_call_that_fails_fails_for_good(
    tables: Tables, edge: Edge, name: str, call: Callable[[Tables], object]
) -> None:
    edge.arm({0: Fault.FAILS})
    edge.is_open = True

    with pytest.raises(ClientError):
        call(tables)

    assert edge.calls == [name]
    assert get_item(tables.contacts, KEY) is None


def test_a_write_whose_answer_was_lost_is_done_again_by_the_client_and_is_still_ours(
    tables: Tables, edge: Edge
) -> None:
    edge.arm({0: Fault.BLINKS})
    edge.is_open = True

    assert put(tables.contacts, {"pk": "a", "sk": "c"}, when=ABSENT)
