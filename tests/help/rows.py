"""Directories that the tests of help share: small, invented, without a real person."""

import uuid
from datetime import UTC, date, datetime

from fanal.help.freshness import digest
from fanal.model.directory import Directory, Row
from fanal.model.verified import Check, Finding

TODAY = date(2026, 3, 1)


def uid(name: str) -> str:
    """Return an id that the same name always has."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def row(table: str, key: str, /, **columns: object) -> Row:
    """Return a row."""
    return Row(table, {"id": uid(key), **columns}, f"{table}:{key}")


def clinic(*, confidential: bool = False, name: str = "clinic") -> list[Row]:
    """Return a clinic with a phone and a place, and hours at both."""
    marks = {"confidential": True} if confidential else {}
    return [
        row("organization", "org", name="Help House", description="It helps.", website="https://example.org"),
        row("service", name, name="Clinic", status="active", organization_id=uid("org"), alert="Gate B", **marks),
        row("phone", f"{name}-phone", number="+964 770 123 4567", service_id=uid(name)),
        row("contact", f"{name}-contact", name="A. Person", service_id=uid(name)),
        row("phone", f"{name}-person", number="+964 770 765 4321", contact_id=uid(f"{name}-contact")),
        row("schedule", f"{name}-hours", opens_at="09:00", closes_at="17:00", service_id=uid(name)),
        row("location", f"{name}-place", location_type="physical", name="Blue door", longitude=43.1, latitude=36.3),
        row("address", f"{name}-address", address_1="Long Street 1", city="Town", address_type="physical",
            location_id=uid(f"{name}-place")),
        row("service_at_location", f"{name}-tie", service_id=uid(name), location_id=uid(f"{name}-place")),
        row("service_area", f"{name}-area", name="North", extent="XX01", extent_type="pcode", service_id=uid(name)),
        row("metadata", f"{name}-meta", resource_id=uid(name), field_name="name", previous_value="Old Street 9",
            replacement_value="Clinic", last_action_date="2025-01-01", last_action_type="update",
            updated_by="A. Person"),
    ]  # fmt: skip


def checked(directory: Directory, name: str, *, until: date = date(2026, 4, 1), gone: bool = False) -> Check:
    """Return a check of an entry as it is."""
    return Check(
        source="list",
        service=uid(name),
        finding=Finding.GONE if gone else Finding.HOLDS,
        digest=digest(directory, uid(name)),
        until=until,
        who="The outreach officer",
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )
