package enrolments_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/document"
	"visavis/enrolment"
)

// troubled is an issuer that cannot be asked at first, or that refuses.
type troubled struct {
	certificate.Issuer
	failures atomic.Int32
	refuses  bool
}

var nameUnknown = certificate.Answer{Progress: certificate.ProgressRefused,
	Refusal: certificate.Refusal{Code: "name-unknown", Words: "Ce nom n’est pas connu."}}

func (i *troubled) Request(ctx context.Context, r certificate.Request) (certificate.Answer, error) {
	switch {
	case i.failures.Add(-1) >= 0:
		return certificate.Answer{}, &certificate.TemporaryError{RetryAfter: time.Second, Err: errors.New("down")}
	case i.refuses:
		return nameUnknown, nil
	}
	return i.Issuer.Request(ctx, r)
}

func (i *troubled) Status(ctx context.Context, id string) (certificate.Answer, error) {
	if i.refuses {
		return nameUnknown, nil
	}
	return i.Issuer.Status(ctx, id)
}

func TestAnIssuerThatIsDownIsAskedAgain(t *testing.T) {
	p := sqlitePlace(t)
	p.issuer = func(ca certificate.Issuer) certificate.Issuer {
		i := &troubled{Issuer: ca}
		i.failures.Store(2)
		return i
	}
	in := p.start(t, "one")
	v, c := in.browser(t, "maeva").certified(false)
	if n := countTransitions(t, in, v.ID, enrolment.ActionIssue); n != 1 || c.State != "valid" {
		t.Errorf("issued %d times: %+v", n, c)
	}
}

func TestAnIssuerThatRefusesEndsTheEnrolment(t *testing.T) {
	p := sqlitePlace(t)
	p.issuer = func(ca certificate.Issuer) certificate.Issuer { return &troubled{Issuer: ca, refuses: true} }
	in := p.start(t, "one")
	maeva, reviewer := in.browser(t, "maeva"), in.browser(t, "reviewer-1")
	v := maeva.captured()
	maeva.await(v.ID, enrolment.Review)
	reviewer.draw()
	reviewer.decide(v.ID, map[string]any{"verdict": "accept"})
	maeva.act(v.ID, "confirm", struct{}{})
	maeva.act(v.ID, "request", yes(maeva.see(v.ID)))
	v = maeva.await(v.ID, enrolment.Refused)
	if v.Refusal.Reason != enrolment.ReasonIssuer || v.Refusal.Words != nameUnknown.Refusal.Words ||
		v.Refusal.Contestable {
		t.Errorf("refused by the issuer: %+v, want its words and not its code", v.Refusal)
	}
	var list struct{ Certificates []shownCertificate }
	maeva.want(http.StatusOK, "GET", "/api/enrolments", nil, &list)
	if len(list.Certificates) != 1 || list.Certificates[0].State != "refused" ||
		list.Certificates[0].Reason != "name-unknown" {
		t.Errorf("the certificates: %+v", list.Certificates)
	}
}

// noted keeps what was asked of an issuer.
type noted struct {
	certificate.Issuer
	asked chan certificate.Request
}

func (i *noted) Request(ctx context.Context, r certificate.Request) (certificate.Answer, error) {
	select {
	case i.asked <- r:
	default: // repeated
	}
	return i.Issuer.Request(ctx, r)
}

// The issuer is told the document that was photographed, and none where a registrar saw
// the person, even if one was photographed before.
func TestTheIssuerIsToldTheDocumentThatVouches(t *testing.T) {
	for want, check := range map[string]func(in *instance, maeva *browser) view{
		string(document.Passport): func(in *instance, maeva *browser) view {
			v := maeva.captured()
			maeva.await(v.ID, enrolment.Review)
			reviewer := in.browser(t, "reviewer-1")
			reviewer.draw()
			reviewer.decide(v.ID, map[string]any{"verdict": "accept"})
			return v
		},
		"": func(in *instance, maeva *browser) view {
			v := maeva.consented()
			capture := maeva.pair(v.ID, nil)
			capture.choose("passport")
			capture.take(passportSteps[:1]...)
			maeva.act(v.ID, "in-person", struct{}{})
			in.browser(t, "registrar").want(http.StatusOK, "POST", "/api/registrar/"+v.ID, map[string]any{
				"accept": true, "checklist": visitPoints(),
				"extracted": map[string]string{"surname": "Specimen", "givenNames": "Maéva Claire", "birthDate": "1990-07-13"},
			}, nil)
			return v
		},
	} {
		p, asked := sqlitePlace(t), make(chan certificate.Request, 1)
		p.issuer = func(ca certificate.Issuer) certificate.Issuer { return &noted{ca, asked} }
		in := p.start(t, "one")
		maeva := in.browser(t, "maeva")
		v := check(in, maeva)
		maeva.act(v.ID, "confirm", struct{}{})
		maeva.act(v.ID, "request", yes(maeva.see(v.ID)))
		maeva.await(v.ID, enrolment.Issued)
		if got := (<-asked).Document.Type; got != want {
			t.Errorf("the issuer was told %q, want %q", got, want)
		}
	}
}
