"""Which module each shape lives in, so that a method loads little more than it needs.

Rule 1: what one method alone needs lives in that method's module: its family (the first word), or
in a large family its first two words.
Rule 2: what is reached only through one shape lives where that shape lives (its dominator).
Rule 3: what several modules of one family share lives in `<family>_shared`, what several families
share in `shared`; but a shared shape that brings many others along, or that would make modules
import in a circle, has its own module.
"""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter

from tools.gen_wire.naming import snake
from tools.gen_wire.protocol import Protocol
from tools.gen_wire.shapes import Lowered, references

LARGE_FAMILY = 30
LARGE_SUBTREE = 8
_ROOT = "/"


def assign_homes(lowered: Lowered, protocol: Protocol) -> dict[str, str]:
    """Map every shape to its module."""
    edges = {name: references(shape) for name, shape in lowered.shapes.items()}
    methods = _methods(protocol, edges)
    dominators = _dominators(edges, _users(methods, _modules_of(methods, edges)))
    alone: set[str] = set()
    while True:
        homes = _homes(edges, dominators, alone)
        culprits = _in_a_circle(edges, homes)
        if not culprits:
            return homes
        alone |= culprits


def order_within(names: list[str], lowered: Lowered) -> list[str]:
    """Sort shapes so that each comes after those it names; ties by name."""
    inside = set(names)
    graph = {name: sorted(references(lowered.shapes[name]) & inside) for name in sorted(names)}
    return list(TopologicalSorter(graph).static_order())


def _methods(protocol: Protocol, edges: dict[str, frozenset[str]]) -> dict[str, set[str]]:
    """Map every method to the shapes that it carries; what none carries, to "unlisted"."""
    methods: dict[str, set[str]] = {}
    for call in protocol.calls:
        methods[call.method] = {call.result} | ({call.params} if call.params else set())
    for question in protocol.questions:
        methods[question.method] = {question.params, question.response}
    for notification in protocol.notifications:
        methods.setdefault(notification.method, set()).add(notification.params)
    carried = set().union(*(_closure(names, edges) for names in methods.values()))
    if stray := edges.keys() - carried:
        methods["unlisted"] = set(stray)
    return methods


def _closure(names: set[str], edges: dict[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(edges[name])
    return found


def _modules_of(methods: dict[str, set[str]], edges: dict[str, frozenset[str]]) -> dict[str, str]:
    """Rule 1."""
    sizes = Counter(
        family
        for family, names in {
            first: set().union(*(ns for m, ns in methods.items() if m.split("/")[0] == first))
            for first in {method.split("/")[0] for method in methods}
        }.items()
        for _ in _closure(names, edges)
    )
    return {method: _module(method, sizes[method.split("/")[0]]) for method in methods}


def _module(method: str, size: int) -> str:
    words = method.split("/")
    return "_".join(snake(word) for word in words[: 2 if size > LARGE_FAMILY else 1])


def _users(
    methods: dict[str, set[str]], modules: dict[str, str]
) -> dict[str, set[tuple[str, str]]]:
    """Map every shape that a method carries to the (family, module) pairs of those methods."""
    users: dict[str, set[tuple[str, str]]] = {}
    for method, names in methods.items():
        for name in names:
            users.setdefault(name, set()).add((snake(method.split("/")[0]), modules[method]))
    return users


Path = tuple[str, ...]


def _dominators(
    edges: dict[str, frozenset[str]], users: dict[str, set[tuple[str, str]]]
) -> dict[str, Path]:
    """Map every shape to its chain of dominators: ("/", family, module, shape, ..., itself)."""
    parents: dict[str, set[str]] = {name: set() for name in edges}
    for name, refs in edges.items():
        for ref in refs:
            parents[ref].add(name)
    chains: dict[str, Path] = {}
    for name in TopologicalSorter(parents).static_order():
        above: list[Path] = [(_ROOT, family, module) for family, module in users.get(name, ())]
        above += [chains[parent] for parent in parents[name]]
        chains[name] = (*_common_prefix(above), name)
    return chains


def _common_prefix(paths: list[Path]) -> Path:
    prefix = paths[0]
    for path in paths[1:]:
        length = 0
        while length < min(len(prefix), len(path)) and prefix[length] == path[length]:
            length += 1
        prefix = prefix[:length]
    return prefix


def _homes(
    edges: dict[str, frozenset[str]], chains: dict[str, Path], alone: set[str]
) -> dict[str, str]:
    """Rules 2 and 3."""
    weight = Counter(step for chain in chains.values() for step in chain)
    methods = {chain[2] for chain in chains.values() if len(chain) > 2 and chain[2] not in edges}
    homes: dict[str, str] = {}
    for name, chain in chains.items():
        head = next((step for step in chain if step in edges), name)
        above = chain[: chain.index(head)]
        heavy = weight[head] >= LARGE_SUBTREE and len(above) < 3
        if heavy or head in alone:
            own = snake(head)
            homes[name] = f"{own}_model" if own in methods else own
        else:
            homes[name] = _place(above)
    return homes


def _place(above: Path) -> str:
    """The module for what these have in common: ("/",), ("/", family) or ("/", family, module)."""
    if len(above) == 1:
        return "shared"
    return f"{above[1]}_shared" if len(above) == 2 else above[2]


def _in_a_circle(edges: dict[str, frozenset[str]], homes: dict[str, str]) -> set[str]:
    """Name the shapes of a shared module that make modules import each other."""
    graph: dict[str, set[str]] = {home: set() for home in homes.values()}
    for name, refs in edges.items():
        graph[homes[name]] |= {homes[ref] for ref in refs} - {homes[name]}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = set(error.args[1])
        culprits = {
            name
            for name, refs in edges.items()
            if homes[name] in circle
            and homes[name].endswith("shared")
            and {homes[ref] for ref in refs} & (circle - {homes[name]})
        }
        if not culprits:
            raise SystemExit(f"gen_wire: modules import in a circle: {sorted(circle)}") from error
        return culprits
    return set()
