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
# How much a page counts in the search: those that name everything name every word that is looked
# for, and come after the guides.
WEIGHTS = {
    **dict.fromkeys(("api-reference", "reference/", "reliability"), 0.3),
    **dict.fromkeys(("changelog", "protocol-coverage"), 0.2),
    "guides/": 2,
}
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!\w+:|#|/)([^)#\s]+)(#[^)\s]*)?\)")
CODE = re.compile(r"<code>([^<>\s&]{30,})</code>")
JOINT = re.compile(r"::|[/._]")
_WITH_BREAK = r"\g<0><wbr>"
FACES = ("sync.py", "async.py")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not in docs/."""
    for source, target in PAGES.items():
        if source.endswith(".md"):
            text = (ROOT / source).read_text(encoding="utf-8")
            files.append(File.generated(config, target, content=text))
    for folder in sorted(ROOT.glob("examples/*/")):
        if folder.name.startswith(("_", ".")):
            continue
        page = File.generated(config, f"examples/{folder.name}.md", content=example(folder))
        page.inclusion = page.inclusion.NOT_IN_NAV  # the index lists them
        files.append(page)
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links to files of the repository into links to pages of the site.

    A file that is in the repository alone keeps its words and loses its link. Says, too, how much
    the page counts in the search.
    """
    weight = next((value for path, value in WEIGHTS.items() if page.url.startswith(path)), 1)
    page.meta["search"] = {"boost": weight}
    source = SOURCES.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def turned(link: re.Match[str]) -> str:
        words, there, part = link.groups()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), there))
        target = site_path(path)
        if target is None:
            return words if (ROOT / path).exists() else link[0]
        relative = posixpath.relpath(target, posixpath.dirname(page.file.src_uri) or ".")
        return f"[{words}]({relative}{part or ''})"

    return LINK.sub(turned, markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Let very long names break, after a slash, a dot, a colon or an underscore."""
    return CODE.sub(lambda code: f"<code>{JOINT.sub(_WITH_BREAK, code[1])}</code>", html)


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
    """Return the page of one example: its programs in tabs, and what it prints."""
    faces = [folder / face for face in FACES if (folder / face).exists()]
    parts = [f"# {folder.name}"]
    if faces:
        parts.append(f"`python examples/{folder.name}/{faces[0].name} --offline`")
    parts += [_tab(path, folder) for path in faces or _all_programs(folder)]
    output = folder / "output.txt"
    if output.exists():
        parts.append(f"Prints:\n\n{_fence(output.read_text(encoding='utf-8'), 'text')}")
    return "\n\n".join(parts) + "\n"


def _all_programs(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _tab(path: Path, folder: Path) -> str:
    code = _fence(path.read_text(encoding="utf-8"), "python")
    body = "\n".join(f"    {line}" if line else "" for line in code.splitlines())
    return f'=== "{path.relative_to(folder).as_posix()}"\n\n{body}'


def _fence(text: str, language: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
