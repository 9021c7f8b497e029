-- The weather is always today's, however old the demo is. What a person has written stays as it is.
UPDATE OR IGNORE weather SET observed_on = date('now') WHERE is_sample AND observed_on < date('now');
