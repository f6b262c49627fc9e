"""Makes `docs/api-reference.md` from signatures and docstrings.

    sections.py   which names go where; data
    members.py    what of a class is worth showing
    signature.py  a signature as a person would write it
    prose.py      docstrings as Markdown, with links between names
    render.py     the page

Run `python -m tools.gen_reference`; `--check` writes nothing and fails when it is out of date.
"""
