"""Settings from the environment; every name starts with HOTLINE_ except the three well-known URLs and TWILIO_*."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What a process must know before it can reach PostgreSQL. Durations in seconds."""

    model_config = SettingsConfigDict(env_prefix="HOTLINE_", extra="ignore", populate_by_name=True)

    database_url: str = Field("", repr=False, validation_alias=AliasChoices("DATABASE_URL", "HOTLINE_DATABASE_URL"))
    redis_url: str = Field("", repr=False, validation_alias=AliasChoices("REDIS_URL", "HOTLINE_REDIS_URL"))
    ami_url: str = Field("", repr=False, validation_alias=AliasChoices("AMI_URL", "HOTLINE_AMI_URL"))

    twilio_account_sid: str = Field(
        "", validation_alias=AliasChoices("TWILIO_ACCOUNT_SID", "HOTLINE_TWILIO_ACCOUNT_SID")
    )
    twilio_auth_token: str = Field(
        "", repr=False, validation_alias=AliasChoices("TWILIO_AUTH_TOKEN", "HOTLINE_TWILIO_AUTH_TOKEN")
    )
    twilio_api_url: str = "https://api.twilio.com"
    """Where Twilio's API is; another one is for tests."""

    domain: str = "main"
    region: str = "CN"
    """Country (ISO 3166 alpha-2) whose dialling rules apply to numbers without a country code."""

    var_dir: Path = ROOT / "var"
    http_host: str = "127.0.0.1"
    http_port: int = 8700
    public_url: str = ""
    softphone_ws_url: str = ""
    """Where a browser phone reaches Asterisk (ws:// or wss://); empty: voice is off."""
    sip_domain: str = "hotline.local"
    pbx_agents_file: str = ""
    """The include file of our own Asterisk into which agents' endpoints are rendered; empty: not ours."""
    menu_dir: Path = ROOT / "telephony" / "menu" / "demo"
    """Where the menus (``*.yaml``) stand."""
    pbx_media_address: str = "127.0.0.1"
    """Where our own Asterisk sends and takes agents' media; empty: on every address that it has."""
    dial_out: str = "PJSIP/{number}@hotline-trunk"
    """How the PBX reaches a customer's ``{number}`` (E.164; ``{digits}``: without the plus)."""
    dial_allowed: str = r"\+[1-9][0-9]{6,14}"
    """The numbers (a regular expression, whole) that may be called."""
    dial_caller_id: str = ""
    """The number that customers see whom we call; empty: the one that they had called."""
    pbx_state_file: str = ""
    """JSON {"voice": bool, "reason": str, …} that the supervisor writes; the console shows it."""

    demo: bool = False
    """The demo company: its page with the browser phone of a customer, and lists of its sign-ins."""
    log_format: str = "text"
    log_level: str = "INFO"
    session_hours: int = 12
    web_processes: int = 1

    @property
    def has_twilio(self) -> bool:
        """Whether there are credentials for Twilio; without them its accounts behave as the console's."""
        return bool(self.twilio_account_sid and self.twilio_auth_token)

    @property
    def base_url(self) -> str:
        """The address under which people and webhooks' receivers know this installation."""
        return self.public_url or f"http://{self.http_host}:{self.http_port}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()  # type: ignore[call-arg]
