-- The console asks for a site's events by their number alone.

-- +goose Up
DROP INDEX site_events_at;

-- +goose Down
CREATE INDEX site_events_at ON site_events (site, at);
