-- Songs of some years.
--
-- @param years json   a list
SELECT id, title, year FROM songs WHERE year IN (SELECT value FROM json_each(:years)) ORDER BY id;
