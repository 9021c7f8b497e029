"""How the scripts reach Bistro: `BISTRO_URL` says where it listens."""

import os

import pytest
from postgrest import APIError, SyncPostgrestClient


@pytest.fixture(scope="session")
def url():
    return os.environ["BISTRO_URL"]


@pytest.fixture(scope="session")
def bistro(url):
    with SyncPostgrestClient(url) as client:
        yield client


@pytest.fixture
def refused():
    """That a query is refused with this code; its error."""

    def check(query, code):
        with pytest.raises(APIError) as caught:
            query.execute()
        assert caught.value.code == code, repr(caught.value)
        return caught.value

    return check
