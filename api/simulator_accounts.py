"""Control of simulated accounts: the phone that scans a code, and all that happens to a linked number afterwards.

A person's side of WhatsApp and the provider's own troubles; the service learns of them as from the real provider, by
webhooks and answers.
"""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from api.errors import ApiError
from api.simulator import SimulatorDep, only_loopback
from services.messaging.addresses import phone_of_text
from services.messaging.simulator.representation import account_resource
from services.messaging.simulator.state import Account
from services.messaging.simulator.wire import ProviderError

router = APIRouter(prefix="/simulator", tags=["simulator"], dependencies=[Depends(only_loopback)])


class Scan(BaseModel):
    """The phone that scans."""

    phone: str
    name: str | None = None


class CodeScan(Scan):
    """``code`` is the text in the QR code, as a camera reads it."""

    code: str


class Drop(BaseModel):
    """How a connection is lost. ``rescan`` false: the session can come back without a person. ``silent``: no webhook."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["CREDENTIALS", "STOPPED", "ERROR", "CONNECTING"] = "CREDENTIALS"
    rescan: bool = True
    silent: bool = False


@router.get("/accounts")
async def accounts(simulator: SimulatorDep) -> dict[str, Any]:
    """The accounts of the workspace, with the code that waits to be scanned."""
    shown = [account_resource(each) | {"code": each.code} for each in simulator.state.accounts.values()]
    return {"accounts": shown}


@router.post("/scan")
async def scan_code(body: CodeScan, simulator: SimulatorDep) -> dict[str, str]:
    """A phone scans a QR code; 404 when the code is not (or no longer) one of the workspace's."""
    account = simulator.state.account_of_code(body.code)
    if account is None:
        raise ApiError(404, "WhatsApp does not know this code (any more).")
    return await _scanned(account, body, simulator)


@router.post("/accounts/{account_id}/scan")
async def scan(account_id: str, body: Scan, simulator: SimulatorDep) -> dict[str, str]:
    """The artisan scans the code of an account: CREATION_SUCCESS (or RECONNECTED), then OK, then what was missed."""
    return await _scanned(_account(account_id, simulator), body, simulator)


@router.post("/accounts/{account_id}/disconnect")
async def disconnect(account_id: str, simulator: SimulatorDep, body: Drop | None = None) -> dict[str, str]:
    """The connection is lost: sends fail, messages wait at the provider."""
    drop, account = body or Drop(), _account(account_id, simulator)
    simulator.network.disconnect(account, drop.status, resumable=not drop.rescan, silent=drop.silent)
    return _status(account)


@router.post("/accounts/{account_id}/ban")
async def ban(account_id: str, simulator: SimulatorDep) -> dict[str, str]:
    """WhatsApp bans the number: ERROR, and 403 ``account_restricted`` to whoever uses it."""
    account = _account(account_id, simulator)
    simulator.network.ban(account)
    return _status(account)


@router.post("/accounts/{account_id}/recover")
async def recover(account_id: str, simulator: SimulatorDep) -> dict[str, str]:
    """The provider finds its way back by itself, without a scan; a ban ends the same way."""
    account = _account(account_id, simulator)
    simulator.network.resume(account)
    return _status(account)


@router.post("/accounts/{account_id}/expire")
async def expire(account_id: str, simulator: SimulatorDep) -> dict[str, str]:
    """The code that waits runs out now."""
    account = _account(account_id, simulator)
    simulator.state.expire_code(account)
    return {"account_id": account.id}


async def _scanned(account: Account, body: Scan, simulator: SimulatorDep) -> dict[str, str]:
    phone = phone_of_text(body.phone)
    if phone is None:
        raise ApiError(422, "phone is not a phone number.")
    try:
        simulator.network.connect(account, phone, body.name)
    except ProviderError as error:
        raise ApiError(error.status, error.detail) from error
    return _status(account)


def _account(account_id: str, simulator: SimulatorDep) -> Account:
    try:
        return simulator.state.account(account_id)
    except ProviderError as error:
        raise ApiError(error.status, error.detail) from error


def _status(account: Account) -> dict[str, str]:
    return {"account_id": account.id, "status": account.status}
