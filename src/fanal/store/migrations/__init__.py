"""The history of the desk's tables: one file a revision, in the order of its number, never edited once released.

A revision says only `upgrade`: a desk goes forward, and the way back is a copy. It names its tables and
columns itself and never takes them from `fanal.store.desk`, which goes on changing. SQLite cannot alter
most of a table in place: use `op.batch_alter_table`. All revisions of one opening are one transaction, so
a revision commits nothing. `fanal.store.migrate` runs them.
"""
