"""One value as a person types it to one value as it is kept: by type, with the Mexican spellings.

Kept values are JSON-ready and stable: amounts and numbers with decimals as text ("1234.50"), dates as ISO text. Each
reader returns the kept value or raises `Refused` with what to write instead. Limits and options are checked here too.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.mx import curp as stdnum_curp
from stdnum.mx import rfc as stdnum_rfc

from ..definitions import FieldDef
from ..suggest import plain

MAX_TEXT, MAX_LONG_TEXT = 500, 20_000
GENERIC_RFCS = frozenset({"XAXX010101000", "XEXX010101000"})
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
CENTS = Decimal("0.01")
ADDRESS_PARTS = (
    "calle", "numero_exterior", "numero_interior", "colonia", "codigo_postal", "municipio", "estado", "referencias",
)  # fmt: skip

_NUMBER = re.compile(r"(-?)\$?\s*(-?)(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d*)?")
_DATE = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})")
_LONG_DATE = re.compile(r"(\d{1,2})\s+de\s+([a-z]+)\s+(?:de\s+|del\s+)?(\d{4})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?\s*(a\.?\s*m\.?|p\.?\s*m\.?|h|hrs?\.?)?")
_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\ufeff]")
_YES = frozenset({"si", "s", "true", "1", "on", "yes", "verdadero"})
_NO = frozenset({"no", "n", "false", "0", "off", "falso"})


class Refused(ValueError):
    """The value cannot be kept; the text says what to write, in Spanish."""


def empty(typed: Any) -> bool:
    """Whether nothing was typed."""
    if isinstance(typed, str):
        return not _INVISIBLE.sub("", typed).strip()
    if isinstance(typed, Mapping):
        return all(empty(v) for v in typed.values())
    return typed is None or (isinstance(typed, list | tuple) and all(empty(v) for v in typed))


def read_value(field: FieldDef, typed: Any, today: str | None, warn: Callable[[str], None]) -> Any:
    """The kept value of a field that is neither a table nor computed. Raises: Refused."""
    kept = _READERS[field.type](field, typed)
    _check_limits(field, kept, today)
    if field.type == "rfc" and kept not in GENERIC_RFCS and not stdnum_rfc.is_valid(kept, validate_check_digits=True):
        warn("El dígito verificador del RFC no coincide: revíselo.")
    return kept


def number_of(kept: Any) -> Decimal | None:
    """The number that a kept text or number stands for, None when it is none."""
    if isinstance(kept, bool) or not isinstance(kept, str | int | float | Decimal):
        return None
    text = str(kept)
    return Decimal(text) if re.fullmatch(r"-?\d{1,18}(\.\d{1,12})?", text) else None


# --- Texts -------------------------------------------------------------------------


def _word(typed: Any) -> str:
    """One line of text."""
    if isinstance(typed, bool) or not isinstance(typed, str | int | float | Decimal):
        raise Refused("Escriba un texto.")
    return " ".join(_INVISIBLE.sub("", str(typed)).split())


def _text(field: FieldDef, typed: Any) -> str:
    return _bounded(_word(typed), MAX_TEXT)


def _long_text(field: FieldDef, typed: Any) -> str:
    if not isinstance(typed, str):
        return _text(field, typed)
    text = _INVISIBLE.sub("", typed.replace("\r\n", "\n").replace("\r", "\n"))
    return _bounded("\n".join(line.rstrip() for line in text.split("\n")).strip(), MAX_LONG_TEXT)


def _bounded(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Refused(f"Escriba a lo más {limit} letras; van {len(text)}.")
    return text


def _email(field: FieldDef, typed: Any) -> str:
    name, at, host = _word(typed).rpartition("@")
    address = name + at + host.lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address) or ".." in name:
        raise Refused("Escriba un correo como nombre@ejemplo.mx.")
    return address


def _phone(field: FieldDef, typed: Any) -> str:
    word = _word(typed)
    digits = re.sub(r"[\s().+-]", "", word)
    if word.startswith("+52") or len(digits) == 12:
        digits = digits.removeprefix("52")
    if len(digits) == 11 and digits.startswith("1"):  # the mobile prefix that stopped being dialled in 2019
        digits = digits[1:]
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        raise Refused("Escriba los 10 dígitos del teléfono.")
    return digits


def _address(field: FieldDef, typed: Any) -> Any:
    """The parts of an address in the order in which they are written; a text typed in one piece stays one."""
    if not isinstance(typed, Mapping):
        return _text(field, typed)
    given = {**typed, "codigo_postal": typed.get("codigo_postal") or typed.get("cp")}
    kept = {part: _text(field, given[part]) for part in ADDRESS_PARTS if not empty(given.get(part))}
    if not kept:
        raise Refused("Escriba el domicilio por partes: calle, colonia, código postal.")
    if "codigo_postal" in kept and not re.fullmatch(r"[0-9]{5}", kept["codigo_postal"]):
        raise Refused("El código postal tiene 5 dígitos.")
    return kept


def _signature(field: FieldDef, typed: Any) -> Any:
    """The name of who signs; with the file of the drawing when there is one."""
    if not isinstance(typed, Mapping):
        return _text(field, typed)
    if empty(typed.get("nombre")):
        raise Refused("Escriba también el nombre de quien firma.")
    name = _text(field, typed["nombre"])
    return name if empty(typed.get("archivo")) else {"nombre": name, "archivo": _word(typed["archivo"])}


# --- Numbers -----------------------------------------------------------------------


def _number(typed: Any, example: str) -> Decimal:
    match = _NUMBER.fullmatch(_word(typed).removesuffix("M.N.").strip())
    if match is None or (match[1] and match[2]) or match[4] == ".":
        raise Refused(f"Escriba un número como {example}.")
    sign = match[1] or match[2]
    return Decimal(sign + match[3].replace(",", "") + (match[4] or ""))


def _integer(field: FieldDef, typed: Any) -> int:
    number = _number(typed, "1,250")
    if number != number.to_integral_value():
        raise Refused("Escriba un número entero, sin decimales.")
    return int(number)


def _decimal(field: FieldDef, typed: Any) -> str:
    number = _number(typed, "1,250.75")
    if -int(number.as_tuple().exponent) > 6:
        raise Refused("Escriba a lo más 6 decimales.")
    return plain_number(number)


def _money(field: FieldDef, typed: Any) -> str:
    number = _number(typed, "1,234.50")
    if number != number.quantize(CENTS):
        raise Refused("Escriba a lo más dos decimales (centavos).")
    return str(number.quantize(CENTS) + 0)  # + 0: minus zero is zero


def plain_number(number: Decimal) -> str:
    """Without exponent and without zeros at the end: one number, one text."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


# --- Dates and times ---------------------------------------------------------------


def _date(field: FieldDef, typed: Any) -> str:
    return read_date(typed)


def read_date(typed: Any) -> str:
    """20/11/2026, 2026-11-20 or 20 de noviembre de 2026, as ISO text. Raises: Refused."""
    if isinstance(typed, datetime.date):
        typed = typed.isoformat()[:10]
    word = plain(_word(typed))
    try:
        date = _parsed_date(word)
    except ValueError as error:
        raise Refused("Esa fecha no existe. Escríbala como 20/11/2026.") from error
    if date is None or not 1900 <= date.year <= 2200:
        raise Refused("Escriba una fecha como 20/11/2026.")
    return date.isoformat()


def _parsed_date(word: str) -> datetime.date | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word, re.ASCII):
        return datetime.date.fromisoformat(word)
    if match := _DATE.fullmatch(word):
        return datetime.date(int(match[3]), int(match[2]), int(match[1]))
    match = _LONG_DATE.fullmatch(word)
    if match and match[2] in MONTHS:
        return datetime.date(int(match[3]), MONTHS.index(match[2]) + 1, int(match[1]))
    return None


def _time(field: FieldDef, typed: Any) -> str:
    match = _TIME.fullmatch(plain(_word(typed)))
    if match is None:
        raise Refused("Escriba una hora como 14:30.")
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "")[:1]
    if half in ("a", "p"):
        if not 1 <= hour <= 12:
            raise Refused("Escriba una hora como 14:30.")
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise Refused("Escriba una hora entre 00:00 y 23:59.")
    return f"{hour:02}:{minute:02}"


def _period(field: FieldDef, typed: Any) -> dict[str, str]:
    if isinstance(typed, str):
        parts = [p.removeprefix("del ") for p in re.split(r"\s+al?\s+", typed.strip())]
        typed = {"desde": parts[0], "hasta": parts[-1]} if len(parts) == 2 else {}
    if not isinstance(typed, Mapping) or empty(typed.get("desde")) or empty(typed.get("hasta")):
        raise Refused("Escriba las dos fechas: desde y hasta.")
    begins, ends = read_date(typed["desde"]), read_date(typed["hasta"])
    if begins > ends:
        raise Refused("La fecha final es anterior a la inicial.")
    return {"desde": begins, "hasta": ends}


# --- Choices and keys --------------------------------------------------------------


def _choice(field: FieldDef, typed: Any) -> str:
    word = _word(typed)
    for value, label in field.options:
        if word in (value, label):
            return value
    raise Refused("Elija una de las opciones.")


def _several(field: FieldDef, typed: Any) -> list[str]:
    items = list(typed) if isinstance(typed, list | tuple) else [typed]
    chosen = {_choice(field, item) for item in items if not empty(item)}
    return [value for value, _ in field.options if value in chosen]


def _yes_no(field: FieldDef, typed: Any) -> bool:
    if isinstance(typed, bool):
        return typed
    word = plain(_word(typed))
    if word not in _YES | _NO:
        raise Refused("Responda sí o no.")
    return word in _YES


def _reference(field: FieldDef, typed: Any) -> Any:
    """A key that others own (a person, a file, a case): a word or a number, or a list of them."""
    if isinstance(typed, list | tuple):
        return [_reference(field, item) for item in typed if not empty(item)]
    if isinstance(typed, int) and not isinstance(typed, bool):
        return typed
    return _bounded(_word(typed), MAX_TEXT)


def _point(field: FieldDef, typed: Any) -> dict[str, float]:
    if isinstance(typed, str):
        parts = [p.strip() for p in typed.split(",")]
        typed = {"lat": parts[0], "lon": parts[1]} if len(parts) == 2 else {}
    try:
        lat, lon = (round(float(_word(typed[key])), 6) for key in ("lat", "lon"))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Refused("Marque un punto en el mapa o escriba latitud, longitud.") from error
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise Refused("Ese punto no está en la Tierra: escriba latitud, longitud.")
    return {"lat": lat, "lon": lon}


# --- Identifiers -------------------------------------------------------------------


def _curp(field: FieldDef, typed: Any) -> str:
    number = stdnum_curp.compact(_word(typed))
    # Sex X is issued since 2023 and python-stdnum knows only H and M; the check digit covers the real letter.
    known = number[:10] + "M" + number[11:] if number[10:11] == "X" else number
    try:
        stdnum_curp.validate(known, validate_check_digits=False)
        if number[-1] != stdnum_curp.calc_check_digit(number):
            raise InvalidChecksum
    except InvalidChecksum as error:
        raise Refused("La CURP tiene un error: el último dígito no coincide.") from error
    except (ValidationError, ValueError) as error:
        raise Refused("Escriba los 18 caracteres de la CURP, como aparecen en la constancia.") from error
    return number


def _rfc(field: FieldDef, typed: Any) -> str:
    number = stdnum_rfc.compact(_word(typed))
    try:
        stdnum_rfc.validate(number, validate_check_digits=False)
    except (ValidationError, ValueError) as error:
        raise Refused("Escriba el RFC: 13 caracteres de persona o 12 de empresa.") from error
    if len(number) < 12:
        raise Refused("Falta la homoclave: el RFC tiene 13 caracteres de persona o 12 de empresa.")
    return number


def _clabe(field: FieldDef, typed: Any) -> str:
    digits = re.sub(r"[\s-]", "", _word(typed))
    if not re.fullmatch(r"[0-9]{18}", digits):
        raise Refused("Escriba los 18 dígitos de la CLABE.")
    weighed = sum(int(d) * w % 10 for d, w in zip(digits[:17], (3, 7, 1) * 6, strict=False))
    if (10 - weighed % 10) % 10 != int(digits[17]):
        raise Refused("La CLABE tiene un error: el último dígito no coincide.")
    return digits


# --- Limits ------------------------------------------------------------------------


def _check_limits(field: FieldDef, kept: Any, today: str | None) -> None:
    low, high = (today if limit == "hoy" else limit for limit in (field.minimum, field.maximum))
    measure, unit = _measure(field, kept)
    if measure is None:
        return
    if low is not None and measure < low:
        raise Refused(f"Debe ser {_limit_text(low)}{unit} o más." if field.type != "date" else
                      f"Debe ser el {_limit_text(low)} o después.")  # fmt: skip
    if high is not None and measure > high:
        raise Refused(f"Debe ser {_limit_text(high)}{unit} o menos." if field.type != "date" else
                      f"Debe ser el {_limit_text(high)} o antes.")  # fmt: skip


def _measure(field: FieldDef, kept: Any) -> tuple[Any, str]:
    """What a limit is compared with, and the unit to say."""
    if field.type in ("integer", "decimal", "money"):
        return number_of(kept), ""
    if field.type in ("text", "long_text"):
        return len(kept), " letras"
    if field.type == "several":
        return len(kept), " opciones"
    return (kept if field.type in ("date", "time") else None), ""


def _limit_text(limit: Any) -> str:
    if isinstance(limit, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", limit):
        return f"{limit[8:]}/{limit[5:7]}/{limit[:4]}"
    return f"{limit:,}" if isinstance(limit, int | Decimal) else str(limit)


_READERS: dict[str, Callable[[FieldDef, Any], Any]] = {
    "text": _text,
    "long_text": _long_text,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "date": _date,
    "period": _period,
    "time": _time,
    "choice": _choice,
    "several": _several,
    "person": _reference,
    "position": _reference,
    "unit": _reference,
    "curp": _curp,
    "rfc": _rfc,
    "clabe": _clabe,
    "email": _email,
    "phone": _phone,
    "address": _address,
    "point": _point,
    "file": _reference,
    "image": _reference,
    "signature": _signature,
    "reference": _reference,
    "yes_no": _yes_no,
}
