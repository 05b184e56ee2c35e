"""Help keeps the directory of services and finds those near a place, in a person's language.

Allowed: Services and public layers; what leaves is a Release or a directory entry cleared for the public.
Never: a log of who asked for what, the place of a confidential shelter, a Post or an Estimate.
"""
