"""Places says which areas a post is about: mentions with probabilities, from its text or from its point.

Allowed: the gazetteer, the rules by which names are read, and the kernels that read them.
Never: a village or a coordinate in what is returned; a name without a probability; the place of an author; text that
outlives the call.
"""
