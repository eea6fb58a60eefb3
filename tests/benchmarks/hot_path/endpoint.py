"""An endpoint that answers like AWS and keeps nothing: what a client spends can be measured without what a cloud does.

`python -m tests.benchmarks.hot_path.endpoint ITEMS.json` prints its port. Reads are answered from the file's items by
partition key, every write succeeds, and `GET /counted` tells and forgets how many writes and write units there were.
"""

import hashlib
import json
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

UNIT_BYTES = 1024
ITEMS: dict[str, dict[str, Any]] = {}
COUNTED: Counter[str] = Counter()


class Endpoint(BaseHTTPRequestHandler):
    """The services that a hot function calls, in their JSON protocols."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else an answer in two parts waits 40 ms for the client's acknowledgement
    wbufsize = -1

    def do_GET(self) -> None:
        counted = dict(COUNTED)
        COUNTED.clear()
        self._say(counted)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        COUNTED[f"calls {operation}"] += 1
        self._say(getattr(self, f"_{operation.lower()}")(asked))

    def _batchgetitem(self, asked: dict[str, Any]) -> object:
        found = {
            table: [ITEMS[key["pk"]["S"]] for key in keys["Keys"] if key["pk"]["S"] in ITEMS]
            for table, keys in asked["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def _getitem(self, asked: dict[str, Any]) -> object:
        item = ITEMS.get(asked["Key"]["pk"]["S"]) if "pk" in asked["Key"] else None
        return {"Item": item} if item else {}

    def _batchexecutestatement(self, asked: dict[str, Any]) -> object:
        for statement in asked["Statements"]:
            _count("vehicle", statement["Parameters"])
        return {"Responses": [{} for _ in asked["Statements"]]}

    def _batchwriteitem(self, asked: dict[str, Any]) -> object:
        for requests in asked["RequestItems"].values():
            for request in requests:
                _count("quarantine", list(request["PutRequest"]["Item"].values()))
        return {"UnprocessedItems": {}}

    def _putitem(self, asked: dict[str, Any]) -> object:
        _count("other", list(asked["Item"].values()))
        return {}

    def _updateitem(self, asked: dict[str, Any]) -> object:
        _count("vehicle", list(asked.get("ExpressionAttributeValues", {}).values()))
        return {}

    def _deleteitem(self, _: dict[str, Any]) -> object:
        COUNTED["writes other"] += 1
        return {}

    def _sendmessagebatch(self, asked: dict[str, Any]) -> object:
        sent = [
            {
                "Id": entry["Id"],
                "MessageId": entry["Id"],
                "MD5OfMessageBody": hashlib.md5(entry["MessageBody"].encode()).hexdigest(),  # noqa: S324  # as SQS does
            }
            for entry in asked["Entries"]
        ]
        return {"Successful": sent, "Failed": []}

    def _putevents(self, asked: dict[str, Any]) -> object:
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in asked["Entries"]]}

    def _getsecretvalue(self, _: dict[str, Any]) -> object:
        return {"SecretString": json.dumps({"current": "1", "1": "a key of the vault for tests only"})}

    def _say(self, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _count(kind: str, values: list[dict[str, Any]]) -> None:
    size = sum(len(str(next(iter(value.values())))) for value in values)
    COUNTED[f"writes {kind}"] += 1
    COUNTED[f"units {kind}"] += -(-size // UNIT_BYTES)


if __name__ == "__main__":
    ITEMS.update(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
