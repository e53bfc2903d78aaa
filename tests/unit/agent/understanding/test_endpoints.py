import pytest
from pydantic import SecretStr

from agent.understanding.endpoints import Endpoint, endpoints, parse_fallback
from db.settings import Settings

PRIMARY = Endpoint("gpt", "https://api.openai.com/v1", SecretStr("sk-primary"))


def test_fallbacks_come_in_order_with_their_own_keys() -> None:
    settings = Settings(
        OPENAI_API_KEY="sk-primary",
        OPENAI_MODEL="gpt",
        MODEL_FALLBACKS=["gpt-small@https://api.openai.com/v1", "mistral@https://api.mistral.ai/v1#MISTRAL_KEY"],
    )
    found = endpoints(settings, {"MISTRAL_KEY": "m-key"})
    assert [endpoint.model for endpoint in found] == ["gpt", "gpt-small", "mistral"]
    assert [endpoint.api_key.get_secret_value() for endpoint in found] == ["sk-primary", "sk-primary", "m-key"]
    assert found[2].provider == "api.mistral.ai"


def test_the_primary_key_never_goes_to_another_host() -> None:
    assert parse_fallback("qwen@http://127.0.0.1:8090/v1", PRIMARY, {}).api_key.get_secret_value() == "none"


@pytest.mark.parametrize("text", ["", "qwen", "@http://host/v1", "qwen@nowhere"])
def test_unreadable_fallback(text: str) -> None:
    with pytest.raises(ValueError, match="MODEL_FALLBACKS"):
        parse_fallback(text, PRIMARY, {})
