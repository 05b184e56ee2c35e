"""Fanal shows where, and for which groups, people are becoming exposed to trafficking, and brings help there.

This package root re-exports nothing: import each name from the file that defines it, so that the
import contracts see who takes what.
"""
