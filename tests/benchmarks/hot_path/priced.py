"""The endpoint of the benchmarks that also counts what else has a price: keys read, index moves, messages and events.

`python -m tests.benchmarks.hot_path.priced ITEMS.json` prints its port.
"""

import json
import re
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.benchmarks.hot_path.endpoint import COUNTED, ITEMS, Endpoint

CHUNK_BYTES = 64 * 1024  # SQS and the event bus count a request for each started chunk
REMINDER = "reminder_key"


class Priced(Endpoint):
    """The same answers, with more counted."""

    def _batchgetitem(self, asked: dict[str, Any]) -> object:
        for keys in asked["RequestItems"].values():
            COUNTED["half read units"] += len(keys["Keys"]) * (2 if keys.get("ConsistentRead") else 1)
        return super()._batchgetitem(asked)

    def _batchexecutestatement(self, asked: dict[str, Any]) -> object:
        for statement in asked["Statements"]:
            names = re.findall(r'"(\w+)"=\?', statement["Statement"])
            values = dict(zip(names, statement["Parameters"], strict=True))
            held = ITEMS.get(values["pk"]["S"], {}).get(REMINDER)
            if held != values.get(REMINDER):  # the index gives one entry up and takes one in
                COUNTED["index units"] += (held is not None) + (REMINDER in values)
        return super()._batchexecutestatement(asked)

    def _sendmessagebatch(self, asked: dict[str, Any]) -> object:
        COUNTED["messages sent"] += len(asked["Entries"])
        COUNTED["send requests"] += -(-sum(len(entry["MessageBody"]) for entry in asked["Entries"]) // CHUNK_BYTES)
        return super()._sendmessagebatch(asked)

    def _putevents(self, asked: dict[str, Any]) -> object:
        COUNTED["bus events"] += sum(-(-len(entry["Detail"]) // CHUNK_BYTES) for entry in asked["Entries"])
        return super()._putevents(asked)


if __name__ == "__main__":
    ITEMS.update(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Priced)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
