"""What the generated reference is about, read from the code itself: settings, commands, registries, events, addresses.

Nothing here is written for people; `docs.meanings` has the words and `docs.generate` the pages.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "turna"
READERS = {"text", "flag", "number", "words"}
_ACTION = re.compile(r"[a-z]+\.[a-z_]+")
# Functions that write an entry of the audit, or that carry what will be written.
_WRITERS = {"note", "append", "record", "_note", "_write", "_log", "note_account", "Entry", "_entry"}
_TELLERS = {"tell", "queue", "mail"}


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. `default`: its constant, None when the code computes it."""

    name: str
    kind: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Verb:
    """One command, or one verb of it, with its own arguments: (how it is typed, what it says)."""

    words: str
    about: str
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Address:
    """One page of ours: its path with `<names>`, and its name in the code."""

    path: str
    name: str


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Every source file of ours but tests and migrations."""
    for path in sorted(CODE.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def variables() -> list[Variable]:
    """Environment variables in the order in which the settings read them, each once."""
    found: dict[str, Variable] = {}
    for file in ("settings.py", "environment.py"):
        for node in ast.walk(ast.parse((CODE / "config" / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in READERS and node.args:
                name = _text(node.args[0])
                if name and name.isupper():
                    found.setdefault(name, Variable(name, _name(node.func), _default(node)))
    return sorted(found.values(), key=lambda v: v.name)


def commands() -> list[Verb]:
    """Our commands and their verbs, as argparse knows them."""
    verbs: list[Verb] = []
    for name, app in sorted(get_commands().items()):
        if app.startswith("turna."):
            parser = load_command_class(app, name).create_parser("turna", name)
            verbs.extend(_verbs(f"turna {name}", parser, parser.description or ""))
    return verbs


def audit_actions() -> list[str]:
    """Every action that some line of ours may write into an audit chain."""
    found = set()
    for _path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in _WRITERS:
                found |= {text for text in _texts(node) if _ACTION.fullmatch(text)}
    return sorted(found)


def events() -> dict[str, list[str]]:
    """Every event that is published, with its fields."""
    classes: dict[str, list[str]] = {}
    published = set()
    for _path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                fields = [
                    n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
                ]
                classes[node.name] = fields
            if isinstance(node, ast.Call) and _name(node.func) == "publish":
                published |= {_name(arg.func) for arg in node.args if isinstance(arg, ast.Call)}
    return {name: classes[name] for name in sorted(published) if name in classes}


def notice_kinds() -> list[str]:
    """Every kind under which a notice or a mail is told."""
    found = set()
    for _path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and any(word in _name(node.func) for word in _TELLERS):
                found |= {_text(k.value) for k in node.keywords if k.arg == "kind" and _text(k.value)}
    return sorted(found)


def addresses() -> list[Address]:
    """Every page of ours, by path."""
    resolver = get_resolver()
    ours = {p.name for p in _patterns(resolver) if p.name and p.callback.__module__.startswith("turna.")}
    rows = []
    for name in sorted(ours):
        for possibilities, *_rest in resolver.reverse_dict.getlist(name):
            rows += [Address("/" + re.sub(r"%\((\w+)\)s", r"<\1>", told), name) for told, _params in possibilities]
    return sorted(set(rows), key=lambda a: (a.path, a.name))


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry


def _verbs(words: str, parser: argparse.ArgumentParser, about: str) -> Iterator[Verb]:
    own, deeper = [], []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            deeper += [(f"{words} {name}", sub, helps.get(name, "")) for name, sub in action.choices.items()]
        elif not _django_own(action):
            own.append((_typed(action), action.help or ""))
    if not deeper or own:
        yield Verb(words, about, tuple(own))
    for told, sub, said in deeper:
        yield from _verbs(told, sub, said)


_DJANGO = {
    "help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
}  # fmt: skip


def _django_own(action: argparse.Action) -> bool:
    return action.dest in _DJANGO


def _typed(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    if not action.option_strings:
        return (metavar or action.dest).upper()
    value = (
        "" if action.nargs == 0 else " " + (metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    )
    return action.option_strings[-1] + value


def _default(call: ast.Call) -> str | None:
    if len(call.args) < 2:
        return "0" if _name(call.func) == "flag" else ""
    value = call.args[1]
    return str(value.value) if isinstance(value, ast.Constant) else None


def _name(node: Any) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _texts(call: ast.Call) -> Iterator[str]:
    """The texts among the arguments, the two of `a if x else b` included; not those of calls within."""
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        parts = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
        yield from (text for part in parts if (text := _text(part)))
