-- What people are shown beside a site's name: a PNG that this server wrote.

-- +goose Up
CREATE TABLE site_logos (
    site TEXT PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
    hash TEXT NOT NULL, -- its name in addresses
    png TEXT NOT NULL   -- base64
);
CREATE INDEX site_logos_hash ON site_logos (hash);

-- +goose Down
DROP TABLE site_logos;
