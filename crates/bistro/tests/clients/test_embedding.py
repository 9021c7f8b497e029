"""Embedding with postgrest-py: related rows inside rows."""


def test_to_one_to_many_and_none(bistro):
    songs = bistro.from_("songs").select("title", "artists(name, country)").eq("id", 1)
    assert songs.execute().data == [
        {"title": "Zombie", "artists": {"name": "The Cranberries", "country": "Ireland"}}
    ]
    artists = bistro.from_("artists").select("name", "songs(title)").eq("id", 2)
    assert artists.execute().data == [
        {"name": "Radiohead", "songs": [{"title": "Creep"}, {"title": "Creep, live"}]}
    ]
    note = bistro.from_("notes").select("id", "songs(title)").eq("id", 3).single()
    assert note.execute().data == {"id": 3, "songs": None}


def test_many_to_many_and_nested(bistro):
    artist = bistro.from_("artists").select("name", "songs(title, genres(name), notes(stars))")
    assert artist.eq("id", 1).single().execute().data == {
        "name": "The Cranberries",
        "songs": [
            {
                "title": "Zombie",
                "genres": [{"name": "rock"}, {"name": "grunge"}],
                "notes": [{"stars": 5}],
            },
            {"title": "Dreams", "genres": [], "notes": []},
        ],
    }


def test_with_another_name_by_a_hint_and_a_table_and_itself(bistro, refused):
    duets = bistro.from_("duets").select("lead:artists!duets_lead(name)", "guest:guest_id(name)")
    assert duets.eq("id", 1).execute().data == [
        {"lead": {"name": "Radiohead"}, "guest": {"name": "Björk"}}
    ]
    refused(bistro.from_("duets").select("artists(name)"), "PGRST201")
    genre = bistro.from_("genres").select("name", "parent:parent_id(name)").eq("id", 2)
    assert genre.execute().data == [{"name": "grunge", "parent": {"name": "rock"}}]


def test_only_rows_that_have_some(bistro):
    praised = bistro.from_("artists").select("name", "songs!inner(title, notes!inner(stars))")
    assert praised.gt("songs.notes.stars", 3).execute().data == [
        {"name": "The Cranberries", "songs": [{"title": "Zombie", "notes": [{"stars": 5}]}]}
    ]


def test_filtered_sorted_and_cut_inside(bistro):
    def artist():
        return bistro.from_("artists").select("songs(title)").eq("id", 1)

    assert artist().eq("songs.year", 1992).execute().data == [{"songs": [{"title": "Dreams"}]}]
    ordered = artist().order("title", desc=True, foreign_table="songs")
    cut = ordered.limit(1, foreign_table="songs")
    assert cut.execute().data == [{"songs": [{"title": "Zombie"}]}]
    ranged = artist().order("title", foreign_table="songs").range(1, 4, foreign_table="songs")
    assert ranged.execute().data == [{"songs": [{"title": "Zombie"}]}]
    either = artist().or_("year.gt.1994,title.eq.Dreams", reference_table="songs")
    assert either.execute().data == [{"songs": [{"title": "Dreams"}]}]
    neither = artist().not_.or_("year.gt.1994,title.eq.Dreams", reference_table="songs")
    assert neither.execute().data == [{"songs": [{"title": "Zombie"}]}]


def test_spread_and_aggregates_inside(bistro):
    song = bistro.from_("songs").select("title", "...artists(artist:name)").eq("id", 5)
    assert song.execute().data == [{"title": "Hyperballad", "artist": "Björk"}]
    artist = bistro.from_("artists").select("id", "songs(count)").eq("id", 1)
    assert artist.execute().data == [{"id": 1, "songs": [{"count": 2}]}]


def test_what_is_not_related(bistro, refused):
    refused(bistro.from_("songs").select("title", "tasks(*)"), "PGRST200")
    refused(bistro.from_("songs").select("title").eq("artists.name", "Björk"), "PGRST108")
