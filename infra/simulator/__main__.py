"""Run the simulator until it is told to stop."""

import json
import os
import signal
import sys
from pathlib import Path
from threading import Thread
from types import FrameType

from infra.simulator.api import Api
from infra.simulator.server import Server
from infra.simulator.settings import parse


def main() -> None:
    """Serve; the bound port is printed as one line of JSON, and nothing else is."""
    command = parse(sys.argv[1:])
    api = Api(command.settings)
    server = Server(command.port, api)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if command.port_file:
        _write_whole(command.port_file, str(server.port))
    sys.stdout.write(json.dumps({"port": server.port}) + "\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    api.close()


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    main()
