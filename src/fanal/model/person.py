"""The person who acts: their name, their roles, and the purpose for which they look at what was written."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Name what a person may do in a workspace.

    >>> Role("auditor").value
    'auditor'
    """

    ANALYST = "analyst"  # exact counts, hotspots and the index; no text
    REVIEWER = "reviewer"  # text of posts that need a decision, and the decisions
    OUTREACH = "outreach"  # pleas and what answers them
    INVESTIGATOR = "investigator"  # text of what a reviewer confirmed
    AUDITOR = "auditor"  # the audit log, the ledger, the records; nothing else
    ADMINISTRATOR = "administrator"  # people, retention, erasure, keys; no text


class Purpose(StrEnum):
    """Name why somebody looks at what a person wrote, or at exact numbers.

    >>> Purpose("review").value
    'review'
    """

    REVIEW = "review"  # is the signal right?
    OUTREACH = "outreach"  # who can be helped, and how?
    EVIDENCE = "evidence"  # what must be kept for a court?
    ANALYSIS = "analysis"  # where do things change?
    QUALITY = "quality"  # how well do the detectors work?
    ERASURE = "erasure"  # what does somebody ask to have removed?


class Deed(StrEnum):
    """Name what the audit log writes down.

    >>> Deed("text_read").value
    'text_read'
    """

    PERSON_ADDED = "person_added"
    PERSON_ENDED = "person_ended"
    ROLES_CHANGED = "roles_changed"
    TOKEN_RENEWED = "token_renewed"  # noqa: S105 - a deed
    REFUSED = "refused"  # somebody without the role asked
    TEXT_READ = "text_read"
    ROWS_REPLAYED = "rows_replayed"  # rejected rows of the vault were read again; nobody saw them
    NUMBERS_READ = "numbers_read"
    DECIDED = "decided"
    RELEASE_MADE = "release_made"
    RELEASE_WRITTEN = "release_written"
    SENT = "sent"
    KEY_DESTROYED = "key_destroyed"
    KEYS_ROTATED = "keys_rotated"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # texts that their authors deleted on the platform went
    ERASED = "erased"
    PLACE_SET = "place_set"  # where a confidential place is
    PLACE_READ = "place_read"
    PLACE_ERASED = "place_erased"
    PLEAS_LISTED = "pleas_listed"
    PLEA_MARKED = "plea_marked"  # taken, closed or opened again
    BLOCK_ADDED = "block_added"
    BLOCK_ENDED = "block_ended"
    RULE_PROPOSED = "rule_proposed"
    RULE_DECIDED = "rule_decided"
    INCIDENT_NOTED = "incident_noted"
    LEDGER_READ = "ledger_read"
    AUDIT_READ = "audit_read"
    RECORDS_WRITTEN = "records_written"
    DIRECTORY_IMPORTED = "directory_imported"
    DIRECTORY_ENDED = "directory_ended"
    DIRECTORY_EXPORTED = "directory_exported"
    SERVICE_VERIFIED = "service_verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Hold who acts. A workspace in which nobody is named has one person in every role: its owner.

    >>> Person(name="amal", roles=frozenset({Role.ANALYST})).may(Role.ANALYST, Role.REVIEWER)
    True
    """

    name: str
    roles: frozenset[Role]

    def may(self, *roles: Role) -> bool:
        """Say whether the person has one of these roles."""
        return not self.roles.isdisjoint(roles)
