"""Reading with postgrest-py: what comes back, in which order, how much of it, in which form."""

import asyncio

import pytest
from postgrest import APIError, AsyncPostgrestClient, CountMethod


def ids(query):
    return [row["id"] for row in query.execute().data]


def test_all_columns_of_all_rows_each_value_in_its_type(bistro):
    songs = bistro.from_("songs").select("*").execute().data
    assert len(songs) == 8
    assert songs[0] == {
        "id": 1,
        "title": "Zombie",
        "artist_id": 1,
        "year": 1994,
        "seconds": 306,
        "rating": 4.8,
        "is_live": False,
        "tags": ["rock", "protest"],
        "details": {"label": "Island", "chart": {"uk": 14, "fr": 1}, "writers": ["O'Riordan"]},
        "released": "1994-09-19",
    }


def test_some_columns_with_other_names(bistro):
    rows = bistro.table("songs").select("name:title", "year").eq("id", 2).execute().data
    assert rows == [{"name": "Creep", "year": 1992}]


def test_names_that_need_quotes(bistro):
    query = bistro.from_("odd name").select('"dot.ted"', '"com,ma"', "한국").eq("한국", "서울")
    assert query.execute().data == [{"dot.ted": "dot", "com,ma": "comma", "한국": "서울"}]


def test_casts_and_paths_into_json(bistro):
    query = bistro.from_("songs").select("year::text", "details->>label", "first:tags->0")
    rows = query.eq("details->>label", "Virgin").execute().data
    assert rows == [{"year": "1997", "label": "Virgin", "first": "electronic"}]


def test_aggregates_of_groups(bistro):
    query = bistro.from_("songs").select("year", "songs:count()", "seconds.max()").gt("year", 1994)
    assert query.order("year").execute().data == [
        {"year": 1995, "songs": 2, "max": 321},
        {"year": 1997, "songs": 1, "max": 429},
    ]


def test_order_with_null_first_and_last(bistro):
    songs = bistro.from_("songs")
    assert ids(songs.select("id").order("year", desc=True).order("title")) == [8, 6, 3, 5, 1, 2, 7, 4]
    first = songs.select("id").order("rating", nullsfirst=True).order("id")
    assert ids(first) == [3, 8, 6, 5, 2, 7, 1, 4]
    last = songs.select("id").order("rating", desc=True, nullsfirst=False).order("id")
    assert ids(last) == [4, 1, 2, 7, 5, 6, 3, 8]


def test_limits_offsets_and_ranges(bistro):
    songs = bistro.from_("songs")
    assert ids(songs.select("id").order("id").limit(3)) == [1, 2, 3]
    assert ids(songs.select("id").order("id").limit(2).offset(5)) == [6, 7]
    assert ids(songs.select("id").order("id").range(2, 4)) == [3, 4, 5]


@pytest.mark.parametrize("method", list(CountMethod))
def test_counts_with_rows_and_without(bistro, method):
    some = bistro.from_("songs").select("id", count=method).limit(2).execute()
    assert (some.count, len(some.data)) == (8, 2)
    none = bistro.from_("songs").select("*", count=method, head=True).execute()
    assert (none.count, none.data) == (8, [])


def test_a_single_row(bistro, refused):
    songs = bistro.from_("songs")
    assert songs.select("title").eq("id", 1).single().execute().data == {"title": "Zombie"}
    none = refused(songs.select("*").eq("id", 99).single(), "PGRST116")
    assert "0 rows" in none.details
    refused(songs.select("*").single(), "PGRST116")


def test_a_single_row_or_none(bistro):
    songs = bistro.from_("songs")
    assert songs.select("title").eq("id", 1).maybe_single().execute().data == {"title": "Zombie"}
    assert songs.select("*").eq("id", 99).maybe_single().execute() is None
    with pytest.raises(APIError):
        songs.select("*").maybe_single().execute()


def test_csv(bistro):
    text = bistro.from_("songs").select("title", "year").eq("id", 3).csv().execute().data
    assert text.splitlines() == ["title,year", '"Creep, live",1995']


def test_rows_without_their_nulls(bistro):
    songs = bistro.from_("songs").select("id", "year", "rating").eq("id", 3)
    assert songs.strip_nulls().execute().data == [{"id": 3, "year": 1995}]
    song = bistro.from_("songs").select("id", "year").eq("id", 8).strip_nulls()
    assert song.single().execute().data == {"id": 8}


def test_a_schema_that_is_there_and_one_that_is_not(bistro, refused):
    assert len(bistro.schema("main").from_("tasks").select("*").execute().data) == 2
    refused(bistro.schema("nowhere").from_("tasks").select("*"), "PGRST106")
    refused(bistro.schema("nowhere").from_("tasks").insert({}), "PGRST106")


def test_what_is_not_there(bistro, refused):
    assert "songs" in refused(bistro.from_("song").select("*"), "PGRST205").hint
    error = refused(bistro.from_("songs").select("titel"), "42703")
    assert error.message == "column songs.titel does not exist"


def test_a_failure_without_a_body_has_its_code_all_the_same(bistro, refused):
    refused(bistro.from_("songs").select("titel", head=True), "42703")
    refused(bistro.from_("song").select("*", head=True), "PGRST205")


def test_an_answer_in_a_form_that_there_is_not(bistro, refused):
    refused(bistro.from_("songs").select("*").explain(), "PGRST107")


def test_a_key_that_a_client_sends(bistro):
    client = bistro.schema("public").auth("any-token")
    assert len(client.from_("tasks").select("*").execute().data) == 2


def test_many_requests_at_once(url):
    async def ask():
        async with AsyncPostgrestClient(url) as client:
            queries = [client.from_("songs").select("id").eq("id", n % 8 + 1) for n in range(64)]
            return await asyncio.gather(*(query.execute() for query in queries))

    answers = asyncio.run(ask())
    assert [answer.data for answer in answers] == [[{"id": n % 8 + 1}] for n in range(64)]
