from __future__ import annotations

from pathlib import Path

import pytest

from tests.outside.certificates import Authority
from tests.visits.conftest import setting

assert setting


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A private certificate authority, as municipalities have."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def pem(authority: Authority) -> Path:
    return authority.file
