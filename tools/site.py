"""What the site shows from outside of docs/: the examples with their code, changes, contributing.

A hook of MkDocs (`mkdocs.yml`). Pages link to files as they lie in the repository, so that links
work there too; here they are turned to where the site has the file.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
INDEX = "examples/index.md"
PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "examples/README.md": INDEX,
    "examples": INDEX,
}
LINK = re.compile(r"\]\((?!\w+:|#|/)([^)#\s]+)(#[^)\s]*)?\)")
PROGRAMS = ("sync.py", "async.py")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not in docs/."""
    for source, target in PAGES.items():
        if source.endswith(".md"):
            text = (ROOT / source).read_text(encoding="utf-8")
            files.append(File.generated(config, target, content=text))
    for folder in sorted(ROOT.glob("examples/*/")):
        if any((folder / program).exists() for program in PROGRAMS):
            page = File.generated(config, f"examples/{folder.name}.md", content=example(folder))
            page.inclusion = page.inclusion.NOT_IN_NAV  # the index lists them
            files.append(page)
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links to files of the repository into links to pages of the site."""
    source = SOURCES.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def turned(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link[1]))
        target = site_path(path)
        if target is None:
            return link[0]
        relative = posixpath.relpath(target, posixpath.dirname(page.file.src_uri) or ".")
        return f"]({relative}{link[2] or ''})"

    return LINK.sub(turned, markdown)


SOURCES = {target: source for source, target in PAGES.items() if source.endswith(".md")}


def site_path(path: str) -> str | None:
    """Return where the site has a file of the repository, or None when it has not."""
    if path in PAGES:
        return PAGES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    found = re.fullmatch(r"examples/(\w+)(/.*)?", path)
    return f"examples/{found[1]}.md" if found else None


def example(folder: Path) -> str:
    """Return the page of one example: what it does, both programs, what it prints."""
    programs = [folder / program for program in PROGRAMS if (folder / program).exists()]
    parts = [f"# {folder.name}", f"`python examples/{folder.name}/{programs[0].name} --offline`"]
    parts += [_tab(path, "python") for path in programs]
    output = folder / "output.txt"
    if output.exists():
        parts.append(f"Prints:\n\n{_fence(output.read_text(encoding='utf-8'), 'text')}")
    return "\n\n".join(parts) + "\n"


def _tab(path: Path, language: str) -> str:
    code = _fence(path.read_text(encoding="utf-8"), language)
    body = "\n".join(f"    {line}" if line else "" for line in code.splitlines())
    return f'=== "{path.name}"\n\n{body}'


def _fence(text: str, language: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
