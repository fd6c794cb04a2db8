"""The official `google-genai` package; the model's parts go back as they came."""

from google import genai
from google.genai import errors, types

import weather_tool


class Gemini:
    def __init__(self, origin, key):
        # Kept, since the client closes its connections when nothing refers to it.
        self.client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=origin))
        self.models = self.client.models

    def is_rate_limit(self, error):
        return isinstance(error, errors.ClientError) and error.code == 429

    def ask(self, model, text, streamed):
        return told(*self.answer(streamed, model=model, contents=text))

    def work(self, model, text, streamed, weather):
        declaration = types.FunctionDeclaration(
            name=weather_tool.NAME,
            description=weather_tool.DESCRIPTION,
            parameters_json_schema=weather_tool.SCHEMA,
        )
        config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declaration])])
        contents = [types.Content(role="user", parts=[types.Part(text=text)])]
        while True:
            parts, pieces, usage = self.answer(streamed, model=model, contents=contents, config=config)
            calls = [part.function_call for part in parts if part.function_call]
            if not calls:
                return told(parts, pieces, usage)
            contents.append(types.Content(role="model", parts=parts))
            results = [
                types.Part(
                    function_response=types.FunctionResponse(
                        id=call.id, name=call.name, response={"output": weather(call.args["city"])}
                    )
                )
                for call in calls
            ]
            contents.append(types.Content(role="user", parts=results))

    def answer(self, streamed, **request):
        if streamed:
            answers = self.models.generate_content_stream(**request)
        else:
            answers = [self.models.generate_content(**request)]
        parts, pieces, usage, finish = [], 0, None, None
        for answer in answers:
            candidate = answer.candidates[0]
            here = (candidate.content and candidate.content.parts) or []
            parts += here
            pieces += any(part.text and not part.thought for part in here)
            usage = answer.usage_metadata or usage
            finish = candidate.finish_reason or finish
        # This client takes a stream that just stops for a whole one: only the missing reason tells.
        if finish is None:
            raise ValueError("the answer has no finish_reason")
        return parts, pieces, usage


def told(parts, pieces, usage):
    output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return {
        "text": "".join(part.text or "" for part in parts if not part.thought),
        "pieces": pieces,
        "usage": {"input": usage.prompt_token_count, "output": output},
    }


CLIENTS = {"Gemini": Gemini}
