-- What the console asks for: a site's events since a day.

-- +goose Up
CREATE INDEX site_events_at ON site_events (site, at);

-- +goose Down
DROP INDEX site_events_at;
