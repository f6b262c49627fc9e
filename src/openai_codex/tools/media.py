"""Images and audio that a tool returns, as the data URLs that the runtime takes."""

from __future__ import annotations

import base64
import mimetypes
import os
from pathlib import Path
from typing import ClassVar

__all__ = ["Media", "ToolAudio", "ToolImage"]

_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
)


class Media:
    """One piece of media as a data URL, `url`.

    Give `data` (the bytes), `path` (a file, read at once) or `url` (a data URL; the runtime refuses
    remote ones). `mime` is found from the bytes or the file's name where possible. Raises
    ValueError when it is not, and OSError when the file cannot be read.
    """

    wire_type: ClassVar[str]
    wire_field: ClassVar[str]

    def __init__(
        self,
        data: bytes | None = None,
        *,
        path: str | os.PathLike[str] | None = None,
        url: str | None = None,
        mime: str | None = None,
    ) -> None:
        if sum(source is not None for source in (data, path, url)) != 1:
            raise ValueError(f"{type(self).__name__} takes one of data=, path= and url=")
        if url is not None:
            self.url = _checked_url(url)
            return
        content = data if data is not None else Path(path or "").read_bytes()
        kind = mime or _signature(content) or (mimetypes.guess_type(path)[0] if path else None)
        if kind is None:
            raise ValueError("the kind of media is not clear from its bytes: give mime=")
        self.url = f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"

    def to_wire(self) -> dict[str, str]:
        """Return the content item for the wire."""
        return {"type": self.wire_type, self.wire_field: self.url}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.url[:40]!r}…)"


class ToolImage(Media):
    """An image for the model: PNG, JPEG, GIF or WebP."""

    wire_type = "inputImage"
    wire_field = "imageUrl"


class ToolAudio(Media):
    """A sound for a model that takes audio input; others get a note in its place."""

    wire_type = "inputAudio"
    wire_field = "audioUrl"


def _checked_url(url: str) -> str:
    if not url.startswith("data:"):
        raise ValueError(
            "the runtime takes no remote URL in a tool's result: fetch it and give data="
        )
    return url


def _signature(content: bytes) -> str | None:
    for offset, signature, mime in _SIGNATURES:
        if content[offset : offset + len(signature)] == signature:
            return mime
    return None
