"""The frame of a page: its style, its script, and the policy that lets nothing else run. Data."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["FOOT", "head"]

STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f6f8fa; --dim: #59636e;
  --text: #1f2328; --back: #fff; --mark: #0969da; --add: #dafbe1; --cut: #ffebe9; --at: #ddf4ff;
  --bad: #d1242f }
@media screen and (prefers-color-scheme: dark) { :root { --line: #3d444d; --soft: #151b23;
  --dim: #9198a1; --text: #f0f6fc; --back: #0d1117; --mark: #4493f8; --add: #12361f;
  --cut: #4c1d1f; --at: #12304d; --bad: #ff7b72 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--back);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
header, nav { border-bottom: 1px solid var(--line); padding-bottom: .5rem; margin-bottom: 1rem }
h1 { font-size: 1.25rem; margin: 0 0 .5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: 0;
  color: var(--dim); font-size: .9rem }
dd { margin: 0 }
section { margin: 0 0 .75rem }
.user { border-left: 4px solid var(--mark); padding: .5rem .75rem; background: var(--soft) }
.user, .agent, .thought { white-space: pre-wrap }
.thought, .note, .context, .end, summary { color: var(--dim) }
.thought { font-style: italic }
.end.failed, .failed > div:first-child, .declined > div:first-child { color: var(--bad) }
pre, code, .diff { font: .85rem/1.45 ui-monospace, monospace }
pre, .diff { margin: .25rem 0; padding: .5rem .75rem; background: var(--soft);
  border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap }
.diff span { display: block; min-height: 1.2em }
.diff .add { background: var(--add) } .diff .cut { background: var(--cut) }
.diff .at { background: var(--at) } .diff .head { font-weight: 600 }
img { max-width: 100%; height: auto; border: 1px solid var(--line) }
summary { cursor: pointer } a { color: var(--mark) }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .25rem .5rem;
  border-bottom: 1px solid var(--line); vertical-align: top }
button { font: inherit } label { user-select: none }
body:has(#focused:checked) .full { display: none }
@media (max-width: 40rem) { body { padding: .5rem; font-size: 15px }
  dl { grid-template-columns: 1fr } dt { font-weight: 600 } }
@media print { :root { color-scheme: light } nav, label { display: none }
  body { max-width: none; padding: 0; print-color-adjust: exact }
  pre, .diff { border: 0 } section { break-inside: avoid-page } }
"""

SCRIPT = """
'use strict';
(() => {
  const main = document.querySelector('main'), nav = document.querySelector('#pages');
  const templates = [...document.querySelectorAll('template')];
  const pages = [document.createDocumentFragment(), ...templates.map(t => t.content)];
  pages[0].append(...main.childNodes);
  let current = -1;
  const label = nav.querySelector('span');
  const show = number => {
    if (!(number >= 0 && number < pages.length)) return;
    current = number;
    main.replaceChildren(pages[number].cloneNode(true));
    label.textContent = ` page ${number + 1} of ${pages.length} `;
    scrollTo(0, 0);
  };
  const follow = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    if (name.startsWith('page-')) return show(Number(name.slice(5)) - 1);
    const found = pages.findIndex(page => name && page.getElementById(name));
    show(found < 0 ? Math.max(current, 0) : found);
    const place = name && document.getElementById(name);
    if (place) place.scrollIntoView();
  };
  const step = by => { location.hash = `page-${current + by + 1}` };
  const [back, on] = nav.querySelectorAll('button');
  back.addEventListener('click', () => { if (current > 0) step(-1) });
  on.addEventListener('click', () => { if (current + 1 < pages.length) step(1) });
  nav.hidden = pages.length < 2;
  addEventListener('hashchange', follow);
  addEventListener('beforeprint', () => {
    if (pages.length <= 40) main.replaceChildren(...pages.map(page => page.cloneNode(true)));
    document.querySelectorAll('details').forEach(part => { part.open = true });
  });
  addEventListener('afterprint', () => show(current));
  follow();
})();
"""


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


# Nothing is fetched, nothing that a transcript holds can run, and no style but ours applies.
POLICY = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
FOOT = f"<script>{SCRIPT}</script>\n</body>\n</html>\n"


def head(title: str) -> str:
    """Return the beginning of a page; `title` is escaped already."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
