package enrolments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/server/live"
	"visavis/server/login"
	"visavis/words"
)

// Follow implements server.Enrolments. It checks the login for each view, since a login
// may end.
func (p *Plane) Follow(r *http.Request, id, language string) live.Followed {
	asked := &http.Request{Header: http.Header{"Cookie": slices.Clone(r.Header["Cookie"])}} // all that is kept of it
	changed, stop := p.journey.Subscribe(id)
	return live.Followed{
		Changed: changed, Stop: stop,
		View: func(ctx context.Context) (live.View, error) {
			v, err := p.followed(ctx, asked, id, language)
			if err != nil {
				return live.View{}, refusedToFollow(err)
			}
			body, err := json.Marshal(v)
			return live.View{Rev: v.Rev, JSON: body}, err
		},
	}
}

func (p *Plane) followed(ctx context.Context, r *http.Request, id, language string) (view, error) {
	who, ok := p.cfg.Accounts.Watching(r)
	switch {
	case !ok, !p.holdsLink(r.WithContext(ctx), who):
		return view{}, errLogin
	case !who.Has(login.Applicant):
		return view{}, errRole
	}
	e, err := p.journey.Own(ctx, who.Subject, id)
	if err != nil {
		return view{}, err
	}
	if found, ok := words.Lookup(language); ok {
		return p.seen(ctx, e, found.Tag)
	}
	return p.seen(ctx, e, e.Language)
}

// refusedToFollow maps an error to the server's errors of following.
func refusedToFollow(err error) error {
	switch {
	case errors.Is(err, errLogin):
		return fmt.Errorf("%w: %w", live.ErrNoLogin, err)
	case errors.Is(err, errRole), errors.Is(err, enrolment.ErrNotOwner), errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", live.ErrNoEnrolment, err)
	}
	return err
}
