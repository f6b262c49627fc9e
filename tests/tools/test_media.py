from __future__ import annotations

import base64
from pathlib import Path

import pytest

from openai_codex.tools import ToolAudio, ToolImage

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_bytes_become_a_data_url_of_the_kind_that_they_show() -> None:
    image = ToolImage(PNG)
    assert image.to_wire() == {
        "type": "inputImage",
        "imageUrl": f"data:image/png;base64,{base64.b64encode(PNG).decode()}",
    }
    assert repr(image) == "ToolImage(url='data:image/png;base64,iVBORw0KGgoAAAANSU'…)"


def test_audio_has_its_own_item() -> None:
    wire = ToolAudio(b"RIFF\x00\x00\x00\x00WAVEfmt ").to_wire()
    assert wire["type"] == "inputAudio"
    assert wire["audioUrl"].startswith("data:audio/wav;base64,")


def test_a_file_is_read_at_once_and_its_name_tells_the_kind(tmp_path: Path) -> None:
    path = tmp_path / "drawing.svg"
    path.write_bytes(b"<svg/>")
    image = ToolImage(path=path)
    path.unlink()
    assert image.url == f"data:image/svg+xml;base64,{base64.b64encode(b'<svg/>').decode()}"


def test_a_file_that_is_not_there_raises_where_the_image_is_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ToolImage(path=tmp_path / "none.png")


def test_a_given_kind_wins_and_an_unclear_one_is_refused() -> None:
    assert ToolImage(b"??", mime="image/bmp").url == "data:image/bmp;base64,Pz8="
    with pytest.raises(ValueError, match="give mime="):
        ToolImage(b"??")


def test_a_remote_url_is_refused_because_the_runtime_refuses_it() -> None:
    assert ToolImage(url="data:image/png;base64,AA==").url == "data:image/png;base64,AA=="
    with pytest.raises(ValueError, match="no remote URL"):
        ToolImage(url="https://example.com/a.png")


def test_exactly_one_source_is_taken() -> None:
    with pytest.raises(ValueError, match="one of data=, path= and url="):
        ToolImage()
    with pytest.raises(ValueError, match="one of data=, path= and url="):
        ToolImage(PNG, url="data:image/png;base64,AA==")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"ID3\x04", "audio/mpeg"),
        (b"OggS\x00", "audio/ogg"),
    ],
)
def test_each_kind_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert ToolImage(data).url.startswith(f"data:{kind};base64,")
