"""A port for programs that cannot be told to take any."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Give a port that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
