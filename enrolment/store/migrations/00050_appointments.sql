-- Who comes to a registrar's desk when. Each row repeats its record's appointment, to count
-- those of a slot.

-- +goose Up
CREATE TABLE appointments (
    enrolment TEXT PRIMARY KEY REFERENCES enrolments (id) ON DELETE CASCADE,
    at BIGINT NOT NULL
);
CREATE INDEX appointments_at ON appointments (at);

-- +goose Down
DROP TABLE appointments;
