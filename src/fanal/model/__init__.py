"""The nouns of Fanal: frozen records and Arrow schemas. No I/O, no clock, no dice, and no re-exports.

Whoever needs a noun imports it from its own file. The contract in `.importlinter` names who may
import `model.post` and `model.estimate`; a re-export here would hide that.
"""
