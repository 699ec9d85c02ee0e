-- Certificates outlive their enrolments: no row here refers to one that may go.

-- +goose Up
CREATE TABLE certificates (
    id TEXT PRIMARY KEY,
    enrolment TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    rev BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    remind_at BIGINT NOT NULL, -- 0: nobody is to be reminded
    listed_name TEXT NOT NULL, -- folded, for the directory; empty: it does not name it
    serial TEXT NOT NULL,
    proof TEXT NOT NULL DEFAULT '', -- base64
    body TEXT NOT NULL
);
CREATE INDEX certificates_owner ON certificates (owner, created_at);
CREATE INDEX certificates_name ON certificates (listed_name);
CREATE INDEX certificates_serial ON certificates (serial);
CREATE INDEX certificates_remind ON certificates (remind_at);

-- What the test authority has issued.
CREATE TABLE test_certificates (
    enrolment TEXT PRIMARY KEY,
    serial TEXT NOT NULL UNIQUE,
    revoked INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL
);
CREATE INDEX test_certificates_revoked ON test_certificates (revoked);

-- +goose Down
DROP TABLE test_certificates;
DROP TABLE certificates;
