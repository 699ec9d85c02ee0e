-- Valid on SQLite and PostgreSQL. Times are nanoseconds since 1970, bodies JSON.

-- +goose Up
CREATE TABLE enrolments (
    id TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    rev BIGINT NOT NULL,
    state TEXT NOT NULL,
    last_action BIGINT NOT NULL,
    blind_due INTEGER NOT NULL DEFAULT 0,
    entries BIGINT NOT NULL DEFAULT 0, -- of the manifest; counting them locks the row
    body TEXT NOT NULL
);
CREATE INDEX enrolments_owner ON enrolments (owner);
CREATE INDEX enrolments_state ON enrolments (state, last_action);

-- What happened: rows are added, never changed, and go with their enrolment.
CREATE TABLE transitions (
    enrolment TEXT NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    action TEXT NOT NULL,
    role TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (enrolment, seq)
);

CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    enrolment TEXT NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    version TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    language TEXT NOT NULL,
    answer INTEGER NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX consents_enrolment ON consents (enrolment, at);

-- One wrapped key a file. Without its row the file cannot be read.
CREATE TABLE evidence_keys (
    enrolment TEXT PRIMARY KEY REFERENCES enrolments (id) ON DELETE CASCADE,
    wrapped TEXT NOT NULL
);

-- The chain over every item and transition.
CREATE TABLE manifest (
    enrolment TEXT NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (enrolment, seq)
);

-- That something was deleted. Outlives the enrolment, holds no name.
CREATE TABLE receipts (
    id TEXT PRIMARY KEY,
    enrolment TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX receipts_enrolment ON receipts (enrolment);

-- +goose Down
DROP TABLE receipts;
DROP TABLE manifest;
DROP TABLE evidence_keys;
DROP TABLE consents;
DROP TABLE transitions;
DROP TABLE enrolments;
