"""The nouns of the core, one module per subject."""

from .audit import AuditCheckpoint, AuditEntry, ChainHead
from .calendar import CalendarDay, WorkingHours
from .files import Blob, StoredFile
from .folios import FolioCounter, FolioSeries
from .health import Beat
from .limits import Attempt
from .notices import Notice, NoticePreference, OutboxMail
from .organization import Appointment, ExternalParty, Institution, Position, PositionRight, Substitution, Unit
from .people import Person
from .user_names import Envelope, UserName

__all__ = [
    "Appointment",
    "Attempt",
    "AuditCheckpoint",
    "AuditEntry",
    "Beat",
    "Blob",
    "CalendarDay",
    "ChainHead",
    "Envelope",
    "ExternalParty",
    "FolioCounter",
    "FolioSeries",
    "Institution",
    "Notice",
    "NoticePreference",
    "OutboxMail",
    "Person",
    "Position",
    "PositionRight",
    "StoredFile",
    "Substitution",
    "Unit",
    "UserName",
    "WorkingHours",
]
