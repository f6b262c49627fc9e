"""What is built from the tree: the modules that a user sees, what comes along, and no dead link."""

from __future__ import annotations

import pkgutil
import re
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from openai_codex._version import __version__
from tools.check_wheel import build
from tools.project_metadata import browsed, described, urls

ROOT = Path(__file__).parent.parent
# Every page that may say what a module is for.
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build(folder / "dist")) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def test_the_root_shows_documented_modules_and_nothing_else(installed: Path) -> None:
    found = pkgutil.iter_modules([str(installed / "openai_codex")])
    public = {module.name for module in found if not module.name.startswith("_")}
    told = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in public if f"`openai_codex.{name}" not in told} == set()
    assert {"api", "async_client", "client", "errors", "methods", "types"} <= public


def test_the_wheel_has_the_package_and_nothing_beside_it(installed: Path) -> None:
    assert sorted(path.name for path in installed.iterdir()) == [
        "openai_codex",
        f"openai_codex-{__version__}.dist-info",
    ]
    assert (installed / "openai_codex" / "py.typed").is_file()
    assert list(installed.rglob("LICENSE"))


def test_the_description_has_no_link_that_leads_nowhere(installed: Path) -> None:
    (file,) = installed.glob("*.dist-info/METADATA")
    metadata = Parser().parsestr(file.read_text(encoding="utf-8"))
    text = metadata.get_payload()
    assert isinstance(text, str)
    assert text.startswith("# openai-codex")
    assert "<!--" not in text
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    assert metadata.get_all("Project-URL")


def test_links_lead_to_the_repository_where_its_address_is_known() -> None:
    readme = "![A picture](docs/a.svg) [here](docs/b.md#c) [there](https://x.y/z) [up](#top)"
    assert described(readme, "https://host/me/it") == (
        "![A picture](https://host/me/it/raw/main/docs/a.svg) "
        "[here](https://host/me/it/blob/main/docs/b.md#c) [there](https://x.y/z) [up](#top)"
    )
    assert described(readme, None) == (
        "(A picture) here (`docs/b.md`) [there](https://x.y/z) [up](#top)"
    )
    assert urls("https://host/me/it")["Source"] == "https://host/me/it"
    assert list(urls(None)) == ["Runtime"]


@pytest.mark.parametrize(
    ("remote", "home"),
    [
        ("https://host/me/it.git", "https://host/me/it"),
        ("https://me:secret@host/me/it", "https://host/me/it"),
        ("git@host.org:me/it.git", "https://host.org/me/it"),
        ("ssh://git@host:22/me/it.git", "https://host/me/it"),
        ("/somewhere/on/this/disk", None),
        ("../it", None),
        ("", None),
    ],
)
def test_a_remote_is_shown_without_its_secrets_and_only_where_a_browser_can_go(
    remote: str, home: str | None
) -> None:
    assert browsed(remote) == home
