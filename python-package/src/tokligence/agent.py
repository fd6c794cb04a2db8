"""Agent frameworks on this gateway: what each calls its model, pointed here. Each is imported when it is asked for.

`base_url` is the gateway's address, else where this machine's runs, else http://127.0.0.1:8081. `api_key` is a key
of the gateway, else TOKLIGENCE_API_KEY, else a word, since a personal gateway asks for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokligence._http import ask_http, checked_key, checked_origin
from tokligence._operation import texts
from tokligence.daemon import Daemon
from tokligence.errors import ExecutableError, TokligenceError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents import OpenAIChatCompletionsModel
    from langchain_openai import ChatOpenAI
    from llama_index.llms.openai_like import OpenAILike

__all__ = ["AutoGenGateway", "LangChainGateway", "LlamaIndexGateway", "OpenAIAgentsGateway"]

DEFAULT_ADDRESS = "http://127.0.0.1:8081"


def LangChainGateway(  # noqa: N802  As the specification spells it: what it makes is an instance.
    model: str, *, base_url: str | None = None, api_key: str | None = None, **settings: Any
) -> ChatOpenAI:
    """Make LangChain's `ChatOpenAI` for any model of the gateway, whoever provides it; settings are its own."""
    try:
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr
    except ImportError as error:
        raise _missing("LangChainGateway", "langchain-openai", error) from error
    chosen = {"stream_usage": True, **settings}
    key = SecretStr(_key(api_key))
    return ChatOpenAI(model=model, base_url=f"{gateway_origin(base_url)}/v1", api_key=key, **chosen)


class AutoGenGateway:
    """AutoGen's list of models."""

    @staticmethod
    def get_config_list(
        models: Sequence[str] | None = None, *, base_url: str | None = None, api_key: str | None = None
    ) -> list[dict[str, Any]]:
        """Give an entry for each of these models, else for each that the gateway lists to this key."""
        origin, key = gateway_origin(base_url), _key(api_key)
        names = _listed(origin, key) if models is None else texts("models", models)
        return [{"model": name, "base_url": f"{origin}/v1", "api_key": key, "api_type": "openai"} for name in names]


def OpenAIAgentsGateway(  # noqa: N802
    model: str, *, base_url: str | None = None, api_key: str | None = None
) -> OpenAIChatCompletionsModel:
    """Make the `model` of an `Agent` of the OpenAI Agents SDK."""
    try:
        from agents import OpenAIChatCompletionsModel
        from openai import AsyncOpenAI
    except ImportError as error:
        raise _missing("OpenAIAgentsGateway", "openai-agents", error) from error
    client = AsyncOpenAI(base_url=f"{gateway_origin(base_url)}/v1", api_key=_key(api_key))
    return OpenAIChatCompletionsModel(model=model, openai_client=client)


def LlamaIndexGateway(  # noqa: N802
    model: str, *, base_url: str | None = None, api_key: str | None = None, **settings: Any
) -> OpenAILike:
    """Make LlamaIndex's `OpenAILike` for any model of the gateway; settings are that class's own."""
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError as error:
        raise _missing("LlamaIndexGateway", "llama-index-llms-openai-like", error) from error
    chosen = {"is_chat_model": True, "is_function_calling_model": True, **settings}
    return OpenAILike(model=model, api_base=f"{gateway_origin(base_url)}/v1", api_key=_key(api_key), **chosen)


def gateway_origin(base_url: str | None = None) -> str:
    """Give the address that was said, else that of the gateway that runs on this machine, else the default one."""
    if base_url is not None:
        return checked_origin(base_url)
    try:
        return Daemon().base_url
    except (UnavailableError, ExecutableError):
        return DEFAULT_ADDRESS


def _key(api_key: str | None) -> str:
    return checked_key(api_key) or "any"


def _listed(origin: str, key: str) -> list[str]:
    listed = ask_http(origin, key, "GET", "/v1/models", {}).get("data")
    if not isinstance(listed, list):
        raise TokligenceError(f"{origin} lists no models: it is no gateway.")
    return [model["id"] for model in listed]


def _missing(name: str, package: str, error: ImportError) -> ImportError:
    extra = 'pip install "tokgateway[agent]"' if package == "langchain-openai" else f"pip install {package}"
    return ImportError(f"{name} needs the package {package}: {extra}", name=error.name)
