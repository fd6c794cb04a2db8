"""LangChain with each of its model packages; the tools bound, their results sent as tool messages."""

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_openai import ChatOpenAI

import weather_tool


class Client:
    def __init__(self, origin, key):
        self.origin = origin
        self.key = key

    def is_rate_limit(self, error):
        return "429" in str(error)

    def ask(self, model, text, streamed):
        answer, pieces = answer_of(self.chat(model), [HumanMessage(text)], streamed)
        return told(answer, pieces)

    def work(self, model, text, streamed, weather):
        chat = self.chat(model).bind_tools([weather_tool.FUNCTION])
        messages = [HumanMessage(text)]
        while True:
            answer, pieces = answer_of(chat, messages, streamed)
            if not answer.tool_calls:
                return told(answer, pieces)
            messages.append(answer)
            for call in answer.tool_calls:
                result = weather(call["args"]["city"])
                messages.append(ToolMessage(result, tool_call_id=call["id"], name=call["name"]))


class Chat(Client):
    def chat(self, model):
        return ChatOpenAI(
            model=model, base_url=f"{self.origin}/v1", api_key=self.key, max_retries=0, stream_usage=True
        )


class Responses(Client):
    def chat(self, model):
        return ChatOpenAI(
            model=model,
            base_url=f"{self.origin}/v1",
            api_key=self.key,
            max_retries=0,
            use_responses_api=True,
            store=False,
            include=["reasoning.encrypted_content"],
        )


class Messages(Client):
    def chat(self, model):
        return ChatAnthropic(model=model, base_url=self.origin, api_key=self.key, max_retries=0, max_tokens=1000)


class Gemini(Client):
    def chat(self, model):
        return ChatGoogleGenerativeAI(model=model, base_url=self.origin, google_api_key=self.key, max_retries=1)


def answer_of(chat, messages, streamed):
    if not streamed:
        return chat.invoke(messages), 1
    answer, pieces = None, 0
    for chunk in chat.stream(messages):
        pieces += chunk.text != ""
        answer = chunk if answer is None else answer + chunk
    return answer, pieces


def told(answer, pieces):
    usage = answer.usage_metadata
    counts = {"input": usage["input_tokens"], "output": usage["output_tokens"]} if usage else None
    return {"text": str(answer.text), "pieces": pieces, "usage": counts}


CLIENTS = {"chat completions": Chat, "Responses": Responses, "Messages": Messages, "Gemini": Gemini}
