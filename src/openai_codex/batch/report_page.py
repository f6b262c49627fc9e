"""`report.html`: how a batch went, on one page that needs nothing else.

Whatever comes from tasks, models or commands is escaped here, and the page's policy lets no script
run. Links lead to files of the batch's folder, so the folder may be moved as a whole.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from .._safe_text import one_line
from ..transcript import TranscriptError, write_html
from .folder import Folder, write_whole
from .outcome import OUTCOMES, Outcome
from .plots import histogram
from .result import TaskResult
from .spent import Spent
from .store import all_results

__all__ = ["page_of", "write_report"]

_log = logging.getLogger("openai_codex.batch")

STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem;
  overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem;
  border-bottom: 1px solid #8886 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
.ok { color: #1a7f37 } .bad { color: #cf222e }
figure { display: inline-block; margin: 0 1rem 1rem 0; width: min(30rem, 100%) }
figcaption { font-weight: 600 }
svg rect { fill: #4493f8 } svg text { font: 11px system-ui; fill: currentColor }
pre { white-space: pre-wrap; margin: 0 }
"""

_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
FILES = ("answer.md", "patch.diff", "transcript.html")
SHOWN_WHY = 400
SHOWN_CAUSE = 160


def write_report(folder: Folder) -> Path:
    """Write `report.html`, and a transcript for each task that has a thread; return its path."""
    results = list(all_results(folder))
    for result in results:
        _write_transcript(result)
    write_whole(folder.report, page_of(folder, results))
    return folder.report


def _write_transcript(result: TaskResult) -> None:
    rollout = result.folder / "rollout.jsonl" if result.folder is not None else None
    if rollout is None or result.folder is None or not rollout.is_file():
        return
    transcript = result.folder / "transcript.html"
    if transcript.exists() and transcript.stat().st_mtime >= rollout.stat().st_mtime:
        return
    page = io.StringIO()
    try:
        write_html(rollout, page)
    except TranscriptError as error:
        _log.warning("no transcript for task %s: %s", one_line(result.id), error)
        return
    write_whole(transcript, page.getvalue())


def page_of(folder: Folder, results: Sequence[TaskResult]) -> str:
    """The page as text."""
    title = escape(f"Batch {one_line(folder.path.name)}")
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            f"<h1>{title}</h1>",
            _outcomes(results),
            _plots(results),
            _causes(results),
            _tasks(folder, results),
            "</body>\n</html>\n",
        ]
    )


def _outcomes(results: Sequence[TaskResult]) -> str:
    rows = []
    for outcome in Outcome:
        of_it = [result for result in results if result.outcome is outcome]
        if of_it:
            rows.append(_outcome_row(outcome.value, of_it, len(results)))
    rows.append(_outcome_row("all", results, len(results)))
    heads = ("outcome", "tasks", "share", "tokens", "USD", "hours of work")
    return _table("Outcomes", heads, rows, numbers=range(1, 6))


def _outcome_row(name: str, results: Sequence[TaskResult], total: int) -> list[str]:
    spent = sum((result.spent for result in results), Spent())
    share = f"{100 * len(results) / total:.1f} %" if total else ""
    usd = "" if spent.usd is None else f"{spent.usd:.2f}"
    hours = f"{spent.seconds / 3600:.2f}"
    return [name, str(len(results)), share, f"{spent.tokens:,}", usd, hours]


def _plots(results: Sequence[TaskResult]) -> str:
    seconds = [result.spent.seconds for result in results]
    tokens = [float(result.spent.tokens) for result in results]
    money = [result.spent.usd for result in results if result.spent.usd]
    plots = (
        histogram(seconds, title="Seconds per task", unit="s"),
        histogram(tokens, title="Tokens per task", unit="tokens"),
        histogram(money, title="Money per task", unit="USD"),
    )
    return f"<div>{''.join(plots)}</div>"


def _causes(results: Iterable[TaskResult]) -> str:
    """Failures, those with the same cause together: numbers and ids in it do not count."""
    groups: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], TaskResult] = {}
    for result in results:
        if result.ok:
            continue
        key = (result.outcome.value, cause_of(result.why))
        groups[key] += 1
        examples.setdefault(key, result)
    rows = [
        [outcome, cause, str(count), _named(examples[outcome, cause])]
        for (outcome, cause), count in groups.most_common()
    ]
    if not rows:
        return ""
    return _table("Failures by cause", ("outcome", "cause", "tasks", "such as"), rows, numbers=(2,))


_VARIABLE = re.compile(r"\b(?:0x)?[0-9a-f]*\d[0-9a-f-]*\b", re.IGNORECASE)


def cause_of(why: str) -> str:
    """The kind of a reason: its first line, with what differs from task to task taken out."""
    first = why.strip().partition("\n")[0]
    return _VARIABLE.sub("#", one_line(first, most=SHOWN_CAUSE)) or "no reason was given"


def _named(result: TaskResult) -> str:
    return one_line(result.id, most=80)


def _tasks(folder: Folder, results: Sequence[TaskResult]) -> str:
    rows = "".join(_task_row(folder, result) for result in results)
    heads = "".join(
        f"<th>{head}</th>" for head in ("task", "outcome", "attempts", "seconds", "tokens", "files")
    )
    return f"<h2>Tasks</h2><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _task_row(folder: Folder, result: TaskResult) -> str:
    kind = "ok" if OUTCOMES[result.outcome].exit_code == 0 else "bad"
    why = escape(one_line(result.why, most=SHOWN_WHY))
    cells = (
        f"<td>{escape(_named(result))}</td>",
        f'<td class="{kind}">{result.outcome.value}<pre>{why}</pre></td>',
        f'<td class="number">{result.attempts}</td>',
        f'<td class="number">{result.spent.seconds:.1f}</td>',
        f'<td class="number">{result.spent.tokens:,}</td>',
        f"<td>{' '.join(_links(folder, result))}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>\n"


def _links(folder: Folder, result: TaskResult) -> Iterator[str]:
    if result.folder is None:
        return
    for name in FILES:
        path = result.folder / name
        if path.is_file() and path.stat().st_size:
            target = quote(path.relative_to(folder.path).as_posix())
            yield f'<a href="{escape(target)}">{name.partition(".")[0]}</a>'


def _table(
    title: str, heads: Iterable[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int]
) -> str:
    right = set(numbers)

    def cell(tag: str, n: int, text: str) -> str:
        kind = ' class="number"' if n in right else ""
        return f"<{tag}{kind}>{escape(text)}</{tag}>"

    head = "".join(cell("th", n, text) for n, text in enumerate(heads))
    body = "".join(
        f"<tr>{''.join(cell('td', n, text) for n, text in enumerate(row))}</tr>" for row in rows
    )
    return f"<h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
