-- What sold best, canceled orders left out.
--
-- @param since date = '1970-01-01'  the first day that counts
-- @param least integer = 1          only what was sold so often
SELECT products.id, products.name, sum(order_lines.quantity) AS sold, sum(order_lines.total_cents) AS total_cents
FROM order_lines
JOIN orders ON orders.id = order_lines.order_id
JOIN products ON products.id = order_lines.product_id
WHERE orders.status <> 'canceled' AND orders.ordered_on >= :since
GROUP BY products.id
HAVING sold >= :least
ORDER BY sold DESC, products.id;
