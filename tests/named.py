"""Which tests there are, by name: for tables that say which test proves what."""

from __future__ import annotations

import ast
from functools import cache

from scaling.env import PROJECT_ROOT


@cache
def named_in(path):
    """Return the names of a file's tests, those of a class with its name before them."""
    tree = ast.parse((PROJECT_ROOT / path).read_text())
    within = [
        (node.name, inner.name) for node in tree.body if isinstance(node, ast.ClassDef) for inner in _methods(node)
    ]
    return {(node.name,) for node in _methods(tree)} | set(within)


def _methods(node):
    return [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
