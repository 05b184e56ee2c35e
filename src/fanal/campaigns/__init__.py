"""Campaigns plans awareness campaigns with treated and control areas, and measures their effect.

Allowed: Releases and public layers. Never: a Post or an Estimate, a message drafted to resemble what
traffickers write, a person as the unit of treatment, tracking of those who see a message, sending without a
person's decision.
"""
