"""Every small change that could be made to a file: one mutant each. Reads text, writes nothing."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Mutant", "mutants"]


@dataclass(frozen=True)
class Mutant:
    """One change: what stands where, and what is put there instead."""

    line: int
    where: str
    """The text of that line."""
    before: str
    after: str
    text: str
    """The whole file with the change."""


_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,  # codespell:ignore notin
    ast.NotIn: ast.In,  # codespell:ignore notin
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TYPES = ("Callable", "Literal", "Sequence", "Union")
# What is as false as None: the type checkers find a None there, and who asks for truth does not.
_NOTHING = (
    "return",
    "return None",
    "return False",
    "return ''",
    "return ()",
    "return []",
    "return {}",
)
_SILENT = ("__all__", "__slots__", "__match_args__")


def mutants(text: str) -> list[Mutant]:
    """Return every mutant of a file's text, in the order of the text."""
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = [
        mutant
        for node in _running(ast.parse(text))
        for other in _changes(node)
        if (mutant := _mutant(text, starts, node, other)) is not None
    ]
    return sorted(found, key=lambda mutant: mutant.line)


def _mutant(text: str, starts: list[int], node: ast.AST, other: ast.AST) -> Mutant | None:
    assert isinstance(node, (ast.expr, ast.stmt))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    data = text.encode()
    begin = starts[node.lineno - 1] + node.col_offset
    end = starts[node.end_lineno - 1] + node.end_col_offset
    after = ast.unparse(other)
    if isinstance(node, ast.expr):
        after = f"({after})"  # whatever stands around it
    changed = b"".join([data[:begin], after.encode(), data[end:]]).decode()
    try:
        compile(changed, "mutant", "exec", dont_inherit=True)
    except SyntaxError:  # as in an f-string of old
        return None
    where = text.split("\n")[node.lineno - 1].strip()
    return Mutant(node.lineno, where, data[begin:end].decode(), after, changed)


# --- what runs -----------------------------------------------------------------------------------


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that do something: no types, docstrings, overloads, lists of names."""
    for child in _parts(node):
        if not _is_silent(child):
            yield child
            yield from _running(child)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name == "args" and isinstance(node, ast.Call) and ast.unparse(node.func) == "cast":
            value = value[1:]
        if name in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield part


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)  # a docstring, or `...`
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        marks = {ast.unparse(mark) for mark in node.decorator_list}
        return bool(marks & {"overload", "abstractmethod"})
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) in _SILENT or _is_a_type(node.value)
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.annotation) == "TypeAlias"
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr))


def _is_a_type(value: ast.expr) -> bool:
    """Tell whether an assignment names a type for the checkers, which run nothing."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in ("TypeVar", "ParamSpec")
    if isinstance(value, ast.BinOp):
        return _is_a_type(value.left) or _is_a_type(value.right)
    return isinstance(value, ast.Subscript) and ast.unparse(value.value) in _TYPES


# --- the changes ---------------------------------------------------------------------------------


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.stmt):
        yield from _changed_statements(node)
    elif isinstance(node, ast.Constant):
        yield from _changed_constants(node)
    elif isinstance(node, ast.expr):
        yield from _changed_expressions(node)


def _changed_statements(node: ast.stmt) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and _yields(node.value):
        yield _no_value(node)
    elif isinstance(node, ast.Return):
        if ast.unparse(node) not in _NOTHING:
            yield ast.Return(ast.Constant(None))
    elif _may_be_dropped(node):
        yield ast.Pass()


def _may_be_dropped(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return "NotImplementedError" not in ast.unparse(node)
    if isinstance(node, ast.Assign):  # without a name it would be another fault: a NameError
        return all(isinstance(each, (ast.Attribute, ast.Subscript)) for each in node.targets)
    return isinstance(node, (ast.Expr, ast.AugAssign, ast.Delete, ast.Break, ast.Continue))


def _yields(value: ast.expr) -> bool:
    """Tell whether a function would be no generator without this."""
    return isinstance(value, (ast.Yield, ast.YieldFrom))


def _no_value(node: ast.Expr) -> ast.AST:
    nothing = ast.YieldFrom(ast.Tuple([], ast.Load()))
    return ast.fix_missing_locations(ast.Expr(nothing))


def _changed_constants(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and value and " " not in value:  # a word of the code, no message
        yield ast.Constant(f"{value}x")


def _changed_expressions(node: ast.expr) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for at, sign in enumerate(node.ops):
            other = copy.deepcopy(node)
            other.ops[at] = _COMPARED[type(sign)]()
            yield other
    elif isinstance(node, ast.BoolOp):
        other_op: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(other_op, node.values)
        yield from (ast.BoolOp(node.op, rest) for rest in _all_but_one(node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in _COUNTED:
        yield ast.BinOp(node.left, _COUNTED[type(node.op)](), node.right)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)


def _all_but_one(values: list[ast.expr]) -> Iterator[list[ast.expr]]:
    if len(values) > 2:
        yield from ([*values[:at], *values[at + 1 :]] for at in range(len(values)))
