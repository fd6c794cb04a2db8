"""Python clients behind one line protocol: a question in JSON per line in, what the client made of the answer out.

While it works it may print {"weather": city} and then reads the tool's result as the next line.
"""

import importlib
import json
import sys
import warnings

warnings.filterwarnings("ignore")

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
    clients = importlib.import_module(MODULES[sys.argv[1]]).CLIENTS
    for line in sys.stdin:
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


if __name__ == "__main__":
    main()
