"""Typed settings of the whole product, read from the environment and `.env` (see `.env.example`)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that can be configured. Unset external services fall back to the embedded or simulated ones (DESIGN §9)."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    home: Path = Field(default=Path(".usta"), validation_alias="USTA_HOME")
    """Folder of the embedded database, stored documents and logs."""
    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8000, validation_alias="PORT")
    public_url: str | None = Field(default=None, validation_alias="PUBLIC_URL")
    auth_keys: dict[str, Annotated[SecretStr, Field(min_length=32)]] = Field(
        default_factory=dict, validation_alias="AUTH_KEYS"
    )
    """Keys of sign-ins by key id (JSON): the first signs, all are accepted. Empty = one of this home, simulator only."""
    encryption_keys: dict[str, SecretStr] = Field(default_factory=dict, validation_alias="ENCRYPTION_KEYS")
    """Keys of what is encrypted at rest by key id (JSON, 32 bytes in base64 each): the first seals, all open."""
    password_memory_kib: int = Field(default=65536, ge=1024, validation_alias="PASSWORD_MEMORY_KIB")
    """Memory that hashing one password takes (argon2id, R224)."""
    password_rounds: int = Field(default=3, ge=1, validation_alias="PASSWORD_ROUNDS")
    log_level: str = Field(default="INFO", validation_alias="LOG_LEVEL")

    rate_limits: bool = Field(default=True, validation_alias="RATE_LIMITS")
    """Off only for measurements and tests."""
    requests_per_minute: int = Field(default=100, ge=1, validation_alias="REQUESTS_PER_MINUTE")
    """Of one member, key or admin (R231)."""
    messages_per_minute: int = Field(default=40, ge=1, validation_alias="MESSAGES_PER_MINUTE")
    """Of one phone; who writes more is answered once a minute."""
    model_calls_per_minute: int = Field(default=20, ge=1, validation_alias="MODEL_CALLS_PER_MINUTE")
    """Of one company (R231); beyond it the grammar reads alone until the minute is over."""
    webhooks_per_minute: int = Field(default=6000, ge=1, validation_alias="WEBHOOKS_PER_MINUTE")
    """Of one provider, with the right secret; about half of what one small machine takes (docs/scaling.md)."""
    redis_url: SecretStr | None = Field(default=None, validation_alias="REDIS_URL")
    """redis://… where all API processes count requests together; unset = each counts alone."""
    cors_origins: list[str] = Field(default_factory=list, validation_alias="CORS_ORIGINS")
    """Sites whose pages may call the API from a browser (JSON list: ["https://office.example"]); empty = none."""

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """postgresql://… of any PostgreSQL ≥ 15; unset = embedded PostgreSQL under ``home``."""
    database_pool_size: int = Field(default=20, validation_alias="DATABASE_POOL_SIZE")
    storage_url: str | None = Field(default=None, validation_alias="STORAGE_URL")
    """A folder, s3://bucket/folder or gs://bucket/folder; {tenant} in it makes a bucket per organization."""
    storage_options: dict[str, Any] = Field(default_factory=dict, validation_alias="STORAGE_OPTIONS")
    """More arguments of s3fs or gcsfs, as JSON: {"endpoint_url": "https://…", "key": "…", "secret": "…"}."""
    storage_waiting_folder: Path | None = Field(default=None, validation_alias="STORAGE_WAITING_FOLDER")
    """Where files wait while the object store is down; unset = files-waiting under ``home``."""
    files_secret: SecretStr | None = Field(default=None, validation_alias="FILES_SECRET", min_length=32)
    """Signs our own links to files; unset = a key made once and kept under ``home``."""

    backup_url: str | None = Field(default=None, validation_alias="BACKUP_URL")
    """Where the nightly backup goes: a folder, s3://bucket/folder or gs://bucket/folder; unset = none is made."""
    backup_recipients: list[str] = Field(default_factory=list, validation_alias="BACKUP_RECIPIENTS")
    """Public keys of age or SSH that can open backups (JSON list)."""
    terms_version: str = Field(default="2026-11", min_length=1, max_length=40, validation_alias="TERMS_VERSION")
    """The terms that a registration accepts; a new version with every change of the text (R250)."""
    privacy_notice_version: str = Field(
        default="2026-11", min_length=1, max_length=40, validation_alias="PRIVACY_NOTICE_VERSION"
    )
    """The privacy notice that a registration was shown."""
    terms_url: str | None = Field(default=None, validation_alias="TERMS_URL")
    """Where the terms are read."""
    privacy_notice_url: str | None = Field(default=None, validation_alias="PRIVACY_NOTICE_URL")
    """Where the privacy notice is read."""
    erasure_cooling_days: int = Field(default=7, ge=0, le=90, validation_alias="ERASURE_COOLING_DAYS")
    """How long the erasing of a company waits and can be taken back."""
    backup_keep: int = Field(default=14, ge=0, validation_alias="BACKUP_KEEP")
    """How many backups stay in ``backup_url``; 0 = all of them."""

    unipile_dsn: str | None = Field(default=None, validation_alias="UNIPILE_DSN")
    """Host and port as in Unipile's dashboard ("api1.unipile.com:13111"); unset = the simulator is the channel."""
    unipile_api_key: SecretStr | None = Field(default=None, validation_alias="UNIPILE_API_KEY")
    unipile_webhook_secret: SecretStr | None = Field(default=None, validation_alias="UNIPILE_WEBHOOK_SECRET")
    unipile_webhook_header: str = Field(default="Unipile-Auth", validation_alias="UNIPILE_WEBHOOK_HEADER")
    assistant_phone: str = Field(default="+33180000000", validation_alias="ASSISTANT_PHONE")
    """The assistant's WhatsApp number, E.164."""
    sync_poll_seconds: int = Field(default=300, ge=0, validation_alias="SYNC_POLL_SECONDS")
    """How often each connected account is looked into for what no webhook told (R046); 0 = never."""

    chatwoot_url: str | None = Field(default=None, validation_alias="CHATWOOT_URL")
    """Address of the Chatwoot server (https://chat.example.fr); unset = a simulated one beside the simulated channel."""
    chatwoot_account_id: int | None = Field(default=None, validation_alias="CHATWOOT_ACCOUNT_ID")
    chatwoot_inbox_id: int | None = Field(default=None, validation_alias="CHATWOOT_INBOX_ID")
    """The WhatsApp inbox that artisans write to."""
    chatwoot_token: SecretStr | None = Field(default=None, validation_alias="CHATWOOT_TOKEN")
    """Access token of an administrator of the account."""
    chatwoot_bot_token: SecretStr | None = Field(default=None, validation_alias="CHATWOOT_BOT_TOKEN")
    """Access token of the agent bot that ``usta channels setup-chatwoot`` creates: answers are then the bot's."""
    chatwoot_webhook_secrets: list[SecretStr] = Field(default_factory=list, validation_alias="CHATWOOT_WEBHOOK_SECRETS")
    """Secrets that Chatwoot generated for the webhook and the bot (JSON list)."""
    chatwoot_path_secret: SecretStr | None = Field(default=None, validation_alias="CHATWOOT_PATH_SECRET", min_length=16)
    """Servers before 4.11.2 sign nothing: their webhooks are taken at an address that ends in this secret."""
    chatwoot_file_origins: list[str] = Field(default_factory=list, validation_alias="CHATWOOT_FILE_ORIGINS")
    """Where the server's files may lie besides itself, if not on the open internet by https (JSON list of addresses)."""
    chatwoot_template: str | None = Field(default=None, validation_alias="CHATWOOT_TEMPLATE")
    """"name/language" of the approved template for clients outside the 24 hours (UX-77)."""

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str = Field(default="https://api.openai.com/v1", validation_alias="OPENAI_BASE_URL")
    openai_model: str = Field(default="gpt-5-mini", validation_alias="OPENAI_MODEL")
    model_fallbacks: list[str] = Field(default_factory=list, validation_alias="MODEL_FALLBACKS")
    """More endpoints tried in order, each "model@base_url" or "model@base_url#API_KEY_VARIABLE" (JSON list)."""
    model_timeout_seconds: float = Field(default=12.0, validation_alias="MODEL_TIMEOUT_SECONDS")
    vision_model: str = Field(default="auto", validation_alias="VISION_MODEL")
    """Reads pictures. auto = OPENAI_MODEL where a key is configured; off; or as in MODEL_FALLBACKS."""
    vision_timeout_seconds: float = Field(default=30.0, validation_alias="VISION_TIMEOUT_SECONDS")
    model_daily_spend_eur: Decimal = Field(default=Decimal(2), ge=0, validation_alias="MODEL_DAILY_SPEND_EUR")
    """Most EUR a day that an organization without a limit of its own spends on models (R181); 0 = no model at all."""
    understander: Literal["auto", "grammar", "llm", "hybrid"] = Field(default="auto", validation_alias="UNDERSTANDER")
    """auto = hybrid when a model key is configured, else grammar (DESIGN §5)."""

    transcription: Literal["auto", "openai", "local", "off"] = Field(default="auto", validation_alias="TRANSCRIPTION")
    """Who listens to voice notes. auto = the model folder if given, else the URL if given, else OpenAI with its key."""
    transcription_url: str | None = Field(default=None, validation_alias="TRANSCRIPTION_URL")
    """Base of an endpoint with OpenAI's /audio/transcriptions; unset = OPENAI_BASE_URL."""
    transcription_api_key: SecretStr | None = Field(default=None, validation_alias="TRANSCRIPTION_API_KEY")
    transcription_model: str = Field(default="whisper-1", validation_alias="TRANSCRIPTION_MODEL")
    """A model that answers in verbose_json."""
    transcription_model_path: Path | None = Field(default=None, validation_alias="TRANSCRIPTION_MODEL_PATH")
    """Folder of a faster-whisper model on this machine; needs the extra "whisper"."""
    transcription_threads: int = Field(default=2, ge=1, validation_alias="TRANSCRIPTION_THREADS")
    transcription_timeout_seconds: float = Field(default=60.0, gt=0, validation_alias="TRANSCRIPTION_TIMEOUT_SECONDS")
    """For three minutes of sound at most, retries included."""
    transcription_eur_per_minute: Decimal | None = Field(
        default=None, ge=0, validation_alias="TRANSCRIPTION_EUR_PER_MINUTE"
    )
    """What a minute costs, for the records; unset = the list price of the model if it is known."""

    speech_url: str | None = Field(default=None, validation_alias="SPEECH_URL")
    """Base of an endpoint with OpenAI's /audio/speech; unset = recaps are not spoken."""
    speech_api_key: SecretStr | None = Field(default=None, validation_alias="SPEECH_API_KEY")
    speech_model: str = Field(default="tts-1", validation_alias="SPEECH_MODEL")
    speech_voice: str = Field(default="alloy", validation_alias="SPEECH_VOICE")

    smtp_url: SecretStr | None = Field(default=None, validation_alias="SMTP_URL")
    """smtp://user:password@host:587 (STARTTLS) or smtps://…:465; unset = documents do not go by e-mail."""
    mail_from: str = Field(default="usta@localhost", validation_alias="MAIL_FROM")
    """Sender address of e-mails to clients; replies go to the artisan's company."""

    pdf_accessible: bool = Field(default=False, validation_alias="PDF_ACCESSIBLE")
    """Tagged PDF/A-3a for screen readers instead of PDF/A-3b."""

    einvoicing_enabled: bool = Field(default=False, validation_alias="EINVOICING_ENABLED")
    """Invoices may go to an approved platform; each organization switches it on besides (legal.md §11)."""
    einvoicing_flow_url: str | None = Field(default=None, validation_alias="EINVOICING_FLOW_URL")
    """Base of the platform's Flow service (XP Z12-013), without /v1; unset = the simulated platform."""
    einvoicing_directory_url: str | None = Field(default=None, validation_alias="EINVOICING_DIRECTORY_URL")
    einvoicing_token_url: str | None = Field(default=None, validation_alias="EINVOICING_TOKEN_URL")
    einvoicing_client_id: str | None = Field(default=None, validation_alias="EINVOICING_CLIENT_ID")
    einvoicing_client_secret: SecretStr | None = Field(default=None, validation_alias="EINVOICING_CLIENT_SECRET")
    einvoicing_webhook_key: SecretStr | None = Field(default=None, validation_alias="EINVOICING_WEBHOOK_KEY")
    """Base64 signing key that the platform gave out with the webhook."""
    einvoicing_format: Literal["factur-x", "ubl", "cii"] = Field(
        default="factur-x", validation_alias="EINVOICING_FORMAT"
    )

    company_register_url: str = Field(default="", validation_alias="COMPANY_REGISTER_URL")
    """Base of the API "Recherche d'entreprises" or of a copy of it; unset = the public one, on the simulated channel its
    stand-in; "off" = companies are not looked up."""

    stripe_api_key: SecretStr | None = Field(default=None, validation_alias="STRIPE_API_KEY")
    """Secret key of the Stripe account; unset = nobody pays: an admin activates companies by hand."""
    stripe_webhook_secret: SecretStr | None = Field(default=None, validation_alias="STRIPE_WEBHOOK_SECRET")
    """Signing secret (whsec_…) of the webhook endpoint that ``usta billing setup`` makes."""
    stripe_api_base: str | None = Field(default=None, validation_alias="STRIPE_API_BASE")
    """Another address than Stripe's own, of a proxy for example."""
    billing_simulated: bool = Field(default=False, validation_alias="BILLING_SIMULATED")
    """A simulated Stripe stands in where no key is set; on the simulated channel only."""
    billing_issuer: dict[str, Any] = Field(default_factory=dict, validation_alias="BILLING_ISSUER")
    """Who issues the subscription invoices (JSON): name, legal_form, capital, rcs_city, siret, vat_number, address …"""
    billing_grace_days: int = Field(default=7, ge=0, validation_alias="BILLING_GRACE_DAYS")
    """Days that everything goes on working after a failed payment (C42)."""

    debounce_scale: float = Field(default=1.0, validation_alias="DEBOUNCE_SCALE")
    """Multiplies the waiting times of UX-08; 0 answers every message at once (tests)."""
    client_send_hold_seconds: float = Field(default=15.0, validation_alias="CLIENT_SEND_HOLD_SECONDS")
    """How long a message to a client can still be stopped (UX-45)."""
    send_pace_scale: float = Field(default=1.0, ge=0, validation_alias="SEND_PACE_SCALE")
    """Multiplies the pauses between unasked messages of an account; 0 = neither pauses nor daily limits (tests)."""
    typing_milliseconds: int = Field(default=2000, ge=0, le=20000, validation_alias="TYPING_MILLISECONDS")
    """The longest "is typing" before an answer; short answers show it for less (R052); 0 = never."""
    abandon_after_minutes: int = Field(default=30, validation_alias="ABANDON_AFTER_MINUTES")
    worker_concurrency: int = Field(default=16, validation_alias="WORKER_CONCURRENCY")
    shutdown_seconds: int = Field(default=25, ge=1, validation_alias="SHUTDOWN_SECONDS")
    """How long requests and jobs under way may take to end when a process is told to stop; then jobs are put back."""
    heartbeat_seconds: float = Field(default=10.0, validation_alias="HEARTBEAT_SECONDS")
    """A worker silent for three heartbeats is dead and its jobs are rescued (R095, DESIGN §3)."""

    @property
    def simulated_channel(self) -> bool:
        """True when no Unipile workspace is configured."""
        return self.unipile_dsn is None

    @property
    def chatwoot(self) -> Literal["off", "simulator", "server"]:
        """The second channel: a server when all of it is configured, the simulated one beside the simulated channel."""
        if self.chatwoot_url:
            whole = self.chatwoot_token and self.chatwoot_account_id and self.chatwoot_inbox_id
            return "server" if whole else "off"
        return "simulator" if self.simulated_channel else "off"

    @property
    def einvoicing(self) -> Literal["off", "simulator", "platform"]:
        """Where invoices go. Real artisans' invoices never go to the simulated platform: on a real channel it is off."""
        if not self.einvoicing_enabled:
            return "off"
        if self.einvoicing_flow_url:
            return "platform"
        return "simulator" if self.simulated_channel else "off"

    @property
    def company_register(self) -> Literal["off", "simulator", "api"]:
        """Where the company of a SIRET is looked up. Real artisans are never looked up in the simulated register."""
        if self.company_register_url == "off":
            return "off"
        return "simulator" if self.simulated_channel and not self.company_register_url else "api"

    @property
    def billing(self) -> Literal["off", "simulator", "stripe"]:
        """Who takes subscriptions' money. Real artisans never subscribe at the simulated Stripe."""
        if self.stripe_api_key:
            return "stripe"
        return "simulator" if self.billing_simulated and self.simulated_channel else "off"

    @property
    def transcription_in_use(self) -> Literal["openai", "local", "off"]:
        """An OpenAI-compatible endpoint of a language model need not listen: only OpenAI's own is assumed to."""
        if self.transcription != "auto":
            return self.transcription
        if self.transcription_model_path:
            return "local"
        openai = self.openai_api_key is not None and "//api.openai.com" in self.openai_base_url
        return "openai" if self.transcription_url or openai else "off"

    @property
    def understander_in_use(self) -> Literal["grammar", "llm", "hybrid"]:
        if self.understander != "auto":
            return self.understander
        return "hybrid" if self.openai_api_key else "grammar"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
