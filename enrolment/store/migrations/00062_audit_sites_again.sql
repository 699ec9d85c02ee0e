-- Entries of the audit log that an instance of the version before 00043 wrote while it ran beside newer ones: they name
-- a site and were not in the index.

-- +goose Up
INSERT INTO audit_sites (site, audit)
    SELECT s.id, a.id FROM audit a JOIN sites s ON a.what LIKE '%' || s.id || '%'
    WHERE a.enrolment = '' AND NOT EXISTS (SELECT 1 FROM audit_sites x WHERE x.site = s.id AND x.audit = a.id);

-- +goose Down
SELECT 1;
