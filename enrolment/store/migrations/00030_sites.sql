-- Other sites: who may ask, what they asked for, and what they were told of it.
-- Nothing here holds what a document says; what a site wrote goes when it redacts.

-- +goose Up
CREATE TABLE sites (
    id TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    last_seq BIGINT NOT NULL DEFAULT 0, -- of its events
    body TEXT NOT NULL
);

-- A key itself is nowhere: its hash finds it.
CREATE TABLE site_keys (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL DEFAULT 0,
    ends_at BIGINT NOT NULL DEFAULT 0, -- 0: it does not end
    body TEXT NOT NULL
);
CREATE INDEX site_keys_site ON site_keys (site, created_at);

-- No reference to the enrolment, which may be deleted before.
CREATE TABLE verifications (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    enrolment TEXT NOT NULL,
    status TEXT NOT NULL,
    reference TEXT NOT NULL, -- the site's own; empty: none
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX verifications_site ON verifications (site, created_at, id);
CREATE INDEX verifications_enrolment ON verifications (enrolment);
CREATE INDEX verifications_reference ON verifications (site, reference);
CREATE INDEX verifications_expiry ON verifications (expires_at);

CREATE TABLE site_events (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    verification TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (site, seq)
);
CREATE INDEX site_events_verification ON site_events (verification, seq);

-- What was created under an Idempotency-Key, for a day.
CREATE TABLE site_requests (
    site TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    request TEXT NOT NULL, -- hash of the key
    content TEXT NOT NULL, -- hash of the body
    made TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (site, request)
);
CREATE INDEX site_requests_at ON site_requests (at);

-- +goose Down
DROP TABLE site_requests;
DROP TABLE site_events;
DROP TABLE verifications;
DROP TABLE site_keys;
DROP TABLE sites;
