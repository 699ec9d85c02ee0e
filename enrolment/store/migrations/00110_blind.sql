-- Few of many enrolments wait for a blind second look: reviewers' pages ask for them again and again.

-- +goose Up
CREATE INDEX enrolments_blind ON enrolments (last_action, id) WHERE blind_due = 1;

-- +goose Down
DROP INDEX enrolments_blind;
