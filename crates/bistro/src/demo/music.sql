-- The marker by which `bistro demo` knows its own file: "Bist".
PRAGMA application_id = 0x42697374;

CREATE TABLE artists (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    country  TEXT NOT NULL,
    formed   INTEGER CHECK (formed IS NULL OR typeof(formed) = 'integer'),
    is_group BOOLEAN NOT NULL CHECK (is_group IN (0, 1)),
    genres   JSON NOT NULL CHECK (json_type(genres) = 'array'),
    members  JSON CHECK (members IS NULL OR json_type(members) = 'array')
);

CREATE TABLE songs (
    id          INTEGER PRIMARY KEY,
    title       TEXT NOT NULL CHECK (length(title) > 0),
    artist_id   INTEGER NOT NULL REFERENCES artists (id),
    year        INTEGER NOT NULL CHECK (typeof(year) = 'integer' AND year BETWEEN 1900 AND 2100),
    duration    INTEGER CHECK (duration > 0),
    genre       TEXT NOT NULL,
    translation TEXT,
    UNIQUE (artist_id, title)
);

CREATE INDEX songs_year ON songs (year);

CREATE VIEW songs_of_the_nineties AS
SELECT songs.id, songs.title, songs.artist_id, artists.name AS artist, artists.country, songs.year, songs.genre
FROM songs JOIN artists ON artists.id = songs.artist_id
WHERE songs.year BETWEEN 1990 AND 1999;

