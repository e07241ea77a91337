"""The flowchart's geometry, its words and what a strict page lets through."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from turna.engine.definitions import Procedure
from turna.engine.flow import compile_procedure, expiry_target
from turna.engine.flowchart import Flowchart, Page, draw
from turna.engine.flowchart.picture import Line, Picture, Point, Shape
from turna.engine.flowchart.text import width, wrap, wrap_in_diamond

from .procedures import act, procedure, procedures, term

SVG = "{http://www.w3.org/2000/svg}"


def payment() -> Procedure:
    """The payment order of Veracruz, in short."""
    desk, help_ = "secretaria de la dirección", "coordinador de seguimiento"
    checks = {"adquisiciones": "4", "contraloría": "6", "presupuestos": "8", "hacienda": "10"}
    asks = {step: f"¿La validación de {who} es favorable?" for who, step in checks.items()}
    return procedure(
        act("1", {"sí": "2", "no": "1"}, by=desk, text="Recibe la factura y verifica sus datos"),
        act("2", {"sí": "3", "no": "1"}, by=desk, text="Valida la factura ante el SAT"),
        act("3", "4", by=desk, text="Elabora o corrige la orden de pago", signers=("director",)),
        act("4", {"sí": "5", "no": "3"}, by="adquisiciones", text="Valida y firma", question=asks["4"]),
        act("5", "6", by=help_, text="Entrega la orden a la Contraloría"),
        act("6", {"sí": "7", "no": "3"}, by="contraloría", text="Revisa y firma", question=asks["6"]),
        act("7", "8", by=help_, text="Entrega la orden a Presupuestos"),
        act("8", {"sí": "9", "no": "3"}, by="presupuestos", text="Comprueba la suficiencia", question=asks["8"]),
        act("9", "10", by="presupuestos", text="Envía la orden a la Comisión de Hacienda"),
        act("10", {"sí": "11", "no": "3"}, by="hacienda", text="Firma la orden", question=asks["10"]),
        act("11", "fin", by="egresos", text="Paga al proveedor por transferencia"),
        key="orden-de-pago",
    )


def licence() -> Procedure:
    """One that forks, joins, waits for terms, and ends in several ways."""
    return procedure(
        act("1", ["2", "3", "4"], by="ventanilla", text="Recibe la solicitud & la turna <a todos>"),
        act("2", "5", by="jurídico", text="Revisa la personalidad"),
        act("3", {"sí": "5", "no": "1", "improcedente": "fin:improcedente"}, by="técnico", text="Revisa el proyecto"),
        act("4", "5", by=["técnico", "director"], text="Visita el lugar", term=term("1")),
        act("5", "6", by="director", text="Integra los dictámenes", joins=("2", "3", "4"), signers=("jurídico",)),
        act("6", {"sí": "7", "no": "3", "cancela": "fin:cancelado"}, by="director", text="R", term=term("fin:negado")),
        act("7", "fin", by="ventanilla", text="Entrega la licencia"),
        key="licencia",
    )


# --- Geometry ----------------------------------------------------------------------


def overlap(a: Shape, b: Shape) -> bool:
    return a.left < b.right - 0.1 and b.left < a.right - 0.1 and a.top < b.bottom - 0.1 and b.top < a.bottom - 0.1


def on_border(point: Point, shape: Shape) -> bool:
    x, y = point
    if shape.kind == "question":
        far = abs(x - shape.x) / (shape.width / 2) + abs(y - shape.middle) / (shape.height / 2)
        return abs(far - 1) < 0.05
    inside = shape.left - 0.1 <= x <= shape.right + 0.1 and shape.top - 0.1 <= y <= shape.bottom + 0.1
    edge = min(abs(x - shape.left), abs(x - shape.right), abs(y - shape.top), abs(y - shape.bottom))
    return inside and edge < 3.1


def crosses(a: Point, b: Point, shape: Shape) -> bool:
    """The stretch runs through the inside of the box (or of the inner half of a diamond)."""
    trim = 0.25 if shape.kind == "question" else 0.0
    left, right = shape.left + shape.width * trim + 1, shape.right - shape.width * trim - 1
    top, bottom = shape.top + shape.height * trim + 1, shape.bottom - shape.height * trim - 1
    return min(a[0], b[0]) < right and max(a[0], b[0]) > left and min(a[1], b[1]) < bottom and max(a[1], b[1]) > top


def stretches(line: Line) -> list[tuple[Point, Point]]:
    return list(zip(line.points, line.points[1:], strict=False))


def lie_on_each_other(a: tuple[Point, Point], b: tuple[Point, Point]) -> bool:
    for along, across in ((0, 1), (1, 0)):
        flat = all(abs(s[0][across] - s[1][across]) < 0.05 for s in (a, b))
        if flat and abs(a[0][across] - b[0][across]) < 0.5:
            low, high = max(min(p[along] for p in s) for s in (a, b)), min(max(p[along] for p in s) for s in (a, b))
            if high - low > 1:
                return True
    return False


def check_geometry(picture: Picture) -> None:
    for a, b in combinations(picture.shapes, 2):
        assert not overlap(a, b), (a, b)
    for shape in picture.shapes:
        assert 0 <= shape.left and shape.right <= picture.width and shape.bottom <= picture.height
    for line in picture.lines:
        for point in (line.points[0], line.points[-1]):
            assert any(on_border(point, shape) for shape in picture.shapes), (line, point)
        for a, b in stretches(line):
            assert abs(a[0] - b[0]) < 0.1 or abs(a[1] - b[1]) < 0.1, line
            assert all(0 <= p[0] <= picture.width and 0 <= p[1] <= picture.height for p in (a, b)), line
            assert not any(crosses(a, b, shape) for shape in picture.shapes), line
    for one, other in combinations([line for line in picture.lines if line.kind != "helper"], 2):
        for a in stretches(one):
            assert not any(lie_on_each_other(a, b) for b in stretches(other)), (one, other)


# --- Words -------------------------------------------------------------------------


def words(element: ElementTree.Element) -> str:
    return "".join(element.itertext()).strip()


def check_words(p: Procedure, svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    ids = {e.get("id") for e in root.iter() if e.get("id")}
    assert set((root.get("aria-labelledby") or "").split()) == ids and len(ids) == 2
    texts = Counter("".join(words(e).split()) for e in root.iter(f"{SVG}text") if e.get("class") == "fc-text")
    assert sum(texts.values()) == len(p.activities) + sum(a.is_decision for a in p.activities)
    for activity in p.activities:
        here = [t for t in texts if t.startswith("".join(activity.text.split()))]
        assert here, activity.text
    answers = Counter(words(e) for e in root.iter(f"{SVG}text") if "fc-answer" in (e.get("class") or ""))
    expected = Counter(a.label for act_ in p.activities for a in act_.answers)
    late = sum(expiry_target(compile_procedure(p).nodes[a.step]) is not None for a in p.activities)
    assert answers == expected + Counter({"vence": late})


def check_safe(svg: str) -> None:
    assert "style" not in svg and "nan" not in svg.lower().replace("ventanilla", "") and "url(" not in svg
    assert "<script" not in svg and "inf" not in re.sub(r">[^<]*<", "><", svg)


@pytest.mark.parametrize("p", [payment(), licence()], ids=["payment", "licence"])
def test_boxes_and_lines_keep_clear_of_each_other(p: Procedure):
    chart = draw(p)
    check_geometry(chart.picture)
    for picture in chart.page_pictures:
        check_geometry(picture)


@pytest.mark.parametrize("p", [payment(), licence()], ids=["payment", "licence"])
def test_every_activity_and_every_answer_stands_once(p: Procedure):
    chart = draw(p)
    check_words(p, chart.svg)
    check_safe(chart.svg)


def test_the_description_says_where_everything_leads():
    root = ElementTree.fromstring(draw(licence()).svg)
    said = words(root.find(f"{SVG}desc"))  # type: ignore[arg-type]
    assert "Actividad 3, Técnico: Revisa el proyecto. ¿Sale bien la 3? Sí: continúa en la actividad 5." in said
    assert "Improcedente: termina el procedimiento (improcedente)." in said
    assert "Si vence el plazo de 3 días hábiles: continúa en la actividad 1." in said


def test_where_the_case_stands_is_said_in_words_too():
    chart = draw(payment(), current=["6"], done=["1", "2"])
    assert chart.svg.count("fc-current") == 1 and chart.svg.count("fc-done") == 2
    assert chart.svg.count(">Aquí está<") == 1 and "Actividad 6 (aquí está el expediente)" in chart.svg
    check_geometry(chart.picture)


def test_pages_repeat_the_headers_and_connect():
    chart = draw(payment(), page=Page(816, 700))
    assert len(chart.pages) > 1
    for svg in chart.pages:
        assert svg.count("fc-header") == 8
        check_safe(svg)
    assert any("A la " in words(e) for e in ElementTree.fromstring(chart.pages[0]).iter(f"{SVG}text"))
    assert any("De la " in words(e) for e in ElementTree.fromstring(chart.pages[1]).iter(f"{SVG}text"))
    for picture in chart.page_pictures:
        check_geometry(picture)
    assert sum(s.kind == "step" for p in chart.page_pictures for s in p.shapes) == len(payment().activities)


def test_two_charts_share_no_id():
    ids = [re.findall(r' id="([^"]+)"', svg) for svg in (draw(payment()).svg, draw(licence()).svg)]
    assert not set(ids[0]) & set(ids[1])
    chart = draw(payment())
    assert not set(ids[0]) & set(re.findall(r' id="([^"]+)"', chart.pages[0]))


def test_signers_are_named_by_the_caller():
    assert ">Directora general<" in draw(payment(), names={"director": "Directora general"}).svg


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    a, b = sorted((light(one), light(other)))
    return (b + 0.05) / (a + 0.05)


def test_text_stands_out_from_every_ground():
    chart: Flowchart = draw(payment(), current=["6"], done=["1"])
    inks = set(re.findall(r'<text[^>]* fill="(#[0-9a-f]{6})"', chart.svg))
    grounds = set(re.findall(r'<rect[^>]* fill="(#[0-9a-f]{6})"', chart.svg))
    assert inks and grounds
    assert all(contrast(ink, ground) >= 4.5 for ink in inks for ground in grounds - inks)


def test_words_are_broken_only_when_they_must_be():
    assert wrap("Recibe la factura", 60, 11) == ["Recibe la", "factura"]
    assert "".join(wrap("x" * 80, 60, 11)) == "x" * 80
    lines, height = wrap_in_diamond("¿La Subdirección de Adquisiciones la valida?", 132, 10, 11.5)
    assert " ".join(lines) == "¿La Subdirección de Adquisiciones la valida?" and height < 150
    assert all(width(line, 10) < 132 for line in lines)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(procedures())
def test_any_procedure_is_drawn_cleanly(p: Procedure):
    chart = draw(p, page=Page(816, 600))
    check_geometry(chart.picture)
    check_words(p, chart.svg)
    check_safe(chart.svg)
    for picture, svg in zip(chart.page_pictures, chart.pages, strict=True):
        check_geometry(picture)
        check_safe(svg)
