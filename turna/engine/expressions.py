"""Conditions and calculations written in packs: CEL, bounded, over plain data.

Compiled once, kept, and evaluated without I/O or clock (`hoy` is handed in by the caller as ISO text). A datum that
is missing never breaks a case: a condition over it is false, a calculation is None. All numbers are doubles
inside an expression, so `importe * 2` means what it says; amounts come back rounded to nine places as Decimal. The
functions that packs may call are in `FUNCTIONS`, told to their authors in `docs/lenguaje.md`.
"""

from __future__ import annotations

import datetime
import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Protocol

import cel

MAX_LENGTH = 500
MAX_ELEMENTS = 500
MAX_LEVELS = 4
TODAY = "hoy"
WORKING_DAYS = "_habiles"
"""Under this name the caller hands in who counts the institution's working days (a `WorkingDays`)."""


@dataclass(frozen=True)
class Bounds:
    """How much data an expression may go through: longer lists make it unknown, longer texts count as missing.

    The worst that 500 letters can ask of this much data ends in well under a second.
    """

    elements: int
    text: int


BOUNDS = (Bounds(MAX_ELEMENTS, 20_000), Bounds(MAX_ELEMENTS, 1_000), Bounds(100, 500))
"""By how often the expression goes through lists: not at all, once, or twice at most."""

_MACROS = frozenset({"all", "exists", "exists_one", "filter"})
_BUILTIN = frozenset(
    {"size", "has", "contains", "startsWith", "endsWith", "matches", "int", "double", "string", "bool"}
)
_WORDS = frozenset({"true", "false", "null", "in", "r"})
_TOKEN = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\W\d]\w*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\S""")
_AGGREGATE = re.compile(r"\b(suma|promedio|menor|mayor)\(\s*(\w+(?:\.\w+)*)\.(\w+)\s*\)")
_WHERE = re.compile(r"<input>:\d+:(\d+)")
_PLACES = Decimal("1e-9")


logging.getLogger("cel").setLevel(logging.ERROR)  # a missing datum is no news


class WorkingDays(Protocol):
    """Counts the working days of an institution."""

    def days_between(self, first: datetime.date, last: datetime.date) -> int:
        """Working days after `first` up to `last`; negative when `last` comes before."""

    def days_after(self, first: datetime.date, days: int) -> datetime.date:
        """The working day that is `days` working days after `first`."""


class BadExpression(ValueError):
    """The expression cannot be used; the text says why, in Spanish. `mend`: how to write it."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


class Unknown(Exception):
    """A datum is missing, or the operation makes no sense for the data there are."""


@dataclass(frozen=True)
class Expression:
    """A compiled expression. `paths`: what it reads, such as ("factura", "importe")."""

    text: str
    paths: frozenset[tuple[str, ...]]
    program: cel.Program
    bounds: Bounds
    calendar: bool = False
    """Whether it counts working days."""

    def run(self, data: Mapping[str, Any]) -> Any:
        """The value over `data`. Raises: Unknown."""
        names = {path[0] for path in self.paths}
        try:
            given = {name: data[name] for name in names if name in data}
            scope: dict[str, Any] = _inward(given, self.bounds)
            counted = _of_calendar(data.get(WORKING_DAYS)) if self.calendar else {}
            return _outward(self.program.execute(scope | FUNCTIONS | counted))
        except (Unknown, KeyError, TypeError, ValueError, ArithmeticError, RuntimeError, IndexError) as error:
            raise Unknown(str(error)) from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # the evaluator's own fault, not a wish to stop
                raise
            raise Unknown(str(error)) from error


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Compiles once. Raises: BadExpression."""
    tokens = _tokens(text)
    try:
        program = cel.compile(_rewritten(text))
    except BaseException as error:
        if not isinstance(error, ValueError) and type(error).__name__ != "PanicException":
            raise
        raise _explained(text, tokens, str(error)) from error
    called = set(program.references()["functions"])
    unknown = sorted(f for f in called - set(FUNCTIONS) - CALENDAR_FUNCTIONS - _BUILTIN - _MACROS if f[0].isalpha())
    if unknown:
        known = ", ".join(sorted({*FUNCTIONS, *CALENDAR_FUNCTIONS}))
        raise BadExpression(f"No existe la función «{unknown[0]}» en «{text}».", f"Las propias son: {known}.")
    counts = bool(called & CALENDAR_FUNCTIONS)
    return Expression(text, frozenset(_paths(tokens)), program, BOUNDS[_macros(tokens)], counts)


def condition(text: str, data: Mapping[str, Any]) -> bool:
    """Whether `text` holds over `data`; False when something it asks is missing or it cannot be used."""
    try:
        return compile_expression(text).run(data) is True
    except (BadExpression, Unknown):
        return False


def value(text: str, data: Mapping[str, Any]) -> Any:
    """What `text` gives over `data`, numbers as Decimal; None when something is missing."""
    try:
        return compile_expression(text).run(data)
    except (BadExpression, Unknown):
        return None


def identifier(key: str) -> str:
    """How an expression names a format or a field: hyphens become underscores."""
    return key.replace("-", "_")


# --- Reading the text --------------------------------------------------------------


def _tokens(text: str) -> list[str]:
    if not text.strip():
        raise BadExpression("La expresión está vacía.", "Escriba una condición, como `importe > 1000`.")
    if len(text) > MAX_LENGTH:
        raise BadExpression(f"La expresión pasa de {MAX_LENGTH} letras.", "Divídala en campos calculados.")
    tokens = _TOKEN.findall(text)
    if re.search(r"\bmap\s*\(", text):  # it could build far more than it was given
        raise BadExpression("No se puede usar «map» en una expresión.", "Use suma, promedio o filter.")
    if _macros(tokens) >= len(BOUNDS):
        raise BadExpression(f"La expresión recorre listas más de {len(BOUNDS) - 1} veces.", "Simplifíquela.")
    return tokens


def _macros(tokens: list[str]) -> int:
    return sum(1 for t in tokens if t in _MACROS)


def _rewritten(text: str) -> str:
    """Whole numbers become doubles, and `suma(lista.campo)` the call that looks into every row."""
    source = _AGGREGATE.sub(r"\1(\2, '\3')", text)
    out, last, before = [], 0, ""
    for match in _TOKEN.finditer(source):
        token = match[0]
        if token.isascii() and token.isdigit() and before != "[":
            token += ".0"
        out += [source[last : match.start()], token]
        last, before = match.end(), match[0]
    return "".join(out) + source[last:]


def _paths(tokens: list[str]) -> Iterator[tuple[str, ...]]:
    """The dotted names an expression reads, without functions, methods and the macros' own variables."""
    bound = {tokens[i + 2] for i, t in enumerate(tokens[:-2]) if t in _MACROS and tokens[i + 1] == "("}
    at = 0
    while at < len(tokens):
        start = at
        chain = _chain(tokens, at)
        at += max(1, 2 * len(chain) - 1)
        called = at < len(tokens) and tokens[at] == "("
        names = chain[:-1] if called else chain
        follows = start > 0 and tokens[start - 1] == "."
        if names and not follows and names[0] not in bound and names[0] not in _WORDS:
            yield tuple(names)


def _chain(tokens: list[str], at: int) -> list[str]:
    names: list[str] = []
    while at < len(tokens) and _is_name(tokens[at]):
        names.append(tokens[at])
        if at + 1 >= len(tokens) or tokens[at + 1] != ".":
            break
        at += 2
    return names


def _is_name(token: str) -> bool:
    return token[0].isalpha() or token[0] == "_"


def _explained(text: str, tokens: list[str], said: str) -> BadExpression:
    where = _WHERE.search(said)
    near = f", cerca de la letra {int(where[1])}" if where else ""
    mend = "Revise paréntesis, comillas y operadores (==, !=, <, >, &&, ||, !)."
    pairs = list(zip(["", *tokens[:-1]], tokens, [*tokens[1:], ""], strict=True))
    if any(t == "=" and before not in "=!<>" and after != "=" for before, t, after in pairs):
        mend = "Para comparar escriba == en lugar de =."
    elif any(t in ("y", "o", "no", "and", "or", "not") for t in tokens):
        mend = "Escriba && por «y», || por «o», ! por «no»."
    elif any(_is_name(t) and not t.isascii() for t in tokens):
        mend = "Escriba los nombres de los campos sin acentos ni eñes."
    return BadExpression(f"La expresión «{text}» no se entiende{near}.", mend)


# --- Values in and out -------------------------------------------------------------


def _inward(given: Any, bounds: Bounds, depth: int = 0) -> Any:
    """Plain data as CEL takes it: every number a double, dates as ISO text, what is missing left out (None)."""
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, int | float | Decimal):
        return float(given)
    if isinstance(given, datetime.date | datetime.time):
        return given.isoformat()
    if isinstance(given, str):
        return given if len(given) <= bounds.text else None
    if isinstance(given, Mapping | list | tuple) and depth <= MAX_LEVELS:
        return _inward_all(given, bounds, depth + 1)
    raise Unknown(f"valor de tipo {type(given).__name__}")


def _inward_all(given: Mapping[str, Any] | list[Any] | tuple[Any, ...], bounds: Bounds, depth: int) -> Any:
    if len(given) > bounds.elements:
        raise Unknown("lista demasiado larga")
    if isinstance(given, Mapping):
        pairs = ((str(k), _inward(v, bounds, depth)) for k, v in given.items())
        return {k: v for k, v in pairs if v is not None}
    return [v for v in (_inward(item, bounds, depth) for item in given) if v is not None]


def _outward(result: Any) -> Any:
    if isinstance(result, bool) or result is None or isinstance(result, str):
        return result
    if isinstance(result, int | float):
        if not math.isfinite(result) or abs(result) >= 1e15:
            raise Unknown("número fuera de rango")
        return _tidy(float(result))
    if isinstance(result, list):
        return [_outward(v) for v in result]
    if isinstance(result, dict):
        return {k: _outward(v) for k, v in result.items()}
    raise Unknown(f"resultado de tipo {type(result).__name__}")


def _tidy(number: float) -> Decimal:
    """The decimal that was meant: a double's noise beyond nine places is rounded off."""
    exact = Decimal(repr(number)).quantize(_PLACES, ROUND_HALF_UP)
    return exact.to_integral_value() if exact == exact.to_integral_value() else exact.normalize()


# --- The functions of packs ---------------------------------------------------------


def _numbers(rows: Any, column: str | None) -> list[float]:
    """The numbers of a list, or of a column of its rows; rows without it are skipped."""
    if isinstance(rows, Mapping) and column is not None:
        rows, column = rows.get(column), None
    if not isinstance(rows, list):
        raise Unknown("no es una lista")
    found = [row.get(column) if isinstance(row, Mapping) and column else row for row in rows]
    return [float(n) for n in found if isinstance(n, int | float) and not isinstance(n, bool)]


def _sum(rows: Any, column: str | None = None) -> float:
    return math.fsum(_numbers(rows, column))


def _mean(rows: Any, column: str | None = None) -> float:
    numbers = _numbers(rows, column)
    return math.fsum(numbers) / len(numbers)


def _least(rows: Any, column: str | None = None) -> float:
    return min(_numbers(rows, column))


def _most(rows: Any, column: str | None = None) -> float:
    return max(_numbers(rows, column))


def _count(rows: Any) -> float:
    return float(len(rows))


def _rounded(number: float, places: float = 0.0) -> float:
    step = Decimal(1).scaleb(-int(places))
    return float(_tidy(float(number)).quantize(step, ROUND_HALF_UP))


def _days(first: str, last: str) -> float:
    """Calendar days from one date to another, ISO text both."""
    begins, ends = datetime.date.fromisoformat(first[:10]), datetime.date.fromisoformat(last[:10])
    return float((ends - begins).days)


def _age(born: str, on: str) -> float:
    """Whole years from one date to another."""
    begins, ends = datetime.date.fromisoformat(born[:10]), datetime.date.fromisoformat(on[:10])
    return float(ends.year - begins.year - ((ends.month, ends.day) < (begins.month, begins.day)))


def _later(day: str, days: float) -> str:
    """The date that is so many calendar days later, ISO text."""
    return (datetime.date.fromisoformat(day[:10]) + datetime.timedelta(days=int(days))).isoformat()


CALENDAR_FUNCTIONS = frozenset({"habiles", "mas_habiles"})


def _of_calendar(counts: WorkingDays | None) -> dict[str, Callable[..., Any]]:
    """The functions that need the institution's calendar. Raises: Unknown: nobody handed one in."""
    if counts is None:
        raise Unknown("sin calendario")

    def between(first: str, last: str) -> float:
        begins, ends = datetime.date.fromisoformat(first[:10]), datetime.date.fromisoformat(last[:10])
        return float(counts.days_between(begins, ends))

    def after(first: str, days: float) -> str:
        if not 0 <= days <= 1000:
            raise Unknown("demasiados días")
        return counts.days_after(datetime.date.fromisoformat(first[:10]), int(days)).isoformat()

    return {"habiles": between, "mas_habiles": after}


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "suma": _sum,
    "promedio": _mean,
    "menor": _least,
    "mayor": _most,
    "cuenta": _count,
    "redondea": _rounded,
    "dias": _days,
    "edad": _age,
    "mas_dias": _later,
}


def names_read(*texts: str | None) -> set[str]:
    """The first names that these expressions read; what cannot be read, or is None, reads nothing."""
    found: set[str] = set()
    for text in texts:
        try:
            found |= {path[0] for path in compile_expression(text).paths} if text else set()
        except BadExpression:
            continue
    return found
