"""Stored queries, called with postgrest-py: those of spec/queries."""


def titles(query):
    return [row["title"] for row in query.execute().data]


def test_with_post_with_get_and_for_the_fields_only(bistro):
    wanted = ["Creep, live", "Hyperballad", "Around the World"]
    assert titles(bistro.rpc("songs_since", {"year": 1995})) == wanted
    assert titles(bistro.rpc("songs_since", {"year": 1995}, get=True)) == wanted
    answer = bistro.rpc("songs_since", {"year": 1995}, count="exact", head=True).execute()
    assert answer.count == 3


def test_lists_as_arguments(bistro):
    years = {"years": [1994, 1997]}
    assert titles(bistro.rpc("of_years", years)) == ["Zombie", "Around the World"]
    assert titles(bistro.rpc("of_years", years, get=True)) == ["Zombie", "Around the World"]


def test_rows_that_are_selected_filtered_sorted_and_cut(bistro):
    query = bistro.rpc("songs_since", {"year": 1990}).select("title", "label:details->>label")
    rows = query.like("artist", "%Cran%").order("title", desc=True).execute().data
    assert rows == [{"title": "Zombie", "label": "Island"}, {"title": "Dreams", "label": "Island"}]
    some = bistro.rpc("songs_since", {"year": 1990}, count="exact").order("title").range(1, 2)
    answer = some.execute()
    assert (answer.count, [row["title"] for row in answer.data]) == (7, ["Creep", "Creep, live"])


def test_a_single_row_perhaps_none_and_csv(bistro, refused):
    row = bistro.rpc("songs_since", {"year": 1997}).single().execute().data
    assert row["title"] == "Around the World"
    refused(bistro.rpc("songs_since", {"year": 1990}).single(), "PGRST116")
    assert bistro.rpc("songs_since", {"year": 2000}).maybe_single().execute() is None
    text = bistro.rpc("songs_since", {"year": 1997}).select("title", "year").csv().execute().data
    assert text.splitlines() == ["title,year", "Around the World,1997"]


def test_what_changes_something(bistro, refused):
    rated = bistro.rpc("rate", {"author": "Thom"}).execute().data
    assert rated == [{"id": 3, "author": "Thom", "stars": 5}]
    refused(bistro.rpc("rate", {"author": "Thom"}, get=True), "PGRST117")
    refused(bistro.rpc("rate", {"author": "Thom"}).max_affected(0), "PGRST124")
    assert bistro.rpc("forget", {"author": "Thom"}).execute().data == []


def test_what_is_not_there_and_what_it_does_not_take(bistro, refused):
    assert "songs_since" in refused(bistro.rpc("songs_sinse", {"year": 1990}), "PGRST202").hint
    refused(bistro.rpc("songs_since", {}), "PGRST202")
    refused(bistro.rpc("songs_since", {"year": "nineties"}), "22P02")
