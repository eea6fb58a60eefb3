"""A leak is found however it is written or packed, and a surrogate is none."""

import base64
import io
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ownerloop.adapters.history import pack_rows
from tests.canary.search import Search

VIN, PHONE, PLATE, UNION = "0DMCANARY00007391", "+8613800007391", "沪A7D391", "oCANARY7391unionUNION7391uni"
KINDS = {VIN: "vin", PHONE: "phone", PLATE: "plate", UNION: "unionid"}


def found(*contents: bytes | str) -> set[str]:
    search = Search(KINDS)
    search.look("here", contents)
    return {kind for _, kind in search.hits}


def in_parquet(text: str) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"told": [text]}), file, compression="zstd")
    return file.getvalue()


PACKINGS: list[Callable[[str], bytes | str]] = [
    lambda text: f'{{"told": "{text}"}}',
    lambda text: f"urn:dealer:{text}:x",
    lambda text: json.dumps({"told": text}),
    lambda text: f"told={quote(text)}&x=1",
    lambda text: text.encode().hex(),
    lambda text: text.encode().hex().upper(),
    lambda text: base64.b64encode(f"{{told: {text}}}".encode()),
    lambda text: base64.b64encode(f"{{told:  {text} }}".encode()),
    lambda text: base64.urlsafe_b64encode(f"told   {text}".encode()),
    lambda text: zlib.compress(text.encode()),
    lambda text: json.dumps({"rows": base64.b64encode(zlib.compress(f"[{text}, 1]".encode(), 6)).decode()}),
    lambda text: pack_rows("readings", [{"told": text}])[0],
    in_parquet,
    lambda text: f"told: {text.lower()}",
    lambda text: text.encode("utf-16-le"),
]


@pytest.mark.parametrize("packed", PACKINGS)
@pytest.mark.parametrize("name", KINDS)
def test_a_planted_leak_is_found_however_it_is_packed(name: str, packed: Callable[[str], bytes | str]) -> None:
    assert found("before", packed(name), "behind") == {KINDS[name]}


@pytest.mark.parametrize(
    "written", ["13800007391", "+86 138 0000 7391", "+86-138-0000-7391", "1 3 8 in words: １３８００００７３９１"]
)
def test_a_phone_is_found_however_people_write_it(written: str) -> None:
    assert found(f"call {written} now") == {"phone"}


def test_a_surrogate_or_a_digest_gives_nobody_away() -> None:
    assert found("v_0123456789abcdef01234567", "p_0138000739100000abcdef01", zlib.compress(b"c_1")) == set()


def test_what_was_searched_is_counted_unpacked_and_an_empty_place_is_named() -> None:
    search = Search(KINDS)
    search.look("packed", [zlib.compress(b"x" * 1000)])
    search.look("nothing", [])

    assert search.places["packed"] > 1000
    assert search.empty == ["nothing"]
    assert "2 places" in search.told()
    assert "0 hits" in search.told()
