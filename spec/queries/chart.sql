-- Songs a year. Called with POST only.
--
-- @get no
-- @column songs json
SELECT year, json_group_array(title) AS songs
FROM (SELECT year, title FROM songs WHERE year IS NOT NULL ORDER BY title)
GROUP BY year
ORDER BY year;
