-- How long an appointment lasts, so that it counts in every slot that it reaches into; 0: unknown, of an appointment
-- from before.

-- +goose Up
ALTER TABLE appointments ADD COLUMN minutes BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE appointments DROP COLUMN minutes;
