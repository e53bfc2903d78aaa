"""What S3 and Google Cloud Storage do differently: how metadata goes along, how a bucket is made, how a URL is signed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from services.storage.keys import content_type_of
from services.storage.stores import Bucket, Folder, Store, Stored

_PATIENT = {"connect_timeout": 3, "read_timeout": 15, "retries": {"max_attempts": 1}}
"""Of botocore, seconds; whoever waits for a file waits for the answer of a store that is down, too."""
_RETRIES = 2
_SAFE = {"use_listings_cache": False, "skip_instance_cache": True}
"""A listing must be true, and a file system must not be shared with code that configured it otherwise."""


def store_at(url: str, options: dict[str, Any] | None = None) -> Store:
    """The store of a URL: a folder, ``s3://bucket/folder`` or ``gs://bucket/folder``.

    ``options`` go to s3fs or gcsfs. Raises ImportError when the package of that scheme is not installed, and
    ValueError for a scheme that Usta does not speak.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return Folder(url)
    if scheme == "file":
        return Folder(rest)
    if scheme == "s3":
        return S3.at(rest, options or {})
    if scheme in ("gs", "gcs"):
        return Google.at(rest, options or {})
    raise ValueError(f"{scheme}:// is not a store: give a folder, s3:// or gs://")


class S3(Bucket):
    """Amazon S3 and what speaks like it (MinIO, OVH, Scaleway): metadata as headers of the object."""

    @classmethod
    def at(cls, root: str, options: dict[str, Any]) -> S3:
        from s3fs import S3FileSystem

        files = S3FileSystem(**{"config_kwargs": _PATIENT, **options, **_SAFE})
        files.retries = _RETRIES
        return cls(files, root)

    async def read(self, path: str) -> Stored:
        return await self._there(self._read(path))

    async def link(self, path: str, filename: str, lifetime: timedelta, *, inline: bool) -> str | None:
        signed: str = await self._there(
            self.files._url(
                path,
                expires=int(lifetime.total_seconds()),
                ResponseContentDisposition=disposition(filename, inline=inline),
            )
        )
        return signed

    def _put(self, path: str, file: Stored) -> Coroutine[Any, Any, Any]:
        about = {"sha256": file.sha256 or ""}
        work: Coroutine[Any, Any, Any] = self.files._pipe_file(
            path, file.content, ContentType=file.content_type, Metadata=about
        )
        return work

    async def _read(self, path: str) -> Stored:
        bucket, _, key = path.partition("/")
        answer = await self.files._call_s3("get_object", Bucket=bucket, Key=key)
        async with answer["Body"] as body:
            content = await body.read()
        kind = answer.get("ContentType") or content_type_of(path)
        return Stored(content, kind, answer.get("Metadata", {}).get("sha256") or None)

    def _make_bucket(self, bucket: str) -> Coroutine[Any, Any, Any]:
        work: Coroutine[Any, Any, Any] = self.files._mkdir(bucket)
        return work

    def _modified(self, info: dict[str, Any]) -> datetime:
        moment: datetime = info["LastModified"]
        return moment


class Google(Bucket):
    """Google Cloud Storage: metadata as fields of the object."""

    @classmethod
    def at(cls, root: str, options: dict[str, Any]) -> Google:
        # The class itself: the one that gs:// resolves to first asks for the kind of bucket over gRPC, for up to 60 s.
        from gcsfs.core import GCSFileSystem

        return cls(GCSFileSystem(**{"requests_timeout": _PATIENT["read_timeout"], **options, **_SAFE}), root)

    async def read(self, path: str) -> Stored:
        content, info = await asyncio.gather(
            self._there(self.files._cat_file(path)), self._there(self.files._info(path))
        )
        kind = info.get("contentType") or content_type_of(path)
        return Stored(content, kind, (info.get("metadata") or {}).get("sha256") or None)

    async def link(self, path: str, filename: str, lifetime: timedelta, *, inline: bool) -> str | None:
        return str(
            await asyncio.to_thread(
                self.files.sign,
                path,
                int(lifetime.total_seconds()),
                version="v4",
                response_disposition=disposition(filename, inline=inline),
            )
        )

    def _put(self, path: str, file: Stored) -> Coroutine[Any, Any, Any]:
        about = {"sha256": file.sha256 or ""}
        work: Coroutine[Any, Any, Any] = self.files._pipe_file(
            path, file.content, content_type=file.content_type, metadata=about
        )
        return work

    def _make_bucket(self, bucket: str) -> Coroutine[Any, Any, Any]:
        work: Coroutine[Any, Any, Any] = self.files._mkdir(bucket)
        return work

    def _modified(self, info: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(str(info["updated"]))


def disposition(filename: str, *, inline: bool = False) -> str:
    """The Content-Disposition of a file, with any name (RFC 6266)."""
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(filename)}"
