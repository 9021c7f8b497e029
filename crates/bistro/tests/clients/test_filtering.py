"""Filtering with postgrest-py: every operator that the client offers, alone, negated and in trees."""

import pytest


@pytest.fixture
def songs(bistro):
    """The keys of the songs that a filter leaves."""

    def ask(fit):
        rows = fit(bistro.from_("songs").select("id")).order("id").execute().data
        return [row["id"] for row in rows]

    return ask


def test_equal_and_not(songs):
    assert songs(lambda q: q.eq("year", 1992)) == [2, 4, 7]
    assert songs(lambda q: q.eq("title", "Creep, live")) == [3]
    assert songs(lambda q: q.eq("title", '100% "Björk"')) == [8]
    assert songs(lambda q: q.eq("is_live", True)) == [3, 8]
    assert songs(lambda q: q.neq("year", 1992)) == [1, 3, 5, 6]
    assert songs(lambda q: q.match({"year": 1992, "rating": 4.5})) == [2, 7]


def test_greater_and_less(songs):
    assert songs(lambda q: q.gt("year", 1994)) == [3, 5, 6]
    assert songs(lambda q: q.gte("year", 1994)) == [1, 3, 5, 6]
    assert songs(lambda q: q.lt("year", 1994)) == [2, 4, 7]
    assert songs(lambda q: q.lte("year", 1994)) == [1, 2, 4, 7]


def test_patterns(songs):
    assert songs(lambda q: q.like("title", "Creep%")) == [2, 3]
    assert songs(lambda q: q.ilike("title", "creep%")) == [2, 3]
    assert songs(lambda q: q.like_all_of("title", "%e%,D%")) == [7]
    assert songs(lambda q: q.like_any_of("title", "Z%,D%")) == [1, 7]
    assert songs(lambda q: q.ilike_all_of("title", "%E%,d%")) == [7]
    assert songs(lambda q: q.ilike_any_of("title", "z%,d%")) == [1, 7]


def test_is(songs):
    assert songs(lambda q: q.is_("year", None)) == [8]
    assert songs(lambda q: q.is_("year", "null")) == [8]
    assert songs(lambda q: q.is_("is_live", True)) == [3, 8]
    assert songs(lambda q: q.not_.is_("rating", None)) == [1, 2, 4, 5, 6, 7]


def test_one_of_several(songs):
    assert songs(lambda q: q.in_("year", [1994, 1997])) == [1, 6]
    assert songs(lambda q: q.in_("title", ["Creep, live", "Zombie", '100% "Björk"'])) == [1, 3, 8]
    assert songs(lambda q: q.in_("id", [])) == []
    assert songs(lambda q: q.not_.in_("year", [1992, 1995])) == [1, 6]


def test_what_json_contains(songs):
    assert songs(lambda q: q.cs("tags", ["rock"])) == [1, 2, 7]
    assert songs(lambda q: q.contains("tags", ["pop", "rock"])) == [7]
    assert songs(lambda q: q.contains("details", {"chart": {"fr": 1}})) == [1, 6]
    assert songs(lambda q: q.cd("tags", ["rock", "pop", "a, b"])) == [2, 3, 7]
    assert songs(lambda q: q.contained_by("tags", ["rock", "pop", "dance"])) == [2, 3, 7]
    assert songs(lambda q: q.ov("tags", ["rap", "protest"])) == [1, 4]
    assert songs(lambda q: q.overlaps("tags", ["rap", "protest"])) == [1, 4]


def test_full_text_search(bistro, refused):
    def lyrics(words, **options):
        query = bistro.from_("lyrics").select("title").text_search("words", words, options)
        return [row["title"] for row in query.order("title").execute().data]

    assert lyrics("eye | child") == ["Creep", "Zombie"]
    assert lyrics("life changing", type="plain") == ["Dreams"]
    assert lyrics("life is changing", type="phrase") == ["Dreams"]
    assert lyrics('"every day" or taken', type="web_search") == ["Dreams", "Zombie"]
    search = bistro.from_("lyrics").select("title")
    assert search.wfts("words", "taken").execute().data == [{"title": "Zombie"}]
    english = bistro.from_("lyrics").select("*").text_search("words", "child", {"config": "english"})
    assert "tokenizer" in refused(english, "42883").message


def test_trees(songs):
    assert songs(lambda q: q.or_("year.eq.1994,year.eq.1997")) == [1, 6]
    assert songs(lambda q: q.or_('title.eq."Creep, live",id.in.(1,2)')) == [1, 2, 3]
    assert songs(lambda q: q.or_("year.gt.1995,and(is_live.is.true,year.not.is.null)")) == [3, 6]
    assert songs(lambda q: q.not_.or_("year.lt.1995,year.is.null")) == [3, 5, 6]


def test_not_and_any_operator_by_its_name(songs):
    assert songs(lambda q: q.not_.like("title", "%e%")) == [4, 8]
    assert songs(lambda q: q.not_.cs("tags", ["rock"])) == [3, 4, 5, 6]
    assert songs(lambda q: q.filter("title", "match", "^(Z|D)")) == [1, 7]
    assert songs(lambda q: q.filter("year", "isdistinct", "1992")) == [1, 3, 5, 6, 8]


@pytest.mark.parametrize("name", ["sl", "sr", "nxl", "nxr", "adj", "range_gt", "range_adjacent"])
def test_ranges_which_sqlite_does_not_have(bistro, refused, name):
    query = bistro.from_("songs").select("*")
    assert "no range types" in refused(getattr(query, name)("year", (1990, 1995)), "42883").message


def test_values_that_are_not_of_the_type_of_their_column(bistro, refused):
    error = refused(bistro.from_("songs").select("*").eq("year", "nineteen"), "22P02")
    assert error.message == 'invalid input syntax for type integer: "nineteen"'
    refused(bistro.from_("songs").select("*").contains("year", ["1"]), "42883")
    refused(bistro.from_("songs").select("*").filter("year", "equals", "1"), "PGRST100")
