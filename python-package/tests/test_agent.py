"""Agent frameworks, the real ones, on a gateway that runs: chat, streaming and a tool."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from fake_anthropic import FakeAnthropic
from tokligence import Daemon, Gateway
from tokligence.agent import (
    AutoGenGateway,
    LangChainGateway,
    LlamaIndexGateway,
    OpenAIAgentsGateway,
    gateway_origin,
)

CLAUDE = "claude-3-sonnet-20240229"


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"rain in {city}"


@pytest.fixture
def with_claude(anthropic: FakeAnthropic) -> Any:
    """A gateway that reaches a provider of Anthropic's protocol."""
    gateway = Gateway()
    gateway.override({"providers.anthropic.api_key": "sk-test", "providers.anthropic.base_url": anthropic.base_url})
    gateway.save()
    with Daemon(port=0):
        yield anthropic


def test_langchain_chats_and_streams(running: Daemon) -> None:
    model = LangChainGateway(model="loopback", temperature=0.7)
    answer = model.invoke("one two three")
    assert answer.content == "one two three"
    assert answer.usage_metadata is not None
    chunks = list(model.stream("one two three"))
    assert [chunk.content for chunk in chunks if chunk.content] == ["one", " two", " three"]
    assert any(chunk.usage_metadata for chunk in chunks)


def test_langchain_reaches_a_model_of_anthropic_with_a_tool(with_claude: FakeAnthropic) -> None:
    from langchain_core.messages import HumanMessage, ToolMessage
    from langchain_core.tools import tool

    model = LangChainGateway(model=CLAUDE, max_tokens=100).bind_tools([tool(weather)])
    question = HumanMessage("What is the weather in Paris?")
    answer = model.invoke([question])
    [call] = answer.tool_calls
    assert (call["name"], call["args"]) == ("weather", {"city": "Paris"})
    result = ToolMessage(weather(**call["args"]), tool_call_id=call["id"])
    said = "".join(str(chunk.text) for chunk in model.stream([question, answer, result]))
    assert said == "rain in Paris"
    assert [body["model"] for body in with_claude.calls] == [CLAUDE, CLAUDE]


def test_autogen_talks_with_the_models_that_the_gateway_lists(running: Daemon) -> None:
    from autogen import AssistantAgent, UserProxyAgent

    config_list = AutoGenGateway.get_config_list()
    assert config_list == [
        {"model": "loopback", "base_url": f"{running.base_url}/v1", "api_key": "any", "api_type": "openai"}
    ]
    assistant = AssistantAgent("assistant", llm_config={"config_list": config_list, "cache_seed": None})
    user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    chat = user.initiate_chat(assistant, message="one two three", max_turns=1)
    assert chat.chat_history[-1]["content"] == "one two three"


def test_autogen_calls_a_tool_with_a_model_of_anthropic(with_claude: FakeAnthropic) -> None:
    from autogen import AssistantAgent, UserProxyAgent, register_function

    [entry] = AutoGenGateway.get_config_list([CLAUDE])
    llm_config = {"config_list": [{**entry, "stream": True}], "cache_seed": None}
    assistant = AssistantAgent("assistant", llm_config=llm_config)
    user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    register_function(weather, caller=assistant, executor=user, description="Tell the weather of a city.")
    chat = user.initiate_chat(assistant, message="What is the weather in Paris?", max_turns=2)
    assert chat.chat_history[-1]["content"] == "rain in Paris"


def test_the_openai_agents_sdk_runs_an_agent_with_a_tool(with_claude: FakeAnthropic) -> None:
    from agents import Agent, Runner, function_tool

    agent = Agent(name="forecaster", model=OpenAIAgentsGateway(CLAUDE), tools=[function_tool(weather)])
    done = Runner.run_sync(agent, "What is the weather in Paris?")
    assert done.final_output == "rain in Paris"

    async def streamed() -> str:
        run = Runner.run_streamed(agent, "What is the weather in Paris?")
        async for _ in run.stream_events():
            pass
        return str(run.final_output)

    assert asyncio.run(streamed()) == "rain in Paris"


def test_llamaindex_completes_streams_and_calls_a_tool(with_claude: FakeAnthropic) -> None:
    from llama_index.core.tools import FunctionTool

    llm = LlamaIndexGateway(CLAUDE)
    assert llm.complete("one two three").text == "one two three"
    assert [part.delta for part in llm.stream_complete("one two three") if part.delta] == ["one", " two", " three"]
    tool = FunctionTool.from_defaults(fn=weather)
    assert llm.predict_and_call([tool], "What is the weather in Paris?").response == "rain in Paris"


def test_a_key_of_the_gateway_is_taken_from_the_argument_or_the_environment(
    running: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKLIGENCE_API_KEY", "from-environment")
    [entry] = AutoGenGateway.get_config_list(["m"])
    assert entry["api_key"] == "from-environment"
    [entry] = AutoGenGateway.get_config_list(["m"], api_key="said", base_url="https://gateway.example/v1/")
    assert (entry["api_key"], entry["base_url"]) == ("said", "https://gateway.example/v1")


def test_a_bare_text_is_never_taken_for_models_of_one_letter() -> None:
    with pytest.raises(TypeError, match=r"models: \['loopback'\], not 'loopback'"):
        AutoGenGateway.get_config_list("loopback")


def test_without_a_gateway_that_runs_the_default_address_is_meant() -> None:
    assert gateway_origin() == "http://127.0.0.1:8081"


@pytest.mark.parametrize(
    ("package", "make", "help_"),
    [
        ("langchain_openai", LangChainGateway, r'pip install "tokgateway\[agent\]"'),
        ("agents", OpenAIAgentsGateway, "pip install openai-agents"),
        ("llama_index.llms.openai_like", LlamaIndexGateway, "pip install llama-index-llms-openai-like"),
    ],
)
def test_a_package_that_is_missing_is_named(
    package: str, make: Any, help_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=help_):
        make("loopback")
