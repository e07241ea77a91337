"""Formats as people see them: every type of field is drawn, keeps what was typed, and reads back."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest
from django.http import QueryDict
from django.template import engines
from django.template.loader import get_template

from turna.engine.definitions import FieldDef, FieldType, FormatDef, Place, SectionDef
from turna.engine.filling import fill
from turna.web.typed import MOST_ROWS, page_condition, read_typed

HERE = Place("formatos/prueba.yaml", 1)
OPTIONS = (("a", "Opción A"), ("b", "Opción B"))


def field(kind: str, **changes: Any) -> FieldDef:
    given: dict[str, Any] = {"key": kind, "label": f"Campo {kind}", "type": kind, "required": True, "place": HERE}
    if kind in ("choice", "several"):
        given["options"] = OPTIONS
    if kind == "table":
        amounts = field("money", key="importe"), field("yes_no", key="pagado", required=False)
        given["columns"] = (field("text", key="concepto"), *amounts)
    if kind == "computed":
        given["computed"] = "money * 2"
    return FieldDef(**(given | changes))


def sheet(*fields: FieldDef) -> FormatDef:
    return FormatDef("prueba", "Prueba", None, (SectionDef("Datos", fields),), (), HERE)


def draw(format: FormatDef, values: Any = None, errors: Any = None) -> str:
    source = "{% load formats %}{% format_errors format errors %}{% format_sheet format values errors %}"
    return engines["django"].from_string(source).render({"format": format, "values": values, "errors": errors})


class Inputs(HTMLParser):
    """What a browser would send, without touching anything; and every id and label."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.named: list[dict[str, str | None]] = []
        self.select: str | None = None
        self.text: list[str] | None = None
        self.skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: C901
        at = dict(attrs)
        self.skip += tag == "template"
        if self.skip:
            return
        if "id" in at:
            self.ids.append(str(at["id"]))
        if tag == "label":
            self.labels.add(str(at["for"]))
        if tag in ("input", "select", "textarea") and "name" in at:
            self.named.append(at | {"tag": tag})
        name, kind = str(at.get("name")), at.get("type")
        if tag == "input" and (kind not in ("radio", "checkbox", "file") or "checked" in at):
            self.sent.append((name, str(at.get("value", ""))))
        if tag == "select":
            self.select = name
        if tag == "option" and self.select and "selected" in at:
            self.sent.append((self.select, str(at.get("value", ""))))
        if tag == "textarea":
            self.text = []
            self.area = name

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.skip -= tag == "template"
        if tag == "textarea" and self.text is not None:
            self.sent.append((self.area, "".join(self.text).removeprefix("\n")))
            self.text = None


def read(html: str) -> Inputs:
    inputs = Inputs()
    inputs.feed(html)
    return inputs


def posted(inputs: Inputs) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in inputs.sent:
        data.appendlist(name, value)
    return data


KEPT: dict[str, Any] = {
    "text": "Uno <b>dos</b>",
    "long_text": "Primer renglón\nSegundo & último",
    "integer": 1250,
    "decimal": "12.5",
    "money": "1234.50",
    "date": "2026-11-20",
    "period": {"desde": "2026-11-01", "hasta": "2026-11-30"},
    "time": "14:30",
    "choice": "b",
    "several": ["a", "b"],
    "table": [{"concepto": "Línea", "importe": "10.00", "pagado": False}, {"concepto": "Datos", "importe": "2.50"}],
    "person": "17",
    "position": "4",
    "unit": "9",
    "curp": "GODE561231HDFRRN00",
    "rfc": "XAXX010101000",
    "clabe": "032180000118359719",
    "email": "nombre@ejemplo.mx",
    "phone": "2299123456",
    "address": {"calle": "Zaragoza", "numero_exterior": "1", "colonia": "Centro", "codigo_postal": "91700"},
    "point": {"lat": 19.2, "lon": -96.133333},
    "file": "31",
    "image": "32",
    "signature": "Irene Islas",
    "reference": "EXP/1",
    "yes_no": True,
}


def test_every_type_of_field_has_a_sample() -> None:
    assert set(KEPT) | {"computed"} == set(get_args(FieldType))


@pytest.mark.parametrize("kind", [k for k in get_args(FieldType) if k != "computed"])
def test_what_was_kept_is_shown_and_sent_back_as_it_was(kind: str) -> None:
    format = sheet(field(kind))
    back = read_typed(format, posted(read(draw(format, {kind: KEPT[kind]}))))
    again = fill(format, back)
    assert again.errors == {}
    assert again.values == {kind: KEPT[kind]}


@pytest.mark.parametrize("kind", get_args(FieldType))
def test_each_input_has_a_name_for_who_cannot_see_it_and_ids_are_not_repeated(kind: str) -> None:
    html = draw(sheet(field(kind, help="Una ayuda")), {kind: KEPT.get(kind)}, {kind: "Falta este dato."})
    inputs = read(html)
    assert len(inputs.ids) == len(set(inputs.ids))
    for at in inputs.named:
        if at.get("type") != "hidden":
            assert at.get("aria-label") or at.get("id") in inputs.labels, at
    for ids in re.findall(r'aria-describedby="([^"]*)"', html):
        assert set(ids.split()) <= set(inputs.ids)


def test_what_was_refused_is_shown_as_it_was_typed_with_its_error() -> None:
    format = sheet(field("date"), field("money"), field("table"))
    typed = {"date": "31 de febrero", "money": "mil", "table": [{"concepto": "", "importe": "muchos"}]}
    filled = fill(format, typed)
    html = draw(format, typed, filled.errors)
    assert 'value="31 de febrero"' in html and 'value="mil"' in html and 'value="muchos"' in html
    for text in filled.errors.values():
        assert text in html
    for id in re.findall(r'<a href="#([^"]+)"', html):
        assert id in read(html).ids


def test_rows_left_empty_are_dropped_and_gaps_do_not_matter() -> None:
    format = sheet(field("table"))
    data = QueryDict("f-table.0.concepto=&f-table.3.concepto=Uno&f-table.3.importe=5&f-table.12.concepto=Dos")
    rows = read_typed(format, data)["table"]
    assert rows == [{}, {"concepto": "Uno", "importe": "5"}, {"concepto": "Dos"}], "a gap keeps its place for errors"
    filled = fill(format, {"table": [{}, {"concepto": "Uno", "importe": "x"}]})
    assert list(filled.errors) == ["table.1.importe"]
    assert fill(format, {"table": rows}, partial=True).values == {
        "table": [{"concepto": "Uno", "importe": "5.00"}, {"concepto": "Dos"}]
    }


def test_no_number_of_rows_sent_by_hand_is_read_beyond_the_limit() -> None:
    data = QueryDict(mutable=True)
    data.update({f"f-table.{n}.concepto": "x" for n in range(900)})
    assert len(read_typed(sheet(field("table")), data)["table"]) == MOST_ROWS < 900


def rule(key: str, op: str, *values: str) -> dict[str, Any]:
    return {"field": key, "op": op, "values": list(values)}


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("tipo == 'A'", [[rule("tipo", "in", "A")]]),
        ("a == false || b != 'x'", [[rule("a", "in", "false")], [rule("b", "not", "x")]]),
        ("a in ['x', 'y'] && c", [[rule("a", "in", "x", "y"), rule("c", "in", "true")]]),
        ("importe > 10", None),
        ("(a || b) && c", None),
        (None, None),
    ],
)  # fmt: skip
def test_the_page_follows_simple_conditions_and_leaves_the_rest_to_the_server(text: str | None, ways: Any) -> None:
    found = page_condition(text)
    assert (json.loads(found) if found else None) == ways


def test_a_form_holds_no_style_nor_script_of_its_own() -> None:
    html = draw(sheet(*(field(k) for k in get_args(FieldType))), KEPT, {})
    assert " style=" not in html and "<script" not in html and " onclick" not in html


def test_every_template_of_this_room_can_be_read() -> None:
    root = Path(__file__).parents[1] / "templates"
    for path in root.rglob("*.html"):
        get_template(str(path.relative_to(root)))
