-- Rates the notes of an author anew.
--
-- @param author text
-- @param stars integer = 5
UPDATE notes SET stars = :stars WHERE author = :author RETURNING id, author, stars;
