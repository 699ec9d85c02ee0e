-- What an enrolment's chain covers beside its own rows. No row here refers to one
-- that may go: what was done, and how often, outlives a request that was cancelled.

-- +goose Up
-- Who saw or decided what, who logged in, who was turned away.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    enrolment TEXT NOT NULL, -- empty: it is about none
    at BIGINT NOT NULL,
    role TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    what TEXT NOT NULL
);
CREATE INDEX audit_enrolment ON audit (enrolment);
CREATE INDEX audit_at ON audit (at);

-- Letters that were asked for, and when they were sent.
CREATE TABLE letters (
    id TEXT PRIMARY KEY,
    enrolment TEXT NOT NULL,
    owner TEXT NOT NULL,
    address TEXT NOT NULL, -- SHA-256 of the folded address, hex
    template TEXT NOT NULL,
    at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL DEFAULT 0 -- 0: not yet
);
CREATE INDEX letters_enrolment ON letters (enrolment, at);
CREATE INDEX letters_owner ON letters (owner, at);
CREATE INDEX letters_address ON letters (address, at);

-- Attempts at a capture, by whoever makes them.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    enrolment TEXT NOT NULL,
    owner TEXT NOT NULL,
    person TEXT NOT NULL, -- SHA-256 of the declared identity, hex; empty: too little was declared
    at BIGINT NOT NULL
);
CREATE INDEX attempts_enrolment ON attempts (enrolment);
CREATE INDEX attempts_owner ON attempts (owner, at);
CREATE INDEX attempts_person ON attempts (person, at);

-- Heads of chains that are not in the log outside of the database yet.
CREATE TABLE unlogged (
    enrolment TEXT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (enrolment, seq)
);
CREATE INDEX unlogged_at ON unlogged (at);

-- +goose Down
DROP TABLE unlogged;
DROP TABLE attempts;
DROP TABLE letters;
DROP TABLE audit;
