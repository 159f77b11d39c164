"""The catalogue with 20,000 articles: searched on the server and in the tablet's worker, and brought to the tablet.

Floor of the search: the same words looked for by a plain scan of folded texts, which forgives no mistake.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.corner.made_up import catalogue, typed
from tour.db import uuid7
from tour.field.kinds import KINDS

MANY, NORMAL, QUERIES = 20_000, 300, 200


def main() -> None:
    on_the_server()
    if not os.environ.get("NO_BROWSER"):
        on_the_tablet()


def on_the_server() -> None:
    from tour.corner.catalogue.search import Index, fold

    documents = catalogue(MANY)
    began = time.perf_counter()
    index = Index(documents)
    print(
        f"server: {MANY} articles indexed in {time.perf_counter() - began:.2f} s, {len(index.words)} words"
    )
    ours = timed(typed(QUERIES), lambda text: index.search(text, 10))
    folded = [fold(" ".join(document.values())) for document in documents]

    def scan(text: str) -> Any:
        words = fold(text).split()
        return [place for place, held in enumerate(folded) if all(word in held for word in words)]

    print(f"server: a search {spread(ours)}; a plain scan {spread(timed(typed(QUERIES), scan))}")


def timed(queries: Iterable[str], search: Callable[[str], Any]) -> list[float]:
    """Milliseconds of each."""
    taken = []
    for text in queries:
        began = time.perf_counter()
        search(text)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def spread(ms: list[float]) -> str:
    ms = sorted(ms)
    return f"median {statistics.median(ms):.1f} ms, p95 {ms[len(ms) * 95 // 100]:.1f} ms, worst {ms[-1]:.1f} ms"


def on_the_tablet() -> None:
    from tests.e2e.conftest import BROWSER_ARGS, beside_the_browser, chromium, running_tour
    from tests.factories import make_pair, make_visit
    from tour.corner.catalogue.models import Item
    from tour.db import database, local_now, migrate
    from tour.field.tablets import enrol_link

    questions = [
        {"id": "poste", "label": "Numéro du poste", "type": "text", "choices": [], "required": False},
        {"id": "quand", "label": "Quand ?", "type": "choice", "choices": ["Matin", "Soir"], "required": True},
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, running_tour(Path(folder)) as running:
        url = f"sqlite://{running.home / 'tour.sqlite3'}"

        async def fill() -> str:
            await migrate(url)
            async with database(url):
                pair = await make_pair()
                await make_visit(pair=pair, day=local_now().date())
                items = [
                    Item(ref=f"a{n}", space="store", kind="incident", position=n, questions=questions, **document)
                    for n, document in enumerate(catalogue(NORMAL))
                ]  # fmt: skip
                await Item.bulk_create(items, batch_size=500)
                return (await enrol_link(pair, "Tablette")).rpartition("/")[2]

        link = beside_the_browser(fill)
        running.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
            page = browser.new_context(locale="fr-FR").new_page()
            page.goto(f"{running.url}/field/enrol/{link}")
            began = time.perf_counter()
            page.get_by_role("button", name="Utiliser cette tablette").click()
            page.get_by_text("Prêt à partir.").wait_for(timeout=300_000)
            print(f"tablet, {NORMAL} articles: all on it in {time.perf_counter() - began:.1f} s")
            page.context.set_offline(True)
            searches(page, running.url, NORMAL)
            put_on_it(page, MANY)
            searches(page, running.url, MANY)
            browser.close()


def put_on_it(page: Page, count: int) -> None:
    """Writes articles straight into the tablet's store, as a synchronisation does: what is measured is the search."""
    blank = KINDS["item"]["blank"]
    docs = [
        {
            "kind": "item",
            "id": str(uuid7()),
            "version": 1,
            "data": {**blank, **document, "place": n},
        }
        for n, document in enumerate(catalogue(count))
    ]
    for doc in docs:
        doc["data"]["id"] = doc["id"]
    page.evaluate(
        """(docs) => new Promise((done, failed) => {
          const opening = indexedDB.open("tour-field");
          opening.onsuccess = () => {
            const tx = opening.result.transaction(["docs", "meta"], "readwrite");
            for (const doc of docs) tx.objectStore("docs").put(doc);
            tx.objectStore("meta").put(1000, "articles");
            tx.oncomplete = () => (opening.result.close(), done());
            tx.onerror = failed;
          };
          opening.onerror = failed;
        })""",
        docs,
    )


def searches(page: Page, root: str, count: int) -> None:
    page.goto(f"{root}/field/")
    ask = """async (text) => {
      const began = performance.now();
      const answer = await fetch('/field/catalogue?q=' + encodeURIComponent(text));
      await answer.text();
      return performance.now() - began;
    }"""
    first = page.evaluate(ask, "clavier")
    taken = [page.evaluate(ask, text) for text in typed(QUERIES)]
    print(f"tablet, {count} articles: a key {spread(taken)}; the first one {first:.0f} ms")


if __name__ == "__main__":
    main()
