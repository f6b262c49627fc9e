"""Makes the API reference from signatures and docstrings, and the lists of the root.

`docs/api-reference.md` lists every name; `docs/reference/` has a page for each family of names, and
for each class of many members.

    sections.py   every public name, where it is written and where it is shown; data
    root.py       the lists of the package's `__init__`
    members.py    what of a class is worth showing
    signature.py  a signature as a person would write it
    prose.py      docstrings as Markdown, with links between names
    render.py     the pages

Run `python -m tools.gen_reference`; `--check` writes nothing and fails when it is out of date.
"""
