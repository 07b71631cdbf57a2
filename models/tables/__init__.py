"""Every table of the program, one import away."""

from models.tables.covenant import Agency, Bloc, Content, Covenant, Milestone, Obligation, Season, Seat
from models.tables.delivery import Escalation, Inbox, Meter, Outbox, Pace, PlatformTerms, Reminder, Timeline
from models.tables.desk import Broadcast, Notice
from models.tables.people import ROLES, Absence, Address, Binding, Conversation, Invitation, Person, Post
from models.tables.trust import Audit, ClockAnchor, Cursor, Seal, Token, WebSession
from models.tables.uploads import Upload, UploadLink, UploadPiece
from models.tables.work import UPDATE_KINDS, Evidence, Incoming, Promise, Update

__all__ = [
    "ROLES", "UPDATE_KINDS", "Absence", "Address", "Agency", "Audit", "Binding", "Bloc", "Broadcast", "ClockAnchor",
    "Content", "Conversation", "Covenant", "Cursor", "Escalation", "Evidence", "Inbox", "Incoming", "Invitation",
    "Meter", "Milestone", "Notice", "Obligation", "Outbox", "Pace", "Person", "PlatformTerms", "Post", "Promise",
    "Reminder", "Seal", "Season", "Seat", "Timeline", "Token", "Update", "Upload", "UploadLink", "UploadPiece",
    "WebSession",
]  # fmt: skip
