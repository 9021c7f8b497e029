-- Prices are in euro cents: whole numbers, so that sums are exact.
CREATE TABLE products (
    id           INTEGER PRIMARY KEY,
    sku          TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    description  TEXT,
    price_cents  INTEGER NOT NULL CHECK (typeof(price_cents) = 'integer' AND price_cents >= 0),
    stock        INTEGER CHECK (stock >= 0),
    attributes   JSON NOT NULL DEFAULT '{}' CHECK (json_type(attributes) = 'object'),
    is_available BOOLEAN NOT NULL DEFAULT 1 CHECK (is_available IN (0, 1)),
    thumbnail    BLOB CHECK (thumbnail IS NULL OR typeof(thumbnail) = 'blob')
);

CREATE TABLE customers (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    email     TEXT NOT NULL UNIQUE COLLATE NOCASE,
    city      TEXT,
    joined_on DATE NOT NULL DEFAULT (date('now'))
);

CREATE TABLE orders (
    id          INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    ordered_on  DATE NOT NULL DEFAULT (date('now')),
    shipped_on  DATE CHECK (shipped_on >= ordered_on),
    status      TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'shipped', 'canceled'))
);

CREATE INDEX orders_customer_id ON orders (customer_id);

CREATE TABLE order_lines (
    order_id         INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    line_no          INTEGER NOT NULL CHECK (line_no > 0),
    product_id       INTEGER NOT NULL REFERENCES products (id),
    quantity         INTEGER NOT NULL DEFAULT 1 CHECK (typeof(quantity) = 'integer' AND quantity > 0),
    unit_price_cents INTEGER NOT NULL CHECK (unit_price_cents >= 0),
    total_cents      INTEGER GENERATED ALWAYS AS (quantity * unit_price_cents) STORED,
    PRIMARY KEY (order_id, line_no)
) WITHOUT ROWID;

CREATE INDEX order_lines_product_id ON order_lines (product_id);

CREATE VIEW order_totals AS
SELECT orders.id AS order_id, customers.name AS customer, orders.ordered_on, orders.status,
       count(order_lines.line_no) AS lines, coalesce(sum(order_lines.total_cents), 0) AS total_cents
FROM orders
JOIN customers ON customers.id = orders.customer_id
LEFT JOIN order_lines ON order_lines.order_id = orders.id
GROUP BY orders.id;

-- The thumbnails are PNG images of four by four pixels.
INSERT INTO products (id, sku, name, description, price_cents, stock, attributes, is_available, thumbnail) VALUES
    (1, 'MUG-01', 'Coffee mug', 'Enamel, 300 ml', 1450, 40, '{"color": "white", "volume_ml": 300}', 1,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000114944415478DA63F8F0E1351C3110C701008AA02CB16EDC49340000000049454E44AE426082'),
    (2, 'CAS-90', 'Blank cassette, 90 minutes', 'Type I, for mixtapes', 690, 120, '{"minutes": 90, "type": "I"}', 1,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000104944415478DA6338616304470CC47100017213617E5A5E450000000049454E44AE426082'),
    (3, 'PLY-07', 'Portable cassette player', 'With belt clip and orange foam headphones', 5900, 8, '{"color": "silver", "batteries": "2 × AA"}', 1,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000114944415478DA6358B57E0B1C3110C7010054E120D1B2EA86C80000000049454E44AE426082'),
    (4, 'TEE-KR', '“난 알아요” T-shirt', 'Cotton, printed in Busan', 2400, 25, '{"sizes": ["S", "M", "L"], "material": "cotton"}', 1,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000104944415478DA63D0D0B0812306E23800E27408C158C84A610000000049454E44AE426082'),
    (5, 'TEA-GR', '녹차 (green tea)', 'Loose leaf from Boseong, 80 g', 1125, 60, '{"weight_g": 80, "origin": "보성"}', 1,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000104944415478DA6388EA71832306E23800E90312C1A71F509A0000000049454E44AE426082'),
    (6, 'POS-IS', 'Poster: Jökulsárlón', '50 × 70 cm', 1800, 15, '{"width_cm": 50, "height_cm": 70}', 1,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000114944415478DA63A85875028E1888E3000017A11EA137A0C2C30000000049454E44AE426082'),
    (7, 'PEN-HB', 'Pencil, for rewinding', 'Hexagonal, HB, fits every cassette', 120, 500, '{"hardness": "HB"}', 1,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000114944415478DA6378B6C5068E1888E3000006C11D6113AB558A0000000049454E44AE426082'),
    (8, 'BAG-01', 'Canvas bag', 'Carries ten records', 1600, 0, '{"color": "natural", "holds": 10}', 0,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000114944415478DA63B87E62151C3110C70100B9D12491A0365A4D0000000049454E44AE426082'),
    (9, 'LMP-22', 'Lava lamp', 'Red, 40 cm', 4200, 5, '{"color": "red", "height_cm": 40}', 1,
     X'89504E470D0A1A0A0000000D494844520000000400000004080200000026930929000000104944415478DA63B8631405470CC47100517216811CA0D01C0000000049454E44AE426082'),
    (10, 'CAR-99', 'Gift card', 'Any amount, valid for ever', 2500, NULL, '{}', 1,
     NULL);

INSERT INTO customers (id, name, email, city, joined_on) VALUES
    (1, '김하늘', 'haneul@example.com', 'Seoul', '2025-03-14'),
    (2, 'María José Núñez', 'mariajose@example.com', 'Madrid', '2025-05-02'),
    (3, 'Siobhán O''Brien', 'siobhan@example.com', 'Dublin', '2025-07-21'),
    (4, '佐藤 花子', 'hanako@example.com', 'Tokyo', '2025-09-09'),
    (5, 'Łukasz Żak', 'lukasz@example.com', NULL, '2026-01-30');

INSERT INTO orders (id, customer_id, ordered_on, shipped_on, status) VALUES
    (1, 1, '2026-01-10', '2026-01-12', 'shipped'),
    (2, 2, '2026-02-03', '2026-02-04', 'shipped'),
    (3, 1, '2026-02-20', '2026-02-23', 'shipped'),
    (4, 3, '2026-03-08', NULL, 'canceled'),
    (5, 4, '2026-04-15', '2026-04-16', 'shipped'),
    (6, 5, '2026-05-01', NULL, 'paid'),
    (7, 4, '2026-05-28', NULL, 'open');

INSERT INTO order_lines (order_id, line_no, product_id, quantity, unit_price_cents) VALUES
    (1, 1, 4, 2, 2400), (1, 2, 5, 1, 1125),
    (2, 1, 2, 10, 690), (2, 2, 3, 1, 5900), (2, 3, 7, 2, 120),
    (3, 1, 1, 4, 1450),
    (4, 1, 9, 1, 4200),
    (5, 1, 6, 1, 1800), (5, 2, 2, 3, 690),
    (6, 1, 10, 2, 2500), (6, 2, 7, 1, 120),
    (7, 1, 3, 1, 5900), (7, 2, 2, 5, 690), (7, 3, 4, 1, 2400);
