"""Writing with postgrest-py. Each test removes what it has made."""

import base64
import datetime
import uuid

import pytest
from postgrest import ReturnMethod


@pytest.fixture(autouse=True)
def clean(bistro):
    yield
    bistro.from_("notes").delete().gt("id", 3).execute()
    bistro.from_("tasks").delete().not_.in_("code", ["buy", "tune"]).execute()


@pytest.fixture
def notes(bistro):
    return bistro.from_("notes")


@pytest.fixture
def tasks(bistro):
    return bistro.from_("tasks")


def test_one_row(notes):
    created = notes.insert({"id": 10, "body": "New"}).execute()
    assert created.data == [
        {"id": 10, "body": "New", "author": "anonymous", "stars": 3, "slug": None, "song_id": None}
    ]
    silent = notes.insert({"id": 11, "body": "x"}, returning=ReturnMethod.minimal).execute()
    assert silent.data == []


def test_one_row_answered_with_what_belongs_to_it(notes):
    note = {"id": 12, "body": "On air", "song_id": 1}
    query = notes.insert(note).select("body", "songs(title, artists(name))").single()
    assert query.execute().data == {
        "body": "On air",
        "songs": {"title": "Zombie", "artists": {"name": "The Cranberries"}},
    }


def test_several_rows_of_which_some_say_less(notes):
    rows = [{"id": 11, "body": "a", "stars": 1}, {"id": 12, "body": "b"}]
    created = notes.insert(rows, count="exact").execute()
    assert (created.count, [row["stars"] for row in created.data]) == (2, [1, None])
    notes.delete().in_("id", [11, 12]).execute()
    defaulted = notes.insert(rows, default_to_null=False).execute()
    assert [row["stars"] for row in defaulted.data] == [1, 3]


def test_values_of_python(bistro):
    kinds = bistro.from_("kinds")
    row = {
        "id": 9,
        "day": datetime.date(2026, 2, 28),
        "moment": datetime.datetime(2026, 2, 28, 12, tzinfo=datetime.timezone.utc),
        "tag": uuid.UUID("0188a1b2-0000-7000-8000-000000000009"),
        "document": {"deep": [1, {"er": None}]},
        "octets": b"\x00\xff",
        "words": 'a "quoted" 한국어 🎵\n',
    }
    created = kinds.insert(row).execute().data[0]
    kinds.delete().eq("id", 9).execute()
    assert created["day"] == "2026-02-28"
    assert created["moment"] == "2026-02-28T12:00:00+00:00"
    assert created["tag"] == str(row["tag"])
    assert created["document"] == row["document"]
    # Octets come back in base64, where PostgREST would write `\x00ff`.
    assert base64.b64decode(created["octets"]) == row["octets"]
    assert created["words"] == row["words"]


def test_rows_that_break_a_rule_of_the_schema(bistro, notes, refused):
    refused(notes.insert({"body": "again", "slug": "loud"}), "23505")
    refused(notes.insert({"author": "nobody"}), "23502")
    refused(notes.insert({"body": "x", "stars": 6}), "23514")
    refused(notes.insert({"body": "x", "song_id": 99}), "23503")
    refused(notes.insert({"body": "x", "stars": "many"}), "22P02")
    refused(notes.insert({"body": "x", "star": 1}), "PGRST204")
    refused(bistro.from_("songs").delete().eq("id", 1), "23503")


def test_upsert(tasks):
    rows = [{"code": "buy", "title": "Buy picks"}, {"code": "sing", "title": "Sing"}]
    merged = tasks.upsert(rows).select("code", "title", "priority").execute().data
    assert sorted(merged, key=lambda row: row["code"]) == [
        {"code": "buy", "title": "Buy picks", "priority": 2},
        {"code": "sing", "title": "Sing", "priority": 1},
    ]
    back = tasks.upsert({"code": "buy", "title": "Buy strings"}).execute().data
    assert back[0]["title"] == "Buy strings"
    ignored = tasks.upsert(rows, ignore_duplicates=True).execute().data
    assert ignored == []


def test_upsert_by_another_unique_column(notes, refused):
    notes.insert({"id": 30, "body": "first", "slug": "thirty"}).execute()
    again = notes.upsert({"body": "second", "slug": "thirty"}, on_conflict="slug").execute().data
    assert [(row["id"], row["body"]) for row in again] == [(30, "second")]
    refused(notes.upsert({"body": "x"}, on_conflict="body"), "42P10")
    legacy = notes.insert({"id": 30, "body": "third"}, upsert=True).execute().data
    assert legacy[0]["slug"] == "thirty"


def test_update(notes, refused):
    notes.insert([{"id": 40, "body": "a"}, {"id": 41, "body": "b"}]).execute()
    changed = notes.update({"stars": 2}, count="exact").gte("id", 40).execute()
    assert (changed.count, [row["stars"] for row in changed.data]) == (2, [2, 2])
    silent = notes.update({"stars": 1}, returning=ReturnMethod.minimal).eq("id", 40).execute()
    assert silent.data == []
    told = notes.update({"song_id": 2}).eq("id", 41).select("songs(title)").execute()
    assert told.data == [{"songs": {"title": "Creep"}}]
    assert notes.update({"stars": 1}).eq("id", 99).execute().data == []
    refused(notes.update({"stars": 1}), "21000")


def test_delete(notes, refused):
    notes.insert([{"id": 50, "body": "a"}, {"id": 51, "body": "b"}]).execute()
    gone = notes.delete(count="exact").eq("id", 50).execute()
    assert (gone.count, gone.data[0]["body"]) == (1, "a")
    assert notes.delete(returning=ReturnMethod.minimal).eq("id", 51).execute().data == []
    refused(notes.delete(), "21000")


def test_no_more_rows_than_are_allowed(notes, refused):
    notes.insert([{"id": 60, "body": "a"}, {"id": 61, "body": "b"}]).execute()
    refused(notes.update({"stars": 1}).gte("id", 60).max_affected(1), "PGRST124")
    refused(notes.delete().gte("id", 60).max_affected(1), "PGRST124")
    assert len(notes.delete().gte("id", 60).max_affected(2).execute().data) == 2
