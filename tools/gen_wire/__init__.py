"""Turn the schema that the pinned runtime emits into `openai_codex._wire`.

`python -m tools.gen_wire` writes, `python -m tools.gen_wire --check` compares. One module per step:

    emitted    ask the binary for its schema
    snapshot   the committed copy of it, schema/
    repairs    data that corrects it
    protocol   which methods there are
    lowering   JSON schema -> shapes, asking json_schema
    homes      which module each shape lives in
    render_*   shapes -> source text
    output     format, write, compare

The package imports nothing from here.
"""
