"""What a workspace keeps: the lake, the desk, the vault and the keys. It hands out tables and never interprets them.

Readers see only rows whose batch id stands in the desk's `batches`. No text of a post, no village and
no author's name is ever written here but sealed, in the vault.
"""
