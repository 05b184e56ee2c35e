"""Privacy is the gate: the only maker of Releases, and what the outside faces ask before they show one.

Allowed: bounding, OpenDP's noise (never seeded), thresholds, the fit under governorates, delays, the sensitive
list, and refusals. Never: noise of our own on people's counts, an exact count or a small cell in a Release, a
week drawn twice, a choice of what is hidden that depends on the counts other than through the noisy number.
"""
