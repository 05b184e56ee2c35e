"""Duties: which roles a person needs for each command, where a workspace has people."""

from collections.abc import Mapping

from fanal.model.person import Role

ANYBODY = tuple(Role)
"""Whoever is named, in any role."""

_LINE = (Role.ANALYST, Role.ADMINISTRATOR)
_OUT = (Role.ANALYST, Role.REVIEWER)
_RECORDS = (Role.AUDITOR, Role.ADMINISTRATOR)
_LIST = (Role.ANALYST, Role.REVIEWER, Role.OUTREACH, Role.ADMINISTRATOR)
"""Who sees the sensitive list, proposes and agrees: it names places that somebody seeks."""

_DIRECTORY = (Role.OUTREACH, Role.ADMINISTRATOR)
"""Who keeps the directory; that an entry holds is said by those who call there."""

MAY: Mapping[str, tuple[Role, ...]] = {
    "alerts": _OUT,
    "alerts acknowledge": _OUT,
    "alerts approve": (Role.REVIEWER,),
    "alerts mute": _OUT,
    "alerts send": _OUT,
    "alerts send --circle partners": (Role.REVIEWER,),
    "alerts show": _OUT,
    "audit head": _RECORDS,
    "audit list": (Role.AUDITOR,),
    "audit verify": _RECORDS,
    "brief": _OUT,
    "brief --circle partners": (Role.REVIEWER,),
    "compact": _LINE,
    "incident list": _RECORDS,
    "incident note": ANYBODY,
    "erase": (Role.ADMINISTRATOR,),
    "follow": _LINE,
    "index": (Role.ANALYST, Role.REVIEWER, Role.OUTREACH),
    "inside": (Role.ANALYST,),
    "keys": (Role.ADMINISTRATOR,),
    "keys rotate": (Role.ADMINISTRATOR,),
    "layers add": _LINE,
    "layers fetch": _LINE,
    "layers list": ANYBODY,
    "ledger": (Role.AUDITOR,),
    "people": (Role.ADMINISTRATOR,),
    "people add": (Role.ADMINISTRATOR,),
    "people end": (Role.ADMINISTRATOR,),
    "people renew": (Role.ADMINISTRATOR,),
    "people roles": (Role.ADMINISTRATOR,),
    "pleas close": (Role.OUTREACH,),
    "pleas list": (Role.OUTREACH,),
    "pleas reopen": (Role.OUTREACH,),
    "pleas show": (Role.OUTREACH,),
    "pleas take": (Role.OUTREACH,),
    "read": _LINE,
    "records export": _RECORDS,
    "rejects list": ANYBODY,
    "rejects replay": _LINE,
    "rejects show": ANYBODY,
    "rejects show --purpose": (Role.REVIEWER,),
    "release": _OUT,
    "release --circle partners": (Role.REVIEWER,),
    "sensitive": _LIST,
    "sensitive agree": _LIST,
    "sensitive end": _LIST,
    "sensitive hold": _LIST,
    "sensitive propose": _LIST,
    "sensitive withdraw": _LIST,
    "retention": _RECORDS,
    "retention --apply": (Role.ADMINISTRATOR,),
    "serve": _OUT,
    "services block add": (Role.OUTREACH, Role.ANALYST),
    "services block end": (Role.OUTREACH, Role.ANALYST),
    "services block list": (Role.OUTREACH, Role.ANALYST, Role.REVIEWER),
    "services check": _DIRECTORY,
    "services end": _DIRECTORY,
    "services export": _DIRECTORY,
    "services export --whole": _DIRECTORY,
    "services find": (Role.OUTREACH, Role.REVIEWER, Role.ADMINISTRATOR),
    "services gap": (Role.ANALYST, Role.REVIEWER, Role.OUTREACH),
    "services gap --out": _OUT,
    "services gap --out --circle partners": (Role.REVIEWER,),
    "services import": _DIRECTORY,
    "services list": ANYBODY,
    "services page": _DIRECTORY,
    "services place erase": _DIRECTORY,
    "services place set": (Role.OUTREACH,),
    "services place show": (Role.OUTREACH,),
    "services serve": _DIRECTORY,
    "services show": _DIRECTORY,
    "services verify": (Role.OUTREACH,),
    "status": ANYBODY,
    "text": (Role.REVIEWER, Role.OUTREACH, Role.INVESTIGATOR),
    "update": _LINE,
}
"""Each command that opens what a workspace knows, with the roles of which one is enough."""

OPEN = (
    "bench",
    "demo",
    "evaluate",
    "explain",
    "gazetteer build",
    "gazetteer show",
    "init",
    "layers hexagons",
    "locate",
    "simulate",
    "train",
)
"""Commands, or groups of them, that take what they are given and read nothing of a workspace but names of places."""
