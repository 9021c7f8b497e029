-- Invented, and it says so: a demo that asked a weather service would need a network.
CREATE TABLE weather (
    id            INTEGER PRIMARY KEY,
    city          TEXT NOT NULL,
    name          TEXT NOT NULL,
    country       TEXT NOT NULL,
    observed_on   DATE NOT NULL DEFAULT (date('now')),
    temperature_c REAL NOT NULL,
    humidity      INTEGER NOT NULL CHECK (humidity BETWEEN 0 AND 100),
    sky           TEXT NOT NULL CHECK (sky IN ('clear', 'clouds', 'rain', 'snow', 'fog', 'storm')),
    is_sample     BOOLEAN NOT NULL DEFAULT 1 CHECK (is_sample IN (0, 1)),
    note          TEXT DEFAULT 'Sample data: made up when this database was made',
    UNIQUE (city, observed_on)
);

INSERT INTO weather (city, name, country, temperature_c, humidity, sky) VALUES
    ('Seoul', '서울', 'South Korea', 17.5, 48, 'clear'),
    ('Busan', '부산', 'South Korea', 19.0, 61, 'clouds'),
    ('Tokyo', '東京', 'Japan', 20.3, 57, 'clouds'),
    ('Beijing', '北京', 'China', 15.8, 35, 'clear'),
    ('Taipei', '臺北', 'Taiwan', 24.6, 78, 'rain'),
    ('Bangkok', 'กรุงเทพฯ', 'Thailand', 31.2, 70, 'storm'),
    ('Mumbai', 'मुंबई', 'India', 29.8, 74, 'clouds'),
    ('Istanbul', 'İstanbul', 'Türkiye', 16.4, 63, 'clear'),
    ('Cairo', 'القاهرة', 'Egypt', 26.9, 32, 'clear'),
    ('Nairobi', 'Nairobi', 'Kenya', 21.7, 55, 'clouds'),
    ('Athens', 'Αθήνα', 'Greece', 22.1, 44, 'clear'),
    ('Paris', 'Paris', 'France', 13.6, 66, 'rain'),
    ('Berlin', 'Berlin', 'Germany', 11.2, 69, 'clouds'),
    ('Madrid', 'Madrid', 'Spain', 18.9, 41, 'clear'),
    ('London', 'London', 'United Kingdom', 12.0, 77, 'fog'),
    ('Reykjavik', 'Reykjavík', 'Iceland', -1.5, 81, 'snow'),
    ('New York', 'New York', 'United States', 14.4, 52, 'clear'),
    ('Mexico City', 'Ciudad de México', 'Mexico', 19.5, 46, 'storm'),
    ('São Paulo', 'São Paulo', 'Brazil', 23.0, 72, 'rain'),
    ('Sydney', 'Sydney', 'Australia', 20.8, 59, 'clear');

