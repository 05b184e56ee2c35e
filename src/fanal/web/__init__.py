"""Web is the face in a browser: a page made of Releases and public boundaries; and the inbox for signed deliveries.

Allowed: Releases that `require` lets pass, area boundaries, words in three languages, files on this machine; in
the inbox, bytes of signed deliveries that are handed on unread and answered once they are committed;
in `help`, entries of services that may be public.
Never: an Estimate, a post, an author, a request to another host, a cookie, storage in the browser, a log of
who asked for what, a number that is changed on its way, an area without a figure shown as safe.
"""
