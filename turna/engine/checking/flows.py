"""What the checker says of a procedure's flow: targets, reach, decisions, forks, terms, loops."""

from __future__ import annotations

from fractions import Fraction

from ..definitions import END, Activity, Procedure, Term, TermUnit
from . import graph as g
from .desk import Desk

# At least how much of the maximum's unit one unit of a step's term takes, whatever the calendar: a week has at
# least four working days, a working day at least seven hours.
_TAKES: dict[TermUnit, dict[TermUnit, Fraction]] = {
    "working_days": {
        "working_days": Fraction(1),
        "calendar_days": Fraction(4, 7),
        "hours": Fraction(4, 7 * 24),
        "minutes": Fraction(4, 7 * 24 * 60),
    },
    "calendar_days": {
        "working_days": Fraction(1),
        "calendar_days": Fraction(1),
        "hours": Fraction(1, 24),
        "minutes": Fraction(1, 24 * 60),
    },
    "hours": {
        "working_days": Fraction(7),
        "calendar_days": Fraction(4),
        "hours": Fraction(1),
        "minutes": Fraction(1, 60),
    },
}
_TAKES["minutes"] = {unit: 60 * takes for unit, takes in _TAKES["hours"].items()}


def check_flow(desk: Desk, procedure: Procedure) -> None:
    _numbers(desk, procedure)
    for activity in procedure.activities:
        _targets(desk, procedure, activity)
        _decision(desk, activity)
    if desk.torn(procedure.place.file, procedure.lines.get("actividades", 0)):
        return  # a drawing with holes would only echo them
    graph = g.edges(procedure)
    back = g.reversed_edges(graph)
    _reach(desk, procedure, graph)
    _ends(desk, procedure, graph, back)
    _forks(desk, procedure, graph)
    _terms(desk, procedure, graph, back)
    _loops(desk, procedure, graph)


# --- Numbers, targets, decisions ----------------------------------------------------


def _numbers(desk: Desk, procedure: Procedure) -> None:
    seen: dict[str, Activity] = {}
    for activity in procedure.activities:
        if activity.step == END:
            told = "Una actividad no puede llamarse «fin»."
            desk.error(activity.place_of("paso"), "bad-key", told, "Dele el número que imprime el manual.")
        elif activity.step in seen:
            told = f"La actividad {activity.step} ya está en el renglón {seen[activity.step].place.line}."
            desk.error(activity.place_of("paso"), "duplicate-step", told, "Dé otro número a una de las dos.")
        seen.setdefault(activity.step, activity)


def _targets(desk: Desk, procedure: Procedure, activity: Activity) -> None:
    steps = procedure.by_step
    for answer in activity.answers:
        if answer.target.step is not None:
            desk.known(answer.place, "target", answer.target.step, steps)
    for target in activity.targets:
        if target.step is not None:
            desk.known(activity.place_of("sigue"), "target", target.step, steps)
    if activity.term and activity.term.target and activity.term.target.step is not None:
        desk.known(activity.term.place, "target", activity.term.target.step, steps)
    for step in activity.joins:
        desk.known(activity.place_of("reune"), "step", step, steps)
    if len(activity.targets) > 1 and len(set(activity.targets)) < len(activity.targets):
        told = f"La actividad {activity.step} abre dos veces la misma rama."
        desk.error(activity.place_of("sigue"), "duplicate-branch", told, "Nombre cada rama una vez.")


def _decision(desk: Desk, activity: Activity) -> None:
    place, step = activity.place_of("respuestas"), activity.step
    if activity.question is None and "respuestas" in activity.lines:
        told = f"La actividad {step} tiene respuestas pero no pregunta."
        desk.error(place, "answers-without-question", told, "Agregue `pregunta: ¿…?`.")
    elif activity.question is not None and not activity.answers:
        told = f"La actividad {step} pregunta pero no tiene respuestas."
        desk.error(activity.place_of("pregunta"), "question-without-answers", told, "Agregue `respuestas: {sí: …}`.")
    elif activity.question is not None and len(activity.answers) == 1:
        told = f"La pregunta de la actividad {step} tiene una sola respuesta."
        desk.error(place, "single-answer", told, "Agregue la otra respuesta o quite la pregunta.")
    for answer in activity.answers:
        if answer.automatic and answer.decide is None:
            told = f"La respuesta «{answer.label}» es automática pero no dice cuándo."
            desk.error(answer.place, "automatic-without-rule", told, 'Agregue `decide: "condición"`.')


# --- Reach ---------------------------------------------------------------------------


def _reach(desk: Desk, procedure: Procedure, graph: g.Edges) -> None:
    """One finding for each unreachable stretch, at its beginning."""
    told_of = set(g.distances([procedure.first.step], graph))
    order = {a.step: i for i, a in enumerate(procedure.activities)}
    for part in reversed(g.components(graph)):  # what leads comes before what it leads to
        if part[0] in told_of:
            continue
        step = min(part, key=order.__getitem__)
        told = f"A la actividad {step} no se llega desde ninguna otra."
        mend = "Haga que otra actividad la nombre en `sigue` o `respuestas`, o quítela."
        desk.error(procedure.by_step[step].place, "unreachable", told, mend)
        told_of |= set(g.distances(part, graph))


def _ends(desk: Desk, procedure: Procedure, graph: g.Edges, back: g.Edges) -> None:
    """One finding for each knot that nothing leaves."""
    living = set(g.distances([END], back)) if END in back else set()
    order = {a.step: i for i, a in enumerate(procedure.activities)}
    for part in g.components(graph):
        inside = set(part)
        if inside & living or any(name not in inside for step in part for name in graph[step]):
            continue
        step = min(part, key=order.__getitem__)
        told = f"Desde la actividad {step} no se puede llegar al fin."
        mend = "Agregue una salida: `sigue: fin` o una respuesta."
        desk.error(procedure.by_step[step].place, "no-way-out", told, mend)


# --- Forks ---------------------------------------------------------------------------


def _forks(desk: Desk, procedure: Procedure, graph: g.Edges) -> None:
    joins = {a.step for a in procedure.activities if a.joins}
    forked: set[str] = set()
    for activity in procedure.activities:
        if len(activity.targets) < 2:
            continue
        branches = [END if t.step is None else t.step for t in activity.targets]
        if any(b != END and b not in graph for b in branches):
            forked |= joins  # told as an unknown target; which join it meant nobody knows
            continue
        around = {**graph, activity.step: ()}
        reached = [set(g.distances([b], around)) for b in branches]
        forked |= set().union(*reached) & joins
        if not set.intersection(*reached) & joins:
            told = f"Las ramas que abre la actividad {activity.step} no se vuelven a juntar."
            mend = "Agregue `reune: [última de cada rama]` a la actividad donde se juntan."
            desk.error(activity.place_of("sigue"), "fork-never-joins", told, mend)
    for step in sorted(joins):
        _join(desk, procedure, procedure.by_step[step], graph, alone=step not in forked)


def _join(desk: Desk, procedure: Procedure, activity: Activity, graph: g.Edges, *, alone: bool) -> None:
    place = activity.place_of("reune")
    if alone:
        told = f"La actividad {activity.step} reúne ramas que nadie abrió."
        desk.error(place, "join-without-fork", told, "Abra las ramas con `sigue: [a, b]` o quite `reune`.")
        return
    for step in activity.joins:
        if step in graph and activity.step not in graph[step]:
            told = f"La actividad {activity.step} espera a la {step}, que no lleva a ella."
            mend = f"Escriba `sigue: {activity.step}` en la {step}, o nombre la última actividad de la rama."
            desk.error(place, "join-not-fed", told, mend)


# --- Terms and loops -------------------------------------------------------------------


def _weight(term: Term | None, unit: TermUnit) -> Fraction:
    return term.amount * _TAKES[unit][term.unit] if term is not None else Fraction(0)


def _terms(desk: Desk, procedure: Procedure, graph: g.Edges, back: g.Edges) -> None:
    """The terms of the steps against the procedure's: the quickest way, and then each step by itself."""
    term = procedure.term
    if term is None or END not in back:
        return
    limit = term.amount
    spans = {a.step: a.pause.term if a.pause is not None else a.term for a in procedure.activities}
    weights = {step: _weight(span, term.unit) for step, span in spans.items()}
    forward = g.shortest(procedure.first.step, graph, weights)
    backward = g.shortest(END, back, weights)
    quickest = forward.get(END, Fraction(0))
    if quickest > limit:
        told = f"Los plazos de las actividades suman al menos {int(quickest)}, más que el máximo: {term.text}."
        desk.error(term.place, "terms-do-not-fit", told, "Reduzca los plazos de las actividades o amplíe el máximo.")
        return
    for activity in procedure.activities:
        step = activity.step
        through = forward.get(step, 0) + backward.get(step, 0) - weights[step]
        span = spans[step]
        if span is not None and weights[step] and through > limit:
            told = f"El plazo de la actividad {step} no cabe en el máximo del procedimiento: {term.text}."
            mend = "Redúzcalo o amplíe el máximo."
            desk.error(span.place, "terms-do-not-fit", told, mend)


def _loops(desk: Desk, procedure: Procedure, graph: g.Edges) -> None:
    """One warning for each knot of jumps back, at the last activity that jumps back."""
    if procedure.term is not None:
        return
    order = {a.step: i for i, a in enumerate(procedure.activities)}
    for part in g.components(graph):
        inside = set(part)
        backs = [s for s in part if any(n in inside and order[n] <= order[s] for n in graph[s])]
        if not backs or any(procedure.by_step[step].term for step in part):
            continue
        names = ", ".join(sorted(part, key=order.__getitem__))
        told = f"Se puede volver sin límite ni plazo entre las actividades {names}."
        place = procedure.by_step[max(backs, key=order.__getitem__)].place
        desk.warn(place, "endless-loop", told, "Ponga `plazo` a una de ellas o al procedimiento.")
