"""How people, programs and the installation's own admins identify themselves (G24)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, JsonList, Owned, Timestamped


class Credentials:
    """A password (argon2id), an optional second factor, and what failed attempts have led to (R224–R226)."""

    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None]
    """Sealed; counts once ``totp_confirmed_at`` is set."""
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The time step of the last code that was taken: a code opens once."""
    recovery_hashes: Mapped[JsonList] = mapped_column(server_default="[]")
    failed_logins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]


class UserCredentials(Credentials, Timestamped, Owned, Base):
    """How a person of a company signs in; apart from ``users``, so that nothing else ever loads it."""

    __tablename__ = "user_credentials"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index("ix_user_credentials_organization_id", "organization_id"),)


class PlatformAdmin(Credentials, Identified, Timestamped, Base):
    """An admin of the installation: belongs to no company, signs in at a door of his own (R229)."""

    __tablename__ = "platform_admins"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default="true")


class AuthSession(Identified, Base):
    """One sign-in and all tokens that descend from it; revoking it ends them all (R223)."""

    __tablename__ = "auth_sessions"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    platform_admin_id: Mapped[UUID | None] = mapped_column(ForeignKey("platform_admins.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "(user_id is null) <> (platform_admin_id is null) and (user_id is null) = (organization_id is null)",
            name="one_holder",
        ),
        Index("ix_auth_sessions_user_id", "user_id"),
        Index("ix_auth_sessions_platform_admin_id", "platform_admin_id"),
        Index("ix_auth_sessions_organization_id", "organization_id"),
    )


class RefreshToken(Identified, Base):
    """A link in the chain of a session: used once; used twice, it was stolen."""

    __tablename__ = "refresh_tokens"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("auth_sessions.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_refresh_tokens_session_id", "session_id"),)


class PhoneCode(Identified, Base):
    """A code sent to a phone to prove that it is his who says so (R006, C43); counted per phone, not per company."""

    __tablename__ = "phone_codes"

    phone: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    code_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    used_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_phone_codes_phone_created_at", "phone", "created_at"),)


class Invitation(Identified, Owned, Base):
    """A link by which a new member sets his password, once (R014)."""

    __tablename__ = "invitations"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    email: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_invitations_organization_id_created_at", "organization_id", "created_at"),
        Index("ix_invitations_user_id", "user_id"),
    )


class ApiKey(Identified, Owned, Base):
    """A program's key: the prefix is shown, of the secret only its hash is kept (R195)."""

    __tablename__ = "api_keys"

    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]
    scopes: Mapped[JsonList] = mapped_column(server_default="[]")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_api_keys_organization_id_created_at", "organization_id", "created_at"),)
