-- Where sites are told of events, and what came of it.

-- +goose Up
CREATE TABLE endpoints (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX endpoints_site ON endpoints (site, created_at);

-- One event on its way to one endpoint, with every attempt.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    verification TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX deliveries_endpoint ON deliveries (endpoint, at, id);
CREATE INDEX deliveries_verification ON deliveries (verification);
CREATE INDEX deliveries_at ON deliveries (at);

-- +goose Down
DROP TABLE deliveries;
DROP TABLE endpoints;
