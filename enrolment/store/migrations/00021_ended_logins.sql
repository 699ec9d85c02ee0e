-- Logins that were taken back before their time. Short: a login lasts for hours.

-- +goose Up
CREATE TABLE ended_logins (
    login TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX ended_logins_until ON ended_logins (until);

-- +goose Down
DROP TABLE ended_logins;
