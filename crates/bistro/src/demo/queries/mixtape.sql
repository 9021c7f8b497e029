-- Songs of a year that fit on one side of a cassette, one of each artist, the oldest bands first.
--
-- @param year integer               the year
-- @param minutes integer = 45       how long a side plays
-- @column seconds integer           how long all up to this one play
WITH picked AS (
    SELECT songs.id, songs.title, artists.name AS artist, artists.formed,
           coalesce(songs.duration, 240) AS duration
    FROM songs JOIN artists ON artists.id = songs.artist_id
    WHERE songs.year = :year
    GROUP BY artists.id
    HAVING songs.id = min(songs.id)
), timed AS (
    SELECT title, artist, sum(duration) OVER (ORDER BY formed, id) AS seconds FROM picked
)
SELECT title, artist, seconds FROM timed WHERE seconds <= :minutes * 60 ORDER BY seconds;
