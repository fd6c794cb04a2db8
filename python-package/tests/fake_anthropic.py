"""A provider on loopback that speaks Anthropic's Messages: it says the last words again or calls a tool."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"input_tokens": 11, "output_tokens": 7}


class FakeAnthropic:
    """Serves while its block runs; `calls` are the bodies that it was sent."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        handler = type("Handler", (_Handler,), {"calls": self.calls})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> FakeAnthropic:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    calls: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.calls.append(body)
        block, stop = _answer(body)
        if body.get("stream"):
            text = "".join(_event(event) for event in _events(body["model"], block, stop))
            self._send("text/event-stream", text)
        else:
            message = {**_message(body["model"]), "content": [block], "stop_reason": stop, "usage": USAGE}
            self._send("application/json", json.dumps(message))

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def _send(self, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _answer(body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    content = body["messages"][-1]["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    results = [part for part in parts if part["type"] == "tool_result"]
    if body.get("tools") and not results:
        tool = {"type": "tool_use", "id": "toolu_1", "name": body["tools"][0]["name"], "input": {"city": "Paris"}}
        return tool, "tool_use"
    said = results[0]["content"] if results else parts[-1]["text"]
    return {"type": "text", "text": said if isinstance(said, str) else said[0]["text"]}, "end_turn"


def _message(model: str) -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "stop_sequence": None}


def _events(model: str, block: dict[str, Any], stop: str) -> list[dict[str, Any]]:
    if block["type"] == "text":
        start = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": word} for word in block["text"].split(" ")]
        for delta in deltas[1:]:
            delta["text"] = " " + delta["text"]
    else:
        start = {**block, "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
    begun = {**_message(model), "content": [], "stop_reason": None, "usage": USAGE}
    return [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": start},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": USAGE},
        {"type": "message_stop"},
    ]


def _event(event: dict[str, Any]) -> str:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
