-- Songs since a year, oldest first.
--
-- @param year integer        the first year
-- @param title text = null   a part of the title
SELECT songs.title, songs.year, artists.name AS artist, songs.details
FROM songs JOIN artists ON artists.id = songs.artist_id
WHERE songs.year >= :year AND (:title IS NULL OR instr(songs.title, :title) > 0)
ORDER BY songs.year, songs.title;
