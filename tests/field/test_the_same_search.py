"""The catalogue searched on the tablet and on the server: the same articles in the same order."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corner.made_up import catalogue, typed
from tests.examples import examples
from tests.field.conftest import Worker
from tour.corner.catalogue.search import Index

WORDS = st.sampled_from(
    [
        "clavier",
        "clé",
        "USB",
        "écrans",
        "Œuvre",
        "wi-fi",
        "l’été",
        "3D",
        "ça",
        "straße",
        "ﬁn",
        "K",
        "İ",
        "mots",
        "mot-de-passe",
    ]
)
TEXTS = st.one_of(
    st.lists(WORDS, max_size=4).map(" ".join),
    st.text("abcdé-'’ ŒÆ\u0301", max_size=12),
    st.text(st.characters(exclude_categories=("Cs",), max_codepoint=0x2FFF), max_size=12),
)
DOCUMENTS = st.lists(
    st.fixed_dictionaries({"name": TEXTS, "keywords": TEXTS, "description": TEXTS}), max_size=8
)


def test_the_first_ten_of_20_000_for_200_queries(worker: Worker) -> None:
    documents = catalogue(20_000)
    index = Index(documents)
    assert worker.ask("index", documents=documents) == len(index.words)
    for text in typed(200):
        found = index.search(text, 10)
        there = worker.ask("search", text=text, most=10)
        assert (there["places"], there["total"]) == (found.places, found.total), text
        assert found.places, text


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(documents=DOCUMENTS, text=TEXTS)
def test_anything_is_found_alike(
    worker: Worker, documents: list[dict[str, str]], text: str
) -> None:
    index = Index(documents)
    assert worker.ask("index", documents=documents) == len(index.words)
    there = worker.ask("search", text=text)
    found = index.search(text)
    assert (there["places"], there["total"]) == (found.places, found.total)
