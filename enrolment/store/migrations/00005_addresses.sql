-- Letters that ask whether an address is its applicant's. What they say is not here:
-- it is derived from the nonce with a key of the servers.

-- +goose Up
CREATE TABLE address_codes (
    enrolment TEXT PRIMARY KEY,
    address TEXT NOT NULL, -- SHA-256 of the folded address, hex; empty: no letter was written yet
    nonce TEXT NOT NULL, -- empty: none is open
    tries INTEGER NOT NULL, -- digits that were typed for it
    asked_at BIGINT NOT NULL,
    held TEXT NOT NULL -- letters that wait for the confirmation, by spaces
);

-- Certificates of before this are written to as before.
ALTER TABLE certificates ADD COLUMN address_confirmed INTEGER NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE certificates DROP COLUMN address_confirmed;
DROP TABLE address_codes;
