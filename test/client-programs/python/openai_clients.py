"""The official `openai` package on chat completions and on Responses."""

import json

import openai

import weather_tool


class Client:
    def __init__(self, origin, key):
        self.api = openai.OpenAI(base_url=f"{origin}/v1", api_key=key, max_retries=0)

    def is_rate_limit(self, error):
        return isinstance(error, openai.RateLimitError)


class Chat(Client):
    def ask(self, model, text, streamed):
        answer, pieces = self.answer(streamed, model=model, messages=[{"role": "user", "content": text}])
        return told(answer, pieces)

    def work(self, model, text, streamed, weather):
        messages = [{"role": "user", "content": text}]
        while True:
            answer, pieces = self.answer(streamed, model=model, messages=messages, tools=[weather_tool.FUNCTION])
            message = answer.choices[0].message
            if not message.tool_calls:
                return told(answer, pieces)
            messages.append(message.to_dict())
            for call in message.tool_calls:
                city = json.loads(call.function.arguments)["city"]
                messages.append({"role": "tool", "tool_call_id": call.id, "content": weather(city)})

    def answer(self, streamed, **request):
        if not streamed:
            return self.api.chat.completions.create(**request), 1
        with self.api.chat.completions.stream(stream_options={"include_usage": True}, **request) as stream:
            pieces = sum(event.type == "content.delta" for event in stream)
            return stream.get_final_completion(), pieces


class Responses(Client):
    def ask(self, model, text, streamed):
        answer, pieces = self.answer(streamed, model=model, input=text, store=False)
        return told_response(answer, pieces)

    def work(self, model, text, streamed, weather):
        items = [{"role": "user", "content": text}]
        tool = {
            "type": "function",
            "name": weather_tool.NAME,
            "description": weather_tool.DESCRIPTION,
            "parameters": weather_tool.SCHEMA,
            "strict": False,
        }
        while True:
            answer, pieces = self.answer(
                streamed,
                model=model,
                input=items,
                tools=[tool],
                store=False,
                include=["reasoning.encrypted_content"],
            )
            calls = [item for item in answer.output if item.type == "function_call"]
            if not calls:
                return told_response(answer, pieces)
            items += [item.to_dict() for item in answer.output]
            for call in calls:
                output = weather(json.loads(call.arguments)["city"])
                items.append({"type": "function_call_output", "call_id": call.call_id, "output": output})

    def answer(self, streamed, **request):
        if not streamed:
            return self.api.responses.create(**request), 1
        with self.api.responses.stream(**request) as stream:
            pieces = sum(event.type == "response.output_text.delta" for event in stream)
            return stream.get_final_response(), pieces


def told(answer, pieces):
    usage = answer.usage
    return {
        "text": answer.choices[0].message.content or "",
        "pieces": pieces,
        "usage": {"input": usage.prompt_tokens, "output": usage.completion_tokens} if usage else None,
    }


def told_response(answer, pieces):
    usage = answer.usage
    return {
        "text": answer.output_text,
        "pieces": pieces,
        "usage": {"input": usage.input_tokens, "output": usage.output_tokens} if usage else None,
    }


CLIENTS = {"chat completions": Chat, "Responses": Responses}
