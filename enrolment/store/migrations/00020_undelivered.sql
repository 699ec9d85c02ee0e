-- The letter of an enrolment that could not be sent last; gone when one was.

-- +goose Up
CREATE TABLE undelivered (
    enrolment TEXT PRIMARY KEY,
    letter TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE undelivered;
