-- What the shop at `/` needs. It is also run once on a demo that an earlier version has made, so it changes what is there.

ALTER TABLE songs ADD COLUMN price_cents INTEGER NOT NULL DEFAULT 129
    CHECK (typeof(price_cents) = 'integer' AND price_cents >= 0);

UPDATE songs SET price_cents = CASE
    WHEN year < 1990 THEN 99
    WHEN duration >= 330 THEN 179
    WHEN year >= 1998 THEN 149
    ELSE 129
END;

-- Songs as a shop window shows them: one row each, with the artist's name, so that one filter can search in both.
CREATE VIEW catalogue AS
SELECT songs.id, songs.title, songs.translation, artists.name AS artist, artists.country, songs.year, songs.genre,
       songs.duration, songs.price_cents
FROM songs JOIN artists ON artists.id = songs.artist_id;

-- Whose a comment is; those of the guestbook and of earlier days are nobody's.
ALTER TABLE comments ADD COLUMN user_id TEXT;

CREATE INDEX comments_user_id ON comments (user_id);

-- A cart is nothing but its items, and belongs to a visitor or a user. He has one row for each song, so that two of
-- them can be added up when the visitor signs in.
CREATE TABLE cart_items (
    owner_id TEXT NOT NULL,
    song_id  INTEGER NOT NULL REFERENCES songs (id) ON DELETE CASCADE,
    quantity INTEGER NOT NULL DEFAULT 1 CHECK (typeof(quantity) = 'integer' AND quantity > 0),
    added_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (owner_id, song_id)
) WITHOUT ROWID;

CREATE INDEX cart_items_song_id ON cart_items (song_id);

CREATE TABLE purchases (
    id           INTEGER PRIMARY KEY,
    user_id      TEXT NOT NULL,
    purchased_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX purchases_user_id ON purchases (user_id);

CREATE TABLE purchase_lines (
    purchase_id      INTEGER NOT NULL REFERENCES purchases (id) ON DELETE CASCADE,
    song_id          INTEGER NOT NULL REFERENCES songs (id),
    quantity         INTEGER NOT NULL DEFAULT 1 CHECK (typeof(quantity) = 'integer' AND quantity > 0),
    unit_price_cents INTEGER NOT NULL DEFAULT 0 CHECK (unit_price_cents >= 0),
    total_cents      INTEGER GENERATED ALWAYS AS (quantity * unit_price_cents) STORED,
    PRIMARY KEY (purchase_id, song_id)
) WITHOUT ROWID;

CREATE INDEX purchase_lines_song_id ON purchase_lines (song_id);

-- What a song costs is said here, whatever a client says: the price is taken from the song at the moment it is bought.
CREATE TRIGGER purchase_lines_price AFTER INSERT ON purchase_lines
BEGIN
    UPDATE purchase_lines
    SET unit_price_cents = (SELECT price_cents FROM songs WHERE songs.id = NEW.song_id)
    WHERE purchase_id = NEW.purchase_id AND song_id = NEW.song_id;
END;
