CREATE TABLE posts (
    id           INTEGER PRIMARY KEY,
    title        TEXT NOT NULL CHECK (length(title) > 0),
    author       TEXT NOT NULL,
    body         TEXT NOT NULL,
    tags         JSON NOT NULL DEFAULT '[]' CHECK (json_type(tags) = 'array'),
    published_on DATE NOT NULL DEFAULT (date('now')),
    is_draft     BOOLEAN NOT NULL DEFAULT 0 CHECK (is_draft IN (0, 1))
);

CREATE TABLE comments (
    id          INTEGER PRIMARY KEY,
    post_id     INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    author      TEXT NOT NULL CHECK (length(author) BETWEEN 1 AND 80),
    body        TEXT NOT NULL CHECK (length(body) BETWEEN 1 AND 10000),
    created_at  DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    is_approved BOOLEAN NOT NULL DEFAULT 1 CHECK (is_approved IN (0, 1))
);

CREATE INDEX comments_post_id ON comments (post_id);

INSERT INTO posts (id, title, author, body, tags, published_on, is_draft) VALUES
    (1, 'Welcome to the guestbook', 'Mina', 'Say hello in any language you like.', '["guestbook"]', '2026-01-05', 0),
    (2, '90년대 음악을 다시 듣다', '지훈', '서태지와 아이들의 「난 알아요」를 처음 들었던 날을 기억하시나요?', '["music", "한국어"]', '2026-02-11', 0),
    (3, 'Five songs that sound like rain', 'Étienne', 'Number one is still “Teardrop”. Which are yours?', '["music", "list"]', '2026-03-20', 0),
    (4, 'A cassette from the attic', 'Sigríður', 'Hliðin A er óþekkt. Side B is “Hyperballad”, three times in a row.', '["music", "cassettes"]', '2026-04-02', 0),
    (5, 'Das Mixtape ist zurück', 'Jürgen', 'Neunzig Minuten, zwei Seiten, kein Überspringen.', '["music", "Deutsch"]', '2026-05-17', 0),
    (6, 'Notes for a post about B-sides', 'Mina', 'To be written.', '[]', '2026-06-01', 1);

INSERT INTO comments (post_id, author, body, created_at, is_approved) VALUES
    (1, 'Ada', 'Hello from London!', '2026-01-05 09:12:44', 1),
    (1, '수진', '안녕하세요, 반갑습니다!', '2026-01-05 10:01:03', 1),
    (1, 'Zoë', 'Hoi! 🎶', '2026-01-06 18:30:00', 1),
    (1, 'cheap-watches', 'Buy now!!!', '2026-01-07 03:03:03', 0),
    (2, '민호', '저는 「하여가」의 태평소 소리를 더 좋아합니다.', '2026-02-11 20:15:31', 1),
    (2, 'Ken', 'What should I hear first?', '2026-02-12 07:45:10', 1),
    (2, '지훈', 'Start with 「난 알아요」, then 「컴백홈」.', '2026-02-12 08:02:59', 1),
    (3, 'Björg', '“Svefn-g-englar”, all ten minutes of it.', '2026-03-20 22:10:00', 1),
    (3, 'Noor', '“Glory Box”.', '2026-03-21 06:40:25', 1),
    (4, 'Ólafur', 'Þetta er frábært.', '2026-04-03 12:00:00', 1),
    (5, 'Anneliese', 'Und der Bleistift zum Zurückspulen!', '2026-05-18 16:20:08', 1);

-- A view that can be written: what is done to it is done to the comments on the first post.
CREATE VIEW guestbook AS
SELECT id, author AS name, body AS message, created_at AS signed_at
FROM comments
WHERE post_id = 1 AND is_approved;

CREATE TRIGGER guestbook_insert INSTEAD OF INSERT ON guestbook
BEGIN
    INSERT INTO comments (id, post_id, author, body) VALUES (NEW.id, 1, NEW.name, NEW.message);
END;

CREATE TRIGGER guestbook_update INSTEAD OF UPDATE ON guestbook
BEGIN
    UPDATE comments SET author = NEW.name, body = NEW.message WHERE id = OLD.id;
END;

CREATE TRIGGER guestbook_delete INSTEAD OF DELETE ON guestbook
BEGIN
    DELETE FROM comments WHERE id = OLD.id;
END;

