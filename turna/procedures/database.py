"""What models cannot declare: tables to which rows are only appended; indexes over words and beginnings of folios.

Called by a migration, and by the tests' set-up while they run without migrations. Idempotent.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from turna.core.database import Guard, install_guards

from .models import CaseDocument, DocumentSignature, DueRevision, Filing, PackRelease, ProcedureVersion

GUARDS: tuple[Guard, ...] = (
    Guard(PackRelease),
    Guard(ProcedureVersion, changeable=("valid_until",)),
    Guard(Filing),
    Guard(CaseDocument, changeable=("for_applicant", "withdrawn_at", "withdrawn_reason")),
    Guard(DocumentSignature),
    Guard(DueRevision),
)

POSTGRESQL = [
    # Words split at anything that is neither letter nor digit, so that 00042 of DMIGA/2026/00042 is a word.
    """CREATE OR REPLACE FUNCTION turna_words(txt text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
       $$ SELECT to_tsvector('simple', regexp_replace(txt, '[^0-9a-z]+', ' ', 'g')) $$""",
    "CREATE INDEX IF NOT EXISTS case_words ON procedures_case USING gin (turna_words(search))",
    "CREATE INDEX IF NOT EXISTS case_folio_start ON procedures_case (institution_id, folio varchar_pattern_ops)",
]

SQLITE = [
    """CREATE VIRTUAL TABLE IF NOT EXISTS case_search USING fts5(
         search, content='procedures_case', content_rowid='id', tokenize="unicode61 remove_diacritics 2",
         prefix='2 3 4')""",
    """CREATE TRIGGER IF NOT EXISTS case_search_insert AFTER INSERT ON procedures_case BEGIN
         INSERT INTO case_search(rowid, search) VALUES (new.id, new.search); END""",
    """CREATE TRIGGER IF NOT EXISTS case_search_delete AFTER DELETE ON procedures_case BEGIN
         INSERT INTO case_search(case_search, rowid, search) VALUES ('delete', old.id, old.search); END""",
    # Every step updates the case; only a new text touches the index.
    """CREATE TRIGGER IF NOT EXISTS case_search_update AFTER UPDATE OF search ON procedures_case
         WHEN old.search IS NOT new.search BEGIN
         INSERT INTO case_search(case_search, rowid, search) VALUES ('delete', old.id, old.search);
         INSERT INTO case_search(rowid, search) VALUES (new.id, new.search); END""",
]


def install_search(connection: BaseDatabaseWrapper) -> None:
    """Makes the search indexes on this database; on SQLite also indexes the cases already there."""
    with connection.cursor() as cursor:
        for statement in POSTGRESQL if connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO case_search(case_search) VALUES ('rebuild')")


def install_room(connection: BaseDatabaseWrapper) -> None:
    """On PostgreSQL pages of cases are not filled to the brim: every act writes its case's row anew, and a new row on
    the same page touches no index."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE procedures_case SET (fillfactor = 70)")


def install_procedure_guards(connection: BaseDatabaseWrapper) -> None:
    """Releases, versions, filings, documents, signatures and former due dates are only appended."""
    install_guards(connection, GUARDS)
