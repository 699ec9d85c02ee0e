-- What an authority that runs step-ca was asked for, and what it has issued. It outlives the enrolments.

-- +goose Up
CREATE TABLE step_certificates (
    enrolment TEXT PRIMARY KEY,
    rev BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- +goose Down
DROP TABLE step_certificates;
