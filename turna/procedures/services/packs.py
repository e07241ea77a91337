"""Installing a pack: its institution is published, and each procedure whose content changed becomes a new version.

Everything or nothing: a pack with one error installs nothing and says all that is wrong. Open cases stay on the version
they began with; `plans` says which could move, and `moving` moves them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from turna.core import audit, events
from turna.core.calendar import now
from turna.core.models import Institution, Position, Unit
from turna.core.rights import Standing
from turna.engine.checking import check_reading
from turna.engine.definitions import Finding, Pack, Procedure
from turna.engine.reading import read_files

from ..actions import ACTIONS
from ..events import PackInstalled
from ..models import PackRelease, ProcedureVersion, Schedule
from ..models import Procedure as ProcedureRow
from ..searching import searchable
from .outcomes import Refused
from .publishing import publish_institution
from .schedules import next_time


class PackRefused(Refused):
    """A pack with errors. `findings`: everything that is wrong or doubtful."""

    def __init__(self, findings: list[Finding]) -> None:
        wrong = sum(f.severity == "error" for f in findings)
        super().__init__("invalid_pack", _("El manual tiene %(n)d errores; no se instaló nada.") % {"n": wrong})
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation did. `versions`: (procedure key, version number) of those that changed; `gone`: procedures
    that the pack no longer has, which nobody can start any more; `changes`: of the institution, in words."""

    institution_id: int
    release: int
    versions: tuple[tuple[str, int], ...]
    unchanged: tuple[str, ...]
    gone: tuple[str, ...]
    changes: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def check_folder(folder: Path) -> tuple[Pack | None, list[Finding]]:
    """The pack in a folder, None when it has errors, and everything the reader and the checker say."""
    return check_reading(read_files(folder), list(ACTIONS))


def install_pack(folder: Path | Pack, by: Standing, note: str = "") -> Installed:
    """Publishes a pack: its institution's data and a new version of each procedure that changed.

    Installing the same again changes nothing. Right: packs.install.
    Raises: Refused("not_allowed"), PackRefused. Publishes: PackInstalled.
    """
    by.require("packs.install")
    findings: list[Finding] = []
    pack = folder if isinstance(folder, Pack) else None
    if isinstance(folder, Path):
        pack, findings = check_folder(folder)
    if pack is None:
        raise PackRefused(findings)
    with transaction.atomic():
        institution, changes = publish_institution(pack.institution, by)
        if by.institution_id not in (0, institution.pk) and not by.administers:
            raise Refused("not_allowed", _("Usted no puede instalar el manual de otra institución."))
        # One installation at a time.
        Institution.objects.select_for_update().get(pk=institution.pk)
        done = _publish(pack, institution, by, note.strip()[:300], now())
    events.publish(PackInstalled(institution.pk, pack.key, done.release))
    return Installed(
        done.institution_id,
        done.release,
        done.versions,
        done.unchanged,
        done.gone,
        tuple(changes),
        tuple(findings),
    )


def _publish(pack: Pack, institution: Institution, by: Standing, note: str, moment: datetime) -> Installed:
    digest = digest_of_sources(pack.sources.items())
    releases = PackRelease.objects.filter(institution=institution, key=pack.key)
    last = releases.order_by("-number").first()
    if last is not None and last.digest == digest:
        return Installed(institution.pk, last.number, (), tuple(pack.procedures), (), ())
    number = (releases.aggregate(last=Max("number"))["last"] or 0) + 1
    release = PackRelease.objects.create(
        institution=institution,
        key=pack.key,
        number=number,
        digest=digest,
        sources=dict(pack.sources),
        note=note,
        installed_at=moment,
        installed_by_id=by.actor_id,
    )
    changed = [(p.key, _publish_procedure(p, pack, release)) for p in pack.procedures.values()]
    versions = tuple((key, version) for key, version in changed if version)
    gone = _retire(pack, institution, moment)
    told = {"pack": pack.key, "release": number, "digest": digest, "versions": dict(versions), "note": note}
    audit.note(institution.pk, "pack.installed", told, actor=by.actor_id)
    unchanged = tuple(key for key, version in changed if not version)
    return Installed(institution.pk, number, versions, unchanged, gone, ())


def _publish_procedure(told: Procedure, pack: Pack, release: PackRelease) -> int:
    """The number of the new version; 0 when nothing changed."""
    institution, moment = release.institution_id, release.installed_at
    unit = Unit.objects.filter(institution=institution, key=told.unit).first()
    row, _created = ProcedureRow.objects.update_or_create(
        institution_id=institution,
        pack=pack.key,
        key=told.key,
        defaults={
            "code": told.code,
            "name": told.name,
            "unit": unit,
            "is_active": True,
            "search": searchable(told.name, told.code, told.unit_name, told.objective, *told.keywords),
        },
    )
    digest = digest_of_procedure(told, pack)
    last = row.versions.order_by("-number").first()
    if last is not None and last.digest == digest and last.valid_until is None:
        return 0
    row.versions.filter(valid_until__isnull=True).update(valid_until=moment)
    version = ProcedureVersion.objects.create(
        institution_id=institution,
        procedure=row,
        number=last.number + 1 if last is not None else 1,
        release=release,
        digest=digest,
        valid_from=moment,
        note=release.note,
    )
    _schedule(row, told, moment)
    return version.number


def _schedule(row: ProcedureRow, told: Procedure, moment: datetime) -> None:
    rule = told.start.schedule
    if rule is None:
        Schedule.objects.filter(procedure=row).delete()
        return
    next_at = next_time(rule, moment, row.institution)
    Schedule.objects.update_or_create(
        procedure=row, defaults={"institution_id": row.institution_id, "rule": rule[:120], "next_at": next_at}
    )


def _retire(pack: Pack, institution: Institution, moment: datetime) -> tuple[str, ...]:
    """Procedures that the pack no longer has: nobody starts them any more; their open cases go on."""
    rows = ProcedureRow.objects.filter(institution=institution, pack=pack.key, is_active=True)
    gone = rows.exclude(key__in=list(pack.procedures))
    keys = tuple(gone.values_list("key", flat=True))
    ProcedureVersion.objects.filter(procedure__in=gone, valid_until__isnull=True).update(valid_until=moment)
    Schedule.objects.filter(procedure__in=gone).delete()
    ProcedureRow.objects.filter(institution=institution, pack=pack.key, key__in=keys).update(is_active=False)
    return keys


# --- What changed ------------------------------------------------------------------


def digest_of_sources(sources: Iterable[tuple[str, str]]) -> str:
    return sha256(json.dumps(sorted(sources), ensure_ascii=False).encode()).hexdigest()


def digest_of_procedure(procedure: Procedure, pack: Pack) -> str:
    """Over the texts the procedure stands on: its own file, its formats, its templates and what those import."""
    names = {f"procedimientos/{procedure.key}.yaml"}
    forms = {a.form for a in procedure.activities} | {procedure.start.form}
    names |= {f"formatos/{form}.yaml" for form in forms if form}
    issued = {issue.template for a in procedure.activities for issue in a.issues}
    if issued:
        names |= {f"plantillas/{key}.typ" for key in issued}
        names |= {name for name in pack.sources if name.startswith("plantillas/_")}
    return digest_of_sources((name, pack.sources[name]) for name in names if name in pack.sources)


def positions_of(institution_id: int) -> dict[str, int]:
    return dict(Position.objects.filter(institution=institution_id).values_list("key", "id"))
