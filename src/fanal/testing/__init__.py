"""Testing ships what tests of Fanal and of its extensions share: fakes, a fixed clock, checks of an interface.

Allowed: anything below it. Never: being imported by the product; the layers contract puts it on top.
"""
