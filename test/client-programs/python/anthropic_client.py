"""The official `anthropic` package."""

import anthropic

import weather_tool


class Messages:
    def __init__(self, origin, key):
        self.api = anthropic.Anthropic(base_url=origin, api_key=key, max_retries=0)

    def is_rate_limit(self, error):
        return isinstance(error, anthropic.RateLimitError)

    def ask(self, model, text, streamed):
        answer, pieces = self.answer(streamed, model=model, messages=[{"role": "user", "content": text}])
        return told(answer, pieces)

    def work(self, model, text, streamed, weather):
        messages = [{"role": "user", "content": text}]
        tool = {
            "name": weather_tool.NAME,
            "description": weather_tool.DESCRIPTION,
            "input_schema": weather_tool.SCHEMA,
        }
        while True:
            answer, pieces = self.answer(streamed, model=model, messages=messages, tools=[tool])
            calls = [block for block in answer.content if block.type == "tool_use"]
            if not calls:
                return told(answer, pieces)
            messages.append({"role": "assistant", "content": [block.to_dict() for block in answer.content]})
            results = [
                {"type": "tool_result", "tool_use_id": call.id, "content": weather(call.input["city"])}
                for call in calls
            ]
            messages.append({"role": "user", "content": results})

    def answer(self, streamed, **request):
        if not streamed:
            return self.api.messages.create(max_tokens=1000, **request), 1
        with self.api.messages.stream(max_tokens=1000, **request) as stream:
            pieces = sum(1 for _ in stream.text_stream)
            return stream.get_final_message(), pieces


def told(answer, pieces):
    usage = answer.usage
    read = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return {
        "text": "".join(block.text for block in answer.content if block.type == "text"),
        "pieces": pieces,
        "usage": {"input": usage.input_tokens + read, "output": usage.output_tokens},
    }


CLIENTS = {"Messages": Messages}
