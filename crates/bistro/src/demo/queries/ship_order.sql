-- Ships an order that is paid, today. An order that is not gives no row.
--
-- @param order_id integer  the order
UPDATE orders
SET status = 'shipped', shipped_on = max(date('now'), ordered_on)
WHERE id = :order_id AND status = 'paid'
RETURNING id, customer_id, ordered_on, shipped_on, status;
