from __future__ import annotations

import httpx
import pytest

from tour.settings import settings
from tour.sites.models import Site

TABLE = "id;nom;commune;lat;lon\nA1;Collège A;Nice;43.7;7.25\nA2;Collège B;Nice;99;7.25\n"


async def checked(planner: httpx.AsyncClient, text: str = TABLE) -> httpx.Response:
    return await planner.post(
        "/sites/import", files={"file": ("sites.csv", text.encode())}, data={"source": "essai"}
    )


async def test_it_works(planner: httpx.AsyncClient) -> None:
    answer = await checked(planner)
    assert answer.status_code == 303
    report = await planner.get(answer.headers["location"])
    assert "Collège A" in report.text
    assert "ligne 3" in report.text
    assert await Site.all().count() == 0  # nothing is written until the planner says so

    done = await planner.post(f"{answer.headers['location']}/application")
    assert "1 créés" in done.text
    assert (await Site.get()).name == "Collège A"


async def test_cancelling_writes_nothing(planner: httpx.AsyncClient) -> None:
    address = (await checked(planner)).headers["location"]
    assert (await planner.post(f"{address}/cancellation")).status_code == 303
    assert await Site.all().count() == 0
    assert not list((settings().home / "imports").glob(f"{address.rpartition('/')[2]}*"))
    assert (await planner.get(address)).status_code == 404


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n"])
async def test_an_unusable_file_says_why(planner: httpx.AsyncClient, text: str) -> None:
    answer = await checked(planner, text)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert 'value="essai"' in answer.text


async def test_no_file_says_so(planner: httpx.AsyncClient) -> None:
    answer = await planner.post("/sites/import", data={"source": "essai"})
    assert answer.status_code == 422
    assert "Choisissez un fichier." in answer.text


async def test_a_hostile_name_is_shown_as_text(planner: httpx.AsyncClient) -> None:
    text = TABLE.replace("Collège A", "<img src=x onerror=alert(1)>")
    report = await planner.get((await checked(planner, text)).headers["location"])
    assert "&lt;img src=x" in report.text
    assert "<img src=x" not in report.text
