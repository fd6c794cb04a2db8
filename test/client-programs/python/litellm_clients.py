"""LiteLLM as a client that speaks each of the protocols."""

import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm  # noqa: E402: the switch above is read while it loads

import weather_tool

litellm.telemetry = False
litellm.suppress_debug_info = True


class Client:
    provider = "openai"
    path = "/v1"

    def __init__(self, origin, key):
        self.api = {"api_base": f"{origin}{self.path}", "api_key": key, "num_retries": 0, "max_retries": 0}

    def is_rate_limit(self, error):
        return isinstance(error, litellm.RateLimitError) or "429" in str(error)

    def ask(self, model, text, streamed):
        answer, pieces = self.answer(streamed, model, messages=[{"role": "user", "content": text}])
        return told(answer, pieces)

    def work(self, model, text, streamed, weather):
        messages = [{"role": "user", "content": text}]
        while True:
            answer, pieces = self.answer(streamed, model, messages=messages, tools=[weather_tool.FUNCTION])
            message = answer.choices[0].message
            if not message.tool_calls:
                return told(answer, pieces)
            messages.append(message.model_dump(exclude_none=True))
            for call in message.tool_calls:
                city = json.loads(call.function.arguments)["city"]
                messages.append({"role": "tool", "tool_call_id": call.id, "name": "weather", "content": weather(city)})

    def answer(self, streamed, model, messages, **request):
        name = f"{self.provider}/{model}"
        if not streamed:
            return litellm.completion(model=name, messages=messages, **request, **self.api), 1
        options = {"stream": True, "stream_options": {"include_usage": True}}
        chunks = list(litellm.completion(model=name, messages=messages, **options, **request, **self.api))
        pieces = sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks)
        return litellm.stream_chunk_builder(chunks, messages=messages), pieces


class Messages(Client):
    provider = "anthropic"
    path = ""


class Gemini(Client):
    provider = "gemini"
    path = "/v1beta"


def told(answer, pieces):
    usage = answer.usage
    return {
        "text": answer.choices[0].message.content or "",
        "pieces": pieces,
        "usage": {"input": usage.prompt_tokens, "output": usage.completion_tokens},
    }


CLIENTS = {"chat completions": Client, "Messages": Messages, "Gemini": Gemini}
