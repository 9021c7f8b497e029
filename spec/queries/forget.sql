-- Forgets an author's name.
--
-- @param author text
UPDATE notes SET author = NULL WHERE author = :author;
