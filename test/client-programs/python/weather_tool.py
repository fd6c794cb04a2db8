"""The tool `weather` as every client is told of it."""

NAME = "weather"
DESCRIPTION = "Weather of a city"
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string"}},
    "required": ["city"],
}
FUNCTION = {"type": "function", "function": {"name": NAME, "description": DESCRIPTION, "parameters": SCHEMA}}
