"""Python clients behind one line protocol: a question in JSON per line in, what the client made of the answer out.

While it works it may print {"weather": city} and then reads the tool's result as the next line.
"""

import faulthandler
import gc
import importlib
import json
import sys
import warnings

warnings.filterwarnings("ignore")

HANGS_AFTER_SECONDS = 60

MODULES = {
    "openai": "openai_clients",
    "anthropic": "anthropic_client",
    "google-genai": "google_client",
    "langchain": "langchain_clients",
    "litellm": "litellm_clients",
}


def weather(city):
    print(json.dumps({"weather": city}), flush=True)
    return json.loads(sys.stdin.readline())["result"]


def main():
    # httpcore deadlocks when a stream that its client left unread is collected in the middle of another request.
    gc.disable()
    clients = importlib.import_module(MODULES[sys.argv[1]]).CLIENTS
    for line in sys.stdin:
        # A client that hangs says where, and ends: the tests that follow then fail at once.
        faulthandler.dump_traceback_later(HANGS_AFTER_SECONDS, exit=True)
        question = json.loads(line)
        client = clients[question["client"]](question["origin"], question["key"])
        try:
            if question["works"]:
                told = client.work(question["model"], question["text"], question["streamed"], weather)
            else:
                told = client.ask(question["model"], question["text"], question["streamed"])
            print(json.dumps({"told": told}), flush=True)
        except Exception as error:  # noqa: BLE001: whatever a client throws is what the test asks about
            failure = {"kind": type(error).__name__, "message": str(error), "rateLimit": client.is_rate_limit(error)}
            print(json.dumps({"error": failure}), flush=True)
        gc.collect()
        faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main()
