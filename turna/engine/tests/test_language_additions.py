"""What issue numbering, checks between fields, account rules, working days and the printed reading say when read."""

from __future__ import annotations

import datetime
import re
import shutil
from pathlib import Path

import pytest

from turna.engine.checking import check_reading, read_and_check
from turna.engine.definitions import AccountRule, Issue, Pack
from turna.engine.expressions import WORKING_DAYS, BadExpression, compile_expression, condition, value
from turna.engine.printed import NOT_PRINTED
from turna.engine.reading import read_sources

PAGE = Path(__file__).parents[3] / "docs" / "lenguaje.md"
_EXAMPLE = re.compile(r"^```(?:yaml|typst) (\S+)\n(.*?)^```$", re.M | re.S)
VERACRUZ = Path(__file__).parents[3] / "manuales" / "veracruz-dmiga"


class Weekdays:
    """Monday to Friday, nothing else."""

    def days_between(self, first: datetime.date, last: datetime.date) -> int:
        days = (first + datetime.timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(day.weekday() < 5 for day in days)

    def days_after(self, first: datetime.date, days: int) -> datetime.date:
        day = first
        while days:
            day += datetime.timedelta(days=1)
            days -= day.weekday() < 5
        return day


def test_working_days_are_counted_by_who_is_handed_in() -> None:
    around = {"hoy": "2026-11-20", "fecha": "2026-11-25", WORKING_DAYS: Weekdays()}
    assert value("habiles(hoy, fecha)", around) == 3
    assert condition("habiles(hoy, fecha) >= 3", around)
    assert value("mas_habiles(hoy, 2)", around) == "2026-11-24"
    assert value("mas_dias(hoy, 90)", around) == "2027-02-18"


def test_without_a_calendar_working_days_are_unknown() -> None:
    around = {"hoy": "2026-11-20", "fecha": "2026-11-25"}
    assert value("habiles(hoy, fecha)", around) is None
    assert not condition("habiles(hoy, fecha) >= 0", around)


def test_an_unknown_function_tells_the_known_ones() -> None:
    with pytest.raises(BadExpression) as told:
        compile_expression("habil(hoy, fecha)")
    assert "habiles" in told.value.mend and "mas_dias" in told.value.mend


def changed(folder: Path, file: str, old: str, new: str) -> tuple[Pack | None, set[tuple[str, str]]]:
    """The Veracruz pack with one text changed: what can be read, and its errors as (code, message)."""
    target = folder / VERACRUZ.name
    if not target.exists():
        shutil.copytree(VERACRUZ, target)
    path = target / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    pack, findings = read_and_check(target)
    return pack, {(f.code, f.message) for f in findings if f.severity == "error"}


def test_a_document_may_take_its_own_number(tmp_path: Path) -> None:
    file = "procedimientos/orden-de-pago.yaml"
    pack, errors = changed(
        tmp_path, file, "genera: orden-de-pago", "genera: [{plantilla: orden-de-pago, serie: ordenes, numera: firmar}]"
    )
    assert pack is not None and errors == set()
    assert pack.procedures["orden-de-pago"].by_step["3"].issues == (Issue("orden-de-pago", "ordenes", "signature"),)
    _, errors = changed(tmp_path, file, "serie: ordenes, numera", "serie: recibos, numera")
    assert {code for code, _ in errors} == {"unknown-series"}
    _, errors = changed(tmp_path, file, "serie: recibos, ", "")
    assert {code for code, _ in errors} == {"missing-key"}


def test_checks_between_fields_are_read_and_judged(tmp_path: Path) -> None:
    file = "formatos/factura.yaml"
    check = 'validaciones: [{cumple: "dias(fecha, hoy) <= 90", mensaje: Ya pasó., campo: fecha}]\nhoja: sí\nsecciones:'
    pack, errors = changed(tmp_path, file, "secciones:", check)
    assert pack is not None and errors == set()
    form = pack.formats["factura"]
    assert form.spreadsheet and [(c.condition, c.message, c.field) for c in form.checks] == [
        ("dias(fecha, hoy) <= 90", "Ya pasó.", "fecha")
    ]
    _, errors = changed(tmp_path, file, "campo: fecha}", "campo: dia}")
    assert {code for code, _ in errors} == {"unknown-field"}
    _, errors = changed(tmp_path, file, "dias(fecha, hoy) <= 90", "fecha &&")
    assert "bad-expression" in {code for code, _ in errors}


def test_account_rules_are_read(tmp_path: Path) -> None:
    rule = '  - {clave: sistemas, nombre: Sistemas, formas: ["{inicial}{apellido}"], dominio: ejemplo.mx, largo: 10}\n'
    pack, errors = changed(tmp_path, "institucion.yaml", "series:", f"otras:\n{rule}series:")
    assert {code for code, _ in errors} == {"unknown-key"}
    shutil.rmtree(tmp_path / VERACRUZ.name)
    own = "" if "\ncuentas:\n" in (VERACRUZ / "institucion.yaml").read_text() else "cuentas:\n"
    mark = "cuentas:\n" if not own else "series:"
    new = f"cuentas:\n{rule}" if not own else f"cuentas:\n{rule}series:"
    pack, errors = changed(tmp_path, "institucion.yaml", mark, new)
    assert pack is not None and errors == set()
    read = next(a for a in pack.institution.accounts if a.key == "sistemas")
    assert read == AccountRule("sistemas", "Sistemas", ("{inicial}{apellido}",), read.place, "ejemplo.mx", 10)
    _, errors = changed(tmp_path, "institucion.yaml", "{inicial}{apellido}", "{inicial}{apelido}")
    assert {code for code, _ in errors} == {"bad-account"}


def example(old: str = "", new: str = "") -> tuple[Pack | None, set[str]]:
    """The example of the language's page with one text changed, and the codes of its errors."""
    sources = dict(_EXAMPLE.findall(PAGE.read_text(encoding="utf-8")))
    name = "procedimientos/pago.yaml"
    assert old in sources[name]
    sources[name] = sources[name].replace(old, new, 1)
    pack, findings = check_reading(read_sources("ejemplo", sources), ())
    return pack, {f.code for f in findings if f.severity == "error"}


def test_the_printed_reading_and_the_rules_are_told_and_not_run() -> None:
    pack, errors = example()
    assert pack is not None and errors == set()
    procedure = pack.procedures["pago"]
    assert [(d.what, bool(d.mend)) for d in procedure.defects] == [("No dice qué pasa si falta la firma", True)]
    assert [r.met_by for r in procedure.rules] == [("politica",), ("firma 6",)]
    printed = procedure.by_step["7"].printed
    assert printed is not None and printed.targets == ("9",) and printed.responsible is None
    assert str(procedure.by_step["7"].targets[0]) == "fin"


def test_a_printed_cell_may_be_empty_or_lead_nowhere() -> None:
    pack, errors = example("sigue: 9", f"sigue: {NOT_PRINTED}\n      responsable: ''\n      falta: sí")
    assert pack is not None and errors == set()
    printed = pack.procedures["pago"].by_step["7"].printed
    assert printed is not None and (printed.targets, printed.responsible, printed.missing) == (("nada",), "", True)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("cumple: firma 6", "cumple: firma 99", "unknown-means"),
        ("cumple: firma 6", "cumple: firma 5", "unknown-means"),
        ("cumple: firma 6", "cumple: mecanismo magia", "unknown-means"),
        ("cumple: firma 6", "cumple: []", "unmet-rule"),
        ("cumple: firma 6", "espera: milagros", "unknown-means"),
        ("porque: El", "por: El", "unknown-key"),
    ],
)
def test_a_rule_names_what_meets_it(old: str, new: str, code: str) -> None:
    assert code in example(old, new)[1]
