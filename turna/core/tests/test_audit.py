"""The history cannot be changed; and what was changed all the same is found, and where."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from time import process_time
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from turna.core import audit
from turna.core.audit.sealing import CHAINS, seal_of
from turna.core.database import install_guards, remove_guards
from turna.core.models import AuditCheckpoint, AuditEntry, ChainHead
from turna.core.tests import factories as make

MOMENT = datetime(2026, 6, 10, 18, 30, 1, 500, tzinfo=UTC)


def seal(previous: str = "", **changes: object) -> str:
    parts = {
        "chain_kind": "sample",
        "chain_id": 42,
        "seq": 1,
        "at": MOMENT,
        "actor_id": 7,
        "on_behalf_of_id": None,
        "action": "task.completed",
        "data": {"answer": "sí", "step": "3"},
        "act": None,
    }
    return audit.entry_hash(previous, **{**parts, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"chain_kind": "institution"},
        {"chain_id": 43},
        {"seq": 2},
        {"at": MOMENT + timedelta(microseconds=1)},
        {"actor_id": None},
        {"on_behalf_of_id": 8},
        {"action": "task.claimed"},
        {"data": {"answer": "si", "step": "3"}},
        {"act": uuid4()},
        {"previous": "a" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_seal_covers_everything(change):
    previous = change.pop("previous", "")
    assert seal(previous, **change) != seal()


def test_the_seal_does_not_depend_on_spelling():
    assert seal(data={"b": 1, "a": [1, 2]}) == seal(data={"a": [1, 2], "b": 1})
    assert seal(at=MOMENT.astimezone(timezone(timedelta(hours=-6)))) == seal()
    assert len(seal()) == 64


def test_the_seal_refuses_what_json_cannot_hold():
    with pytest.raises(ValueError):
        seal(data={"n": float("nan")})


def test_sealing_is_fast():
    """The hot path's share: typical under 12 µs; the bound here allows for a busy machine."""
    data = {"step": "3", "answer": "sí", "opened": [{"step": "4", "position": 12, "token": 5}], "round": 2}
    best = min(_per_call(data) for _ in range(20))
    assert best < 40e-6


def _per_call(data):
    started = process_time()
    for _ in range(200):
        seal("0" * 64, data=data)
    return (process_time() - started) / 200


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
floats = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | floats | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.django_db
@budget(deadline=None, max_examples=60)
@given(data=st.dictionaries(words, values, max_size=4))
def test_what_is_sealed_is_read_back_the_same(data):
    """Whatever JSON a form may hold, the database gives back something with the same seal."""
    with transaction.atomic():
        institution = make.make_institution()
        entry = audit.append(institution.pk, "sample", 1, "x", data)
        assert seal_of(AuditEntry.objects.get(pk=entry.pk)) == entry.hash
        transaction.set_rollback(True)


@pytest.fixture
def chain(db):
    """Two chains; returns the entries of one of them, five long."""
    institution = make.make_institution()
    person = make.make_person(institution)
    made = []
    for number in range(1, 6):
        made.append(
            audit.append(
                institution.pk, "sample", 42, "task.completed", {"step": number, "note": "bien"}, actor=person.pk
            )
        )
        audit.append(institution.pk, "sample", 43, "task.completed", {"step": number})
    audit.note(institution.pk, "unit.created", {"unit": "tesorería"}, actor=person.pk)
    return made


@pytest.fixture
def unguarded(db):
    """Somebody with the database in hand took the triggers away."""
    remove_guards(connection)
    yield
    install_guards(connection)


def broken(**filters):
    return [(found.chain_id, found.seq, found.code) for found in audit.verify(**filters)]


def test_a_whole_history_has_no_breaks(chain):
    audit.checkpoint()
    assert broken() == []
    assert [entry.seq for entry in chain] == [1, 2, 3, 4, 5]
    assert chain[1].previous == chain[0].hash and chain[0].previous == ""


@pytest.mark.parametrize("model", [AuditEntry, AuditCheckpoint])
@pytest.mark.parametrize("act", ["update", "delete", "truncate"])
def test_the_database_refuses_to_change_history(chain, model, act):
    audit.checkpoint()
    table = model._meta.db_table
    column = "action" if model is AuditEntry else "seal"
    statement = {
        "update": f"UPDATE {table} SET {column} = 'x'",
        "delete": f"DELETE FROM {table}",
        "truncate": f"TRUNCATE {table} CASCADE" if connection.vendor == "postgresql" else f"DELETE FROM {table}",
    }[act]
    before = model.objects.count()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert model.objects.count() == before > 0


def test_every_column_of_an_entry_is_guarded(chain):
    for field in AuditEntry._meta.concrete_fields:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'UPDATE core_auditentry SET "{field.column}" = "{field.column}"')


def test_guards_may_be_installed_again(chain):
    install_guards(connection)
    install_guards(connection)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.all().delete()


def test_one_changed_byte_is_found(chain, unguarded):
    AuditEntry.objects.filter(pk=chain[2].pk).update(data={"step": 3, "note": "bieN"})
    assert broken() == [(42, 3, "content")]


def test_a_changed_byte_sealed_anew_is_found_by_the_next(chain, unguarded):
    entry = chain[2]
    entry.data = {"step": 3, "note": "otra cosa"}
    AuditEntry.objects.filter(pk=entry.pk).update(data=entry.data, hash=seal_of(entry))
    assert broken() == [(42, 4, "link")]


def test_a_changed_last_entry_sealed_anew_is_found_by_the_head(chain, unguarded):
    entry = chain[4]
    entry.action = "task.claimed"
    AuditEntry.objects.filter(pk=entry.pk).update(action=entry.action, hash=seal_of(entry))
    assert broken() == [(42, 5, "head")]


def test_a_removed_entry_is_found(chain, unguarded):
    AuditEntry.objects.filter(pk=chain[1].pk).delete()
    assert broken() == [(42, 3, "gap")]


def test_a_removed_tail_is_found(chain, unguarded):
    AuditEntry.objects.filter(pk__in=[chain[3].pk, chain[4].pk]).delete()
    found = list(audit.verify())
    assert [(b.chain_id, b.seq, b.code) for b in found] == [(42, 4, "tail")]
    assert "termina en 3" in found[0].message and "sample/42" in str(found[0])


def test_a_removed_chain_is_found_by_its_head(chain, unguarded):
    AuditEntry.objects.filter(chain_id=42).delete()
    assert broken() == [(42, 1, "tail")]


def test_a_chain_without_a_head_is_found(chain, unguarded):
    ChainHead.objects.filter(chain_id=42).delete()
    assert broken() == [(42, 5, "headless")]


def test_a_head_set_back_is_found(chain, unguarded):
    ChainHead.objects.filter(chain_id=42).update(seq=3, hash=chain[2].hash)
    assert broken() == [(42, 4, "beyond")]


def test_an_entry_moved_to_another_institution_is_found(chain, unguarded):
    AuditEntry.objects.filter(pk=chain[2].pk).update(institution=make.make_institution())
    assert broken() == [(42, 3, "institution")]


def rewrite(entries):
    """A patient forger: changes the first entry and seals the whole chain anew, head included."""
    previous = ""
    for entry in entries:
        entry.data = {**entry.data, "note": "reescrito"}
        entry.previous = previous
        previous = entry.hash = seal_of(entry)
        AuditEntry.objects.filter(pk=entry.pk).update(data=entry.data, previous=entry.previous, hash=entry.hash)
    ChainHead.objects.filter(chain_id=entries[0].chain_id).update(hash=previous)


def test_a_history_written_anew_is_found_by_the_checkpoint(chain, unguarded):
    audit.checkpoint()
    rewrite(chain)
    assert broken() == [(0, 0, "checkpoint")]
    assert broken(chain_kind="sample") == []  # the chain by itself looks whole


def test_only_the_stretch_that_changed_is_told(chain, unguarded):
    first = audit.checkpoint()
    institution = chain[0].institution_id
    later = [audit.append(institution, "sample", 44, "x", {"n": n}) for n in range(3)]
    second = audit.checkpoint()
    rewrite(later)
    audit.append(institution, "sample", 45, "x", {})
    audit.checkpoint()
    found = list(audit.verify())
    assert [b.code for b in found] == ["checkpoint"]
    assert f"{first.last_entry + 1} a {second.last_entry}" in found[0].message


def test_a_checkpoint_made_without_the_secret_is_found(chain, unguarded, settings):
    audit.checkpoint()
    rewrite(chain)
    AuditCheckpoint.objects.all().delete()
    settings.SECRET_KEY, ours = "la-clave-que-supuso-quien-falsifica", settings.SECRET_KEY
    audit.checkpoint()
    settings.SECRET_KEY = ours
    assert broken() == [(0, 0, "seal")]


def test_a_former_secret_still_holds(chain, settings):
    audit.checkpoint()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "una-clave-nueva-de-esta-instalacion"
    assert broken() == []


def test_a_checkpoint_of_nothing_new_is_the_former(chain):
    assert audit.checkpoint() == audit.checkpoint()


def test_heads_kept_elsewhere(chain):
    kept = [(42, chain[0].institution_id, 5, chain[4].hash), (43, chain[0].institution_id, 6, "f" * 64)]
    with CHAINS.temporarily("sample", lambda only: iter([h for h in kept if only in (None, h[0])])):
        assert broken() == [(43, 6, "tail")]


def test_the_same_act_twice_is_refused(chain):
    act = uuid4()
    audit.append(chain[0].institution_id, "sample", 42, "x", {}, act=act)
    with pytest.raises(DatabaseError), transaction.atomic():
        audit.append(chain[0].institution_id, "sample", 43, "x", {}, act=act)
    assert broken() == []


def test_the_command_says_where_and_exits_with_1(chain, unguarded):
    out = io.StringIO()
    call_command("audit", "verify", stdout=out)
    assert "íntegra" in out.getvalue()
    AuditEntry.objects.filter(pk=chain[2].pk).update(action="otro")
    out = io.StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("audit", "verify", stdout=out, stderr=io.StringIO())
    assert stop.value.code == 1
    assert "cadena sample/42, registro 3: su contenido no es el que se selló" in out.getvalue()


def test_the_command_seals(chain):
    out = io.StringIO()
    call_command("audit", "checkpoint", stdout=out)
    assert AuditCheckpoint.objects.get().seal in out.getvalue()


def test_dates_in_the_data_are_written_as_text(db):
    institution = make.make_institution()
    entry = audit.note(institution.pk, "x", {"when": MOMENT.date(), "many": (1, 2)})
    assert json.loads(json.dumps(entry.data)) == {"when": "2026-06-10", "many": [1, 2]}


@pytest.mark.django_db(transaction=True)
def test_checking_and_sealing_beside_people_at_work_finds_nothing():
    """Four write to two chains while the history is checked and sealed again and again: no gap, no false alarm."""
    institution = make.make_institution()

    def writer(worker: int) -> None:
        try:
            for number in range(20):
                audit.append(institution.pk, "sample", worker % 2, "x", {"worker": worker, "n": number})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(writer, worker) for worker in range(4)]
        while not all(future.done() for future in work):
            audit.checkpoint()
            assert broken() == []
        for future in work:
            future.result()
    audit.checkpoint()
    assert broken() == []
    for chain_id in (0, 1):
        seqs = AuditEntry.objects.filter(chain_kind="sample", chain_id=chain_id).order_by("seq")
        assert list(seqs.values_list("seq", flat=True)) == list(range(1, 41))
