"""The help page is for somebody who looks for help and may be watched: an app of its own, small, and without memory.

Allowed: entries that are checked and may be public, a list of places, words in seven languages, one exit.
Never: a cookie, storage in the browser, a request to another host, a query in an address or in a log, where somebody
is, the place of a confidential service, a number that nobody checked, silence shown as safety.
"""
