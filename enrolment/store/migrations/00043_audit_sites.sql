-- Which sites an entry of the audit log names, so that a site's own entries are found without reading all of them.

-- +goose Up
CREATE TABLE audit_sites (
    site TEXT NOT NULL,
    audit TEXT NOT NULL REFERENCES audit (id) ON DELETE CASCADE,
    PRIMARY KEY (site, audit)
);
CREATE INDEX audit_sites_audit ON audit_sites (audit);
INSERT INTO audit_sites (site, audit)
    SELECT s.id, a.id FROM audit a JOIN sites s ON a.what LIKE '%' || s.id || '%' WHERE a.enrolment = '';

-- +goose Down
DROP TABLE audit_sites;
