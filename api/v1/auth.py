"""How a company comes in (register, verify the phone), and how an invited member does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi import Body as Example
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import CallerDep, KeysDep, PrincipalDep, allowed, public
from api.v1.bodies import Body, Email, GivenPassword, Name, Phone
from api.v1.sign_in import confirm_password, new_hash
from db.models import PhoneCode
from db.repositories.accounts import get_organization
from services.identity import members, phone_codes, recovery, registration
from services.identity.registration import Registration, Taken
from services.privacy import consents

router = APIRouter(
    prefix="/api/v1/auth",
    tags=["sign-in"],
    responses=errors(400, 409),
)
Version = Annotated[str, Field(min_length=1, max_length=40, examples=["2026-11"])]
_REGISTRATION: dict[str, Any] = {
    "plumber": {
        "summary": "Plombier",
        "value": {
            "company": "KB Plomberie",
            "first_name": "Karim",
            "last_name": "Benali",
            "email": "karim@example.com",
            "phone": "06 12 34 56 78",
            "password": "correct horse battery",
            "language": "fr",
            "terms_version": "2026-11",
            "privacy_notice_version": "2026-11",
        },
    }
}


class RegisterBody(Body):
    """The owner and his company; SIRET, insurance and the rest are told later, in the chat or through the profile.

    The versions are those of ``GET /auth/terms``: whoever registers accepts these terms and was shown this notice.
    """

    company: Name
    email: Email
    phone: Phone
    password: GivenPassword
    first_name: Name | None = None
    last_name: Name | None = None
    language: Literal["fr", "tr"] = "fr"
    terms_version: Version
    privacy_notice_version: Version


class TermsAnswer(BaseModel):
    """The texts in force, and where they are read."""

    model_config = ConfigDict(from_attributes=True)

    terms_version: str
    privacy_notice_version: str
    terms_url: str | None
    privacy_notice_url: str | None


class VerificationAnswer(BaseModel):
    """A code is on its way to the phone; ``verification_id`` goes back with it."""

    verification_id: UUID
    expires_at: datetime


class VerifyBody(Body):
    """The code of the WhatsApp message."""

    verification_id: UUID = Field(examples=["0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e"])
    code: str = Field(min_length=1, max_length=20, examples=["042517"])


class ForgotBody(Body):
    """Whose password is forgotten."""

    email: Email


class ResetBody(VerifyBody):
    """The code of the WhatsApp message, and the password from now on."""

    password: GivenPassword


class ResendBody(Body):
    """The verification to replace."""

    verification_id: UUID = Field(examples=["0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e"])


class VerifiedAnswer(BaseModel):
    """The account after its phone is verified: "pending" until it is paid for (C43)."""

    organization_id: UUID
    status: Literal["pending", "active", "suspended", "erased"]


class PhoneBody(Body):
    """The command phone to have from now on."""

    phone: Phone
    password: GivenPassword


class InvitationShown(BaseModel):
    """What a link invites to."""

    company: str
    email: str
    role: Literal["OWNER", "ADMIN", "MANAGER", "AGENT", "VIEWER"]
    expires_at: datetime


class AcceptBody(Body):
    """The link's token and the password to sign in with from now on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": "eyJhbGciOi…", "password": "correct horse battery"}]}
    )

    token: str = Field(min_length=1, max_length=2000)
    password: GivenPassword
    first_name: Name | None = None
    last_name: Name | None = None


@router.get("/terms", dependencies=[public("what everybody may read before he registers")])
async def read_terms(request: Request) -> TermsAnswer:
    """The versions of the terms and of the privacy notice that a registration accepts."""
    return TermsAnswer.model_validate(consents.texts(request.app.state.settings))


@router.post("/register", status_code=202, dependencies=[public("opens an account that can do nothing yet")])
async def register(
    request: Request,
    keys: KeysDep,
    caller: CallerDep,
    body: Annotated[RegisterBody, Example(openapi_examples=_REGISTRATION)],
) -> VerificationAnswer:
    """Opens a pending account and sends a code to the phone by WhatsApp.

    Registering again before the phone is verified replaces what was said. 409 when the e-mail or the phone has an
    account, 422 when other texts were accepted than those in force, 429 while another code may not leave yet.
    """
    shown = consents.texts(request.app.state.settings)
    try:
        consents.check(shown, body.terms_version, body.privacy_notice_version)
    except consents.OtherVersion as error:
        detail = ErrorDetail(field=error.field, message=f"is not in force: {error.wanted} is")
        raise ApiError(422, "The texts changed: read them again.", [detail]) from error
    hashed = await new_hash(request, body.password, "password", body.email, body.company)
    wanted = Registration(**body.model_dump(exclude={"password", "terms_version", "privacy_notice_version"}))
    async with request.app.state.database.system() as session:
        try:
            _, code = await registration.register(session, keys, wanted, shown, hashed, caller, datetime.now(UTC))
        except Taken as error:
            detail = ErrorDetail(field=error.field, message="has an account already")
            raise ApiError(409, "There is an account already: sign in.", [detail]) from error
        except (phone_codes.NotNow, phone_codes.NoSender) as error:
            raise _unsent(error) from error
        return _sent(code)


@router.post("/register/resend", status_code=202, dependencies=[public("a verification that waits; few codes a day")])
async def resend(request: Request, keys: KeysDep, body: ResendBody) -> VerificationAnswer:
    """Sends another code in place of the last one. 400 when no code is awaited."""
    async with request.app.state.database.system() as session:
        try:
            code = await registration.resend(session, keys, body.verification_id, datetime.now(UTC))
        except (phone_codes.NotNow, phone_codes.NoSender) as error:
            raise _unsent(error) from error
    if code is None:
        raise ApiError(400, "No code is awaited: register again.")
    return _sent(code)


@router.post("/verify", dependencies=[public("the code sent to the phone, a few attempts")])
async def verify(request: Request, keys: KeysDep, caller: CallerDep, body: VerifyBody) -> VerifiedAnswer:
    """Takes the code: the phone gives orders from now on, and its owner may sign in. 400 when it is wrong or too old."""
    async with request.app.state.database.system() as session:
        found = await registration.verify_phone(
            session, keys, body.verification_id, body.code, caller, datetime.now(UTC)
        )
    if found is None:
        raise _wrong_code()
    return VerifiedAnswer.model_validate({"organization_id": found[1].id, "status": found[1].status})


@router.post("/password/forgot", status_code=202, dependencies=[public("sends a code to the verified phone alone")])
async def forgot_password(request: Request, keys: KeysDep, caller: CallerDep, body: ForgotBody) -> VerificationAnswer:
    """Sends a code to the phone of the account with this e-mail. The answer is the same where there is none."""
    async with request.app.state.database.system() as session:
        sent, until = await recovery.forgot(session, keys, body.email, caller, datetime.now(UTC))
    return VerificationAnswer(verification_id=sent, expires_at=until)


@router.post(
    "/password/reset",
    status_code=204,
    response_class=Response,
    dependencies=[public("the code sent to the phone, a few attempts")],
)
async def reset_password(request: Request, keys: KeysDep, caller: CallerDep, body: ResetBody) -> None:
    """Sets a new password with the code and ends every session. 400 when the code is wrong or too old."""
    hashed = await new_hash(request, body.password, "password")
    async with request.app.state.database.system() as session:
        found = await recovery.reset(session, keys, body.verification_id, body.code, hashed, caller, datetime.now(UTC))
    if found is None:
        raise _wrong_code()


@router.post(
    "/phone",
    status_code=202,
    dependencies=[allowed("self")],
)
async def change_phone(
    request: Request, keys: KeysDep, principal: PrincipalDep, caller: CallerDep, body: PhoneBody
) -> VerificationAnswer:
    """Changes one's own command phone: it gives orders once its code came back through ``/auth/verify``."""
    await confirm_password(request, principal, caller, body.password)
    async with request.app.state.database.system() as session:
        try:
            code = await registration.change_phone(session, keys, principal.id, body.phone, datetime.now(UTC))
        except Taken as error:
            detail = ErrorDetail(field="phone", message="has an account already")
            raise ApiError(409, "Somebody has this phone already.", [detail]) from error
        except (phone_codes.NotNow, phone_codes.NoSender) as error:
            raise _unsent(error) from error
        return _sent(code)


@router.get("/invitation", dependencies=[public("a signed link, valid once")], responses=errors(404))
async def read_invitation(
    request: Request, keys: KeysDep, token: Annotated[str, Query(max_length=2000)]
) -> InvitationShown:
    """Who invites, and as what. 404 for a link that opens nothing (any more)."""
    async with request.app.state.database.system() as session:
        found = await _invitation(session, keys, token)
        company = (await get_organization(session, found.organization_id)).name
        return InvitationShown.model_validate(
            {"company": company, "email": found.email, "role": found.role, "expires_at": found.expires_at}
        )


@router.post(
    "/invitation",
    status_code=204,
    response_class=Response,
    dependencies=[public("a signed link, valid once")],
    responses=errors(404),
)
async def accept_invitation(request: Request, keys: KeysDep, body: AcceptBody) -> None:
    """Sets the password of the invited member, who signs in with it then. The link opens nothing after that."""
    async with request.app.state.database.system() as session:
        email = (await _invitation(session, keys, body.token)).email
    hashed = await new_hash(request, body.password, "password", email)
    now = datetime.now(UTC)
    async with request.app.state.database.system() as session:
        user = await members.accept(session, await _invitation(session, keys, body.token), now)
        user.first_name, user.last_name = body.first_name or user.first_name, body.last_name or user.last_name
        await registration.set_password(session, user, hashed, now)


async def _invitation(session: AsyncSession, keys: KeysDep, token: str) -> Any:
    found = await members.invitation_of(session, keys, token, datetime.now(UTC))
    if found is None:
        raise ApiError(404, "This link opens nothing any more: ask for a new one.")
    return found


def _wrong_code() -> ApiError:
    return ApiError(400, "The code is wrong or too old.", [ErrorDetail(field="code", message="wrong or too old")])


def _sent(code: PhoneCode) -> VerificationAnswer:
    return VerificationAnswer(verification_id=code.id, expires_at=code.expires_at)


def _unsent(error: phone_codes.NotNow | phone_codes.NoSender) -> ApiError:
    if isinstance(error, phone_codes.NotNow):
        return ApiError(429, "Too many codes: wait a little.", headers={"Retry-After": str(error.seconds)})
    return ApiError(503, "The assistant has no WhatsApp number yet, so no code can leave.")
