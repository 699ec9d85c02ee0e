-- Requests to sign a document, until a while after their end. What came of them is in the audit.

-- +goose Up
CREATE TABLE signings (
    id TEXT PRIMARY KEY,
    link TEXT NOT NULL UNIQUE, -- SHA-256 of the link's secret
    owner TEXT NOT NULL,
    rev BIGINT NOT NULL,
    until BIGINT NOT NULL, -- when the row goes
    body TEXT NOT NULL
);
CREATE INDEX signings_owner ON signings (owner);
CREATE INDEX signings_until ON signings (until);

-- +goose Down
DROP TABLE signings;
