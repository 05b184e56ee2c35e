"""Warm the caches: compile each kernel and load each verb once, so that the first real run starts at once."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from numba.core.dispatcher import Dispatcher

from fanal import pipeline, settings_file
from fanal.cli.clock import now
from fanal.cli.dice import batch_id, generator, secret
from fanal.cli.locator import shared
from fanal.cli.verbs import VERBS, load
from fanal.facts import iraq
from fanal.geo import grid
from fanal.geo.zones import circular_zones
from fanal.places.locate import make_locator
from fanal.risk import negative_binomial, permutation
from fanal.risk.poisson_prospective import scan
from fanal.risk.window import prospective
from fanal.settings import Settings
from fanal.signals.detect import load_detector
from fanal.signals.explain import explain
from fanal.simulate.stream import simulate
from fanal.sources import catalogue
from fanal.sources.mapping import FieldMapping
from fanal.store.workspace import make, opened
from fanal.text import grams, words, written

POSTS = {
    "csv": 'id,author,time,text\n1,a,2014-08-04T10:00:00Z,"We need water in Sinjar. نحتاج ماء في بغداد"\n',
    "jsonl": '{"id": "2", "author": "b", "time": 1407146400, "text": "The road to Duhok is open"}\n',
    "whatsapp": "\u200f[١٥/٩/٢٠٢٠، ٨:٤٦:٠٠ م] a: We need water in Sinjar\n",
    "telegram": '{"name": "a", "type": "public_channel", "id": 1, "messages": [{"id": 3, "type": "message", '
    '"date": "2014-08-04T10:00:00", "date_unixtime": "1407146400", "from_id": "c", "text": ["Help", {"text": "!"}]}]}',
    "activitystreams": '{"orderedItems": [{"type": "Note", "to": "as:Public", "published": "2014-08-04T10:00:00Z", '
    '"content": "<p>The road is open</p>"}]}',
    "facebook": '[{"timestamp": 1407146400, "data": [{"post": "Water \\u00c3\\u00a9"}]}]',
}
"""A post in each of the forms whose readers have kernels."""


SAID = "Nous n.e.e.d water in Sinjar, they took our passports. نحتاج ماء في بغداد وللموصل"
"""A text that indicators stand in, for what only an explanation calls."""


def forget() -> None:
    """Let every kernel that is loaded be compiled anew, wherever Numba keeps it.

    Numba keeps a kernel by its signature, its processor and the contents of its own file. It does not see that
    another file changed whose functions or constants were compiled into it.
    """
    modules = [module for name, module in sys.modules.items() if name.startswith("fanal.")]
    for kernel in {one for module in modules for one in vars(module).values() if isinstance(one, Dispatcher)}:
        kernel.recompile()


def warm() -> None:
    """Run each kernel on a handful of rows."""
    chosen = Settings()
    areas = iraq.areas()
    with tempfile.TemporaryDirectory(prefix="fanal-warm-") as scratch:
        simulate(Path(scratch) / "stream.jsonl", iraq.layers(), posts=100, seed=1, rng=generator(1))
        folder = Path(scratch) / "workspace"
        make(folder, settings_file.template())
        with opened(folder, dice=secret, writing=True) as workspace:
            for form, content in POSTS.items():
                file = Path(scratch) / f"posts.{form}"
                file.write_text(content, encoding="utf-8")
                pipeline.read(
                    workspace,
                    catalogue.find(form).read(file, mapping=FieldMapping(), rows=chosen.posts.batch_rows),
                    file=file.name,
                    form=form,
                    detector=load_detector(),
                    locator=make_locator(shared(), areas),
                    new_batch=batch_id,
                    clock=now,
                    progress=lambda _: None,
                )
            pipeline.from_posts(workspace, chosen, areas=areas, now=now(), dice=generator)
    grid.compile(areas).areas_of(np.array([43.0]), np.array([36.0]))
    explain(SAID, load_detector())
    texts = pa.array([SAID])
    grams.features(words.read(texts), kinds=grams.CLASSIFIER_READS, cap=len(SAID))
    written.features(texts, cap=len(SAID))
    negative_binomial.below(np.array([1]), np.ones(1), np.ones(1))
    negative_binomial.lowest(0.5, np.ones(1), np.ones(1))
    zones = circular_zones(np.array([43.0, 44.0]), np.array([36.0, 36.0]), np.ones(2), max_share=0.5)
    for counts in (
        np.array([[2, 2], [1, 9]]),
        np.array([[2, 2], [1, 90_000]]),
    ):  # sums of two bytes, and of four
        scan(counts, np.full((2, 2), 5.0), zones, max_weeks=1, replicates=99, rng=generator(1))
        permutation.scan(counts, zones, prospective(1), replicates=99, rng=generator(1))


if __name__ == "__main__":
    for verb in VERBS:
        load(verb)
    forget()
    warm()
