"""Which module imports which, read from the source: also inside functions and for types alone."""

import ast
from collections.abc import Iterable, Mapping, Set
from pathlib import Path

Graph = Mapping[str, Set[str]]


def parse(source: Path) -> dict[str, ast.Module]:
    """Every module under ``source`` by its dotted name; a package goes by its own."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


def imports(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """By module, those of ours that it imports; ``from a import b`` may name a module ``a.b``."""
    graph: dict[str, set[str]] = {}
    for module, tree in trees.items():
        named: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    named.add(inner if inner in trees else node.module)
        graph[module] = {name for name in named if name in trees and name != module}
    return graph


def named_in_strings(tree: ast.Module, modules: Iterable[str]) -> set[str]:
    """Modules whose names stand in a string: what a lazy face loads on first use."""
    known = set(modules)
    strings = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return known & strings


def plug_ins(trees: Mapping[str, ast.Module], graph: Graph) -> set[str]:
    """Modules in a registry's folder that enter something in it, by decorator or by call, when imported.

    A module that only lies in such a folder is none: nothing would miss it.
    """
    folders, registries = [], {}
    for module, tree in trees.items():
        for name, package in _registries(tree):
            folders.append(package)
            registries.setdefault(module, set()).add(name)
    # What enters: the registries themselves, and what stands in a module that uses one.
    entering = set(registries) | {module for module in trees if graph[module] & set(registries)}
    return {
        module
        for module, tree in trees.items()
        if any(module.startswith(f"{folder}.") for folder in folders) and _enters(tree, module, entering)
    }


def reached(graph: Graph, roots: Iterable[str]) -> set[str]:
    """All that importing the roots can load; with a module come the packages around it."""
    seen: set[str] = set()
    waiting = [root for root in roots if root in graph]
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        waiting += graph[module]
        parent = module.rpartition(".")[0]
        if parent in graph:
            waiting.append(parent)
    return seen


def circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that import each other in a circle (Tarjan's strongly connected components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            at = stack.index(module)
            group = stack[at:]
            del stack[at:]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return sorted(found)


def _registries(tree: ast.Module) -> list[tuple[str, str]]:
    """``(variable, folder)`` of each ``X = Registry(kind, "folder")``, or of a kind of registry."""
    found = []
    for node in tree.body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign):
            target = node.targets[0]
        call = getattr(node, "value", None)
        if not isinstance(target, ast.Name) or not isinstance(call, ast.Call) or len(call.args) < 2:
            continue
        if isinstance(call.func, ast.Name) and call.func.id.endswith("Registry"):
            folder = call.args[1]
            if isinstance(folder, ast.Constant):
                found.append((target.id, str(folder.value)))
    return found


def _enters(tree: ast.Module, module: str, entering: Set[str]) -> bool:
    """Whether something at the module's top is decorated with, or calls, what stands in ``entering``."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in entering:
            names |= {alias.asname or alias.name for alias in node.names}
    if module in entering:
        names |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if any(_root(decorator) in names for decorator in node.decorator_list):
                return True
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and _root(call) in names and _is_statement(node, call):
                    return True
    return False


def _is_statement(node: ast.stmt, call: ast.Call) -> bool:
    """Whether the call is made for its effect: alone, or in a loop, and not to have its value."""
    inner = {id(n.value) for n in ast.walk(node) if isinstance(n, ast.Expr)}
    return id(call) in inner or (isinstance(call.func, ast.Call) and id(call) in inner)


def _root(node: ast.expr) -> str:
    """The name that a decorator or a call begins with."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            node = node.value
        else:
            return ""
    return node.id
