-- When a proof's seal needs another time stamp, in nanoseconds since 1970; 0: there is no
-- proof, or one without a seal.

-- +goose Up
ALTER TABLE certificates ADD COLUMN proof_due BIGINT NOT NULL DEFAULT 0;
CREATE INDEX certificates_proof_due ON certificates (proof_due) WHERE proof_due > 0;

-- +goose Down
DROP INDEX certificates_proof_due;
ALTER TABLE certificates DROP COLUMN proof_due;
