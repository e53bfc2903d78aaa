"""The file of a backup: a tar stream inside age encryption, written and read piece by piece, never whole in memory."""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

import pyrage

from services.backup.schemas import BackupError

Recipient: TypeAlias = "pyrage.x25519.Recipient | pyrage.ssh.Recipient"
Identity: TypeAlias = "pyrage.x25519.Identity | pyrage.ssh.Identity"
_MEDIA_TYPE, _SHA256 = "USTA.type", "USTA.sha256"


@dataclass(frozen=True)
class Entry:
    """One entry: its name, its bytes, and for a stored file its media type and SHA-256."""

    name: str
    content: bytes
    media_type: str = ""
    sha256: str = ""


def recipients_of(keys: Sequence[str]) -> list[Recipient]:
    """Public keys: age's own (``age1…``) or SSH's (``ssh-ed25519 …``, ``ssh-rsa …``). Raises ``BackupError``."""
    if not keys:
        raise BackupError(
            "A backup is always encrypted: set BACKUP_RECIPIENTS or give --recipient (usta backup key makes one)."
        )
    found: list[Recipient] = []
    for key in keys:
        kind = pyrage.ssh.Recipient if key.startswith("ssh-") else pyrage.x25519.Recipient
        try:
            found.append(kind.from_str(key.strip()))
        except pyrage.RecipientError as error:
            raise BackupError(f"{key[:24]}… is no public key of age or SSH: {error}") from error
    return found


def identities_of(text: str) -> list[Identity]:
    """The private keys in an identity file, as age-keygen or ssh-keygen write it. Raises ``BackupError``."""
    try:
        if "PRIVATE KEY" in text:
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        lines = [line.strip() for line in text.splitlines()]
        found: list[Identity] = [pyrage.x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
    except pyrage.IdentityError as error:
        raise BackupError(f"The identity file cannot be read: {error}") from error
    if not found:
        raise BackupError("The identity file holds no key.")
    return found


class Writer:
    """Takes entries in order. Calls come from one task at a time."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    async def add(self, entry: Entry) -> None:
        await asyncio.to_thread(self._add, entry)

    def _add(self, entry: Entry) -> None:
        about = tarfile.TarInfo(entry.name)
        about.size = len(entry.content)
        if entry.sha256:
            about.pax_headers = {_MEDIA_TYPE: entry.media_type, _SHA256: entry.sha256}
        self._tar.addfile(about, io.BytesIO(entry.content))


@asynccontextmanager
async def writing(target: BinaryIO, recipients: Sequence[Recipient]) -> AsyncIterator[Writer]:
    """Encrypts what is added into ``target``, which is complete only once the block has ended without an error."""
    read_end, write_end = os.pipe()
    encrypting = asyncio.create_task(asyncio.to_thread(_encrypt, read_end, target, list(recipients)))
    pipe = os.fdopen(write_end, "wb")
    try:
        with tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            yield Writer(tar)
        await asyncio.to_thread(pipe.close)
    except BrokenPipeError:  # the other side has ended: it says why
        await encrypting
        raise
    finally:
        with suppress(OSError):
            pipe.close()
        await asyncio.wait([encrypting])
    await encrypting


def _encrypt(read_end: int, target: BinaryIO, recipients: list[Recipient]) -> None:
    with os.fdopen(read_end, "rb") as source:
        pyrage.encrypt_io(source, target, recipients)


@asynccontextmanager
async def reading(source: BinaryIO, identities: Sequence[Identity]) -> AsyncIterator[AsyncIterator[Entry]]:
    """The entries of a backup in order. Raises ``BackupError`` when it is cut off, damaged or for other keys."""
    read_end, write_end = os.pipe()
    decrypting = asyncio.create_task(asyncio.to_thread(_decrypt, source, write_end, list(identities)))
    pipe = os.fdopen(read_end, "rb")
    try:
        yield _entries(pipe, decrypting)
    finally:
        pipe.close()  # a side that still writes gets a broken pipe
        await asyncio.wait([decrypting])
        decrypting.exception()


def _decrypt(source: BinaryIO, write_end: int, identities: list[Identity]) -> None:
    with suppress(BrokenPipeError), os.fdopen(write_end, "wb") as target:
        pyrage.decrypt_io(source, target, identities)


async def _entries(pipe: BinaryIO, decrypting: asyncio.Task[None]) -> AsyncIterator[Entry]:
    unpacked = _unpacked(pipe)
    try:
        while (entry := await asyncio.to_thread(next, unpacked, None)) is not None:
            yield entry
    except tarfile.ReadError as error:
        await _say_why(decrypting)
        raise BackupError(f"The backup is damaged: {error}.") from error
    await _say_why(decrypting)


async def _say_why(decrypting: asyncio.Task[None]) -> None:
    try:
        await decrypting
    except pyrage.DecryptError as error:
        raise BackupError(
            f"The backup cannot be opened: {error}. Is it whole, and the identity the right one?"
        ) from error
    except OSError as error:
        raise BackupError(f"The backup is cut off or damaged: {error}.") from error


def _unpacked(pipe: BinaryIO) -> Iterator[Entry]:
    with tarfile.open(fileobj=pipe, mode="r|") as tar:
        for about in tar:
            file = tar.extractfile(about)
            if file is not None:
                headers = about.pax_headers
                yield Entry(about.name, file.read(), headers.get(_MEDIA_TYPE, ""), headers.get(_SHA256, ""))
            tar.members = []  # type: ignore[attr-defined]  # tarfile remembers every header it has seen
    while pipe.read(1 << 20):  # past the end mark of tar: the decryption must reach the end of the file
        pass
