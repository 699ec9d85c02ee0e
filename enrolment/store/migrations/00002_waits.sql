-- What the expected time of a decision is computed from.

-- +goose Up
CREATE INDEX transitions_action ON transitions (action, at);

-- +goose Down
DROP INDEX transitions_action;
