"""Facts are data that ship with Fanal: dated public layers of Iraq, and the names of the world's places.

Allowed: reading the files of `facts/data` and of installed packages, and a file of boundaries whose path is
handed in. Each file stands in `manifest.toml` with its publisher, licence, date and what was left out.
Never: the network; a sentence, headline or village of others; a count of displaced families under 10;
anything about one person; a number that was made up to fill a gap.
"""
