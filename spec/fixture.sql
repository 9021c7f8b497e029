-- The database that every page of the specification is tried on. Each page gets a fresh copy.

-- Ordinary tables, with a reference between them.
CREATE TABLE artists (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    country TEXT,
    formed INTEGER
);
INSERT INTO artists VALUES
    (1, 'The Cranberries', 'Ireland', 1989),
    (2, 'Radiohead', 'England', 1985),
    (3, '서태지와 아이들', 'South Korea', 1992),
    (4, 'Björk', 'Iceland', NULL),
    (5, 'Daft Punk', 'France', 1993);

CREATE TABLE songs (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    artist_id INTEGER NOT NULL REFERENCES artists (id),
    year INTEGER,
    seconds INTEGER CHECK (seconds > 0),
    rating REAL,
    is_live BOOLEAN NOT NULL DEFAULT 0,
    tags JSON,
    details JSON,
    released DATE
);
INSERT INTO songs VALUES
    (1, 'Zombie', 1, 1994, 306, 4.8, 0, '["rock","protest"]', '{"label":"Island","chart":{"uk":14,"fr":1},"writers":["O''Riordan"]}', '1994-09-19'),
    (2, 'Creep', 2, 1992, 236, 4.5, 0, '["rock"]', '{"label":"Parlophone","chart":{"uk":7}}', '1992-09-21'),
    (3, 'Creep, live', 2, 1995, 250, NULL, 1, '[]', '{"label":null}', NULL),
    (4, '난 알아요', 3, 1992, 237, 4.9, 0, '["dance","rap"]', NULL, '1992-03-23'),
    (5, 'Hyperballad', 4, 1995, 321, 4.2, 0, '["electronic","pop"]', '{"label":"One Little Indian","chart":{"uk":8}}', '1996-02-12'),
    (6, 'Around the World', 5, 1997, 429, 4.0, 0, '["electronic","dance"]', '{"label":"Virgin","chart":{"uk":5,"fr":1}}', '1997-03-17'),
    (7, 'Dreams', 1, 1992, 271, 4.5, 0, '["pop","rock"]', '{"label":"Island","chart":{"uk":27}}', '1992-09-29'),
    (8, '100% "Björk"', 4, NULL, NULL, NULL, 1, NULL, NULL, NULL);

-- A table to write to: defaults, checks, a unique column.
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    author TEXT DEFAULT 'anonymous',
    stars INTEGER DEFAULT 3 CHECK (stars BETWEEN 1 AND 5),
    slug TEXT UNIQUE,
    song_id INTEGER REFERENCES songs (id)
);
INSERT INTO notes VALUES
    (1, 'A voice like no other', 'Dolores', 5, 'voice', 1),
    (2, 'Too loud', NULL, 2, 'loud', 2),
    (3, 'Played it twice', 'Thom', 4, NULL, NULL);

-- A key that is text.
CREATE TABLE tasks (
    code TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    done BOOLEAN NOT NULL DEFAULT 0,
    priority INTEGER DEFAULT 1
);
INSERT INTO tasks VALUES ('buy', 'Buy strings', 0, 2), ('tune', 'Tune the guitar', 1, 1);

-- A key of two columns, without rowid.
CREATE TABLE order_lines (
    order_id INTEGER NOT NULL,
    line_no INTEGER NOT NULL,
    product TEXT NOT NULL,
    quantity INTEGER NOT NULL DEFAULT 1,
    price REAL,
    PRIMARY KEY (order_id, line_no)
) WITHOUT ROWID;
INSERT INTO order_lines VALUES
    (7, 1, 'Plectrum', 10, 0.5),
    (7, 2, 'Strings', 2, 12.25),
    (7, 3, 'Strap', 1, 20.0),
    (8, 1, 'Plectrum', 1, 0.5);

-- No key at all.
CREATE TABLE readings (place TEXT, degrees REAL);
INSERT INTO readings VALUES ('Seoul', -2.5), ('Cork', 8.0);

-- Every kind of value.
CREATE TABLE kinds (
    id INTEGER PRIMARY KEY,
    whole BIGINT,
    fraction DOUBLE,
    flag BOOLEAN,
    document JSON,
    octets BLOB,
    day DATE,
    moment TIMESTAMP,
    tag UUID,
    amount NUMERIC,
    words VARCHAR(40)
);
INSERT INTO kinds VALUES
    (1, 9223372036854775807, 0.1, 1, '{"b":[1,2.50,null],"a":"ü"}', x'00ff10', '2026-07-01', '2026-07-01T12:30:00Z', '0188a1b2-0000-7000-8000-000000000001', 12.5, '한국어'),
    (2, -9223372036854775808, -1e300, 0, '[]', x'', NULL, NULL, NULL, 3, ''),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- Names that need quoting.
CREATE TABLE "odd name" (
    "the key" INTEGER PRIMARY KEY,
    "dot.ted" TEXT,
    "quo""ted" TEXT,
    "com,ma" TEXT,
    "select" TEXT,
    "한국" TEXT,
    "paren(s)" TEXT
);
INSERT INTO "odd name" VALUES
    (1, 'dot', 'quote', 'comma', 'keyword', '서울', 'paren'),
    (2, 'a.b', 'say "hi"', 'x,y', 'or', '부산', '(z)');

-- A column that is computed.
CREATE TABLE boxes (
    id INTEGER PRIMARY KEY,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    area INTEGER GENERATED ALWAYS AS (width * height) STORED
);
INSERT INTO boxes (id, width, height) VALUES (1, 2, 3), (2, 4, 5);

-- A view that can only be read.
CREATE VIEW recent_songs AS
SELECT songs.id, songs.title, artists.name AS artist, songs.year
FROM songs JOIN artists ON artists.id = songs.artist_id
WHERE songs.year >= 1995;

-- Views that show the keys of tables: of songs, and of the table that joins them with genres.
CREATE VIEW hits AS
SELECT id, title, artist_id AS by, rating FROM songs WHERE rating >= 4.5;
CREATE VIEW song_counts AS
SELECT artist_id, count(*) AS songs, sum(seconds) AS seconds FROM songs GROUP BY artist_id;
CREATE VIEW everyone AS
SELECT id, name FROM artists UNION ALL SELECT id, author FROM notes;

-- A view that can be written, by its triggers.
CREATE VIEW bands AS SELECT id, name, country FROM artists;
CREATE TRIGGER bands_insert INSTEAD OF INSERT ON bands BEGIN
    INSERT INTO artists (id, name, country) VALUES (new.id, new.name, new.country);
END;
CREATE TRIGGER bands_update INSTEAD OF UPDATE ON bands BEGIN
    UPDATE artists SET name = new.name, country = new.country WHERE id = old.id;
END;
CREATE TRIGGER bands_delete INSTEAD OF DELETE ON bands BEGIN
    DELETE FROM artists WHERE id = old.id;
END;

-- Full-text search.
CREATE VIRTUAL TABLE lyrics USING fts5 (title, words);
INSERT INTO lyrics (rowid, title, words) VALUES
    (1, 'Zombie', 'another head hangs lowly, child is slowly taken'),
    (2, 'Creep', 'when you were here before, could not look you in the eye'),
    (3, 'Dreams', 'oh my life is changing every day, in every possible way');

-- Relations: one to one, many to many, a table that refers to itself, and two references to the same table.
CREATE TABLE covers (
    song_id INTEGER PRIMARY KEY REFERENCES songs (id),
    painter TEXT,
    image BLOB
);
INSERT INTO covers VALUES (1, 'Doyle', x'00ff10'), (5, NULL, NULL);

CREATE TABLE genres (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    parent_id INTEGER REFERENCES genres (id)
);
INSERT INTO genres VALUES (1, 'rock', NULL), (2, 'grunge', 1), (3, 'britpop', 1), (4, 'electronic', NULL);
CREATE INDEX genres_parent ON genres (parent_id);

CREATE TABLE song_genres (
    song_id INTEGER NOT NULL REFERENCES songs (id),
    genre_id INTEGER NOT NULL REFERENCES genres (id),
    PRIMARY KEY (song_id, genre_id)
) WITHOUT ROWID;
INSERT INTO song_genres VALUES (1, 1), (1, 2), (2, 3), (5, 4), (6, 4);

CREATE TABLE duets (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    lead_id INTEGER CONSTRAINT duets_lead REFERENCES artists (id),
    guest_id INTEGER REFERENCES artists (id)
);
INSERT INTO duets VALUES (1, 'Thom and Björk', 2, 4), (2, 'Alone', 5, NULL);

ANALYZE;
