package handover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

const (
	// piece is how much is sent at once, in bytes: what a line of 25 kB/s sends within the
	// connector's 20 s.
	piece = 512 << 10
	// sendFor bounds the time of one job, well within jobs.JobTimeout: a longer transfer
	// goes on in the next.
	sendFor = 80 * time.Second
	// answerIn bounds the wait for the last answer of a job, so that the job ends by itself.
	answerIn = 100 * time.Second
	// goOn is the pause between two jobs of one transfer.
	goOn = time.Second
	// A recipient who cannot be reached is asked again after a tenth of the time since the
	// issuing, within these bounds.
	soonest = time.Minute
	latest  = time.Hour
)

// setNext is what an operator does about a recipient's certificate that ended.
const setNext = "ask for it, put it in place of the one of --provider-file-certificate, and start again"

// Config of a Service. All but Logger and Now are required.
type Config struct {
	Packer Packer
	Rules  enrolment.Rules
	Taker  certificate.FileTaker
	Name   string       // the recipient's, for the log
	Logger *slog.Logger // nil: nothing is logged
	Now    func() time.Time
}

// Service hands files over. It keeps nothing: any number of goroutines and instances may
// use it.
type Service struct {
	cfg    Config
	parcel string // the last part of the parcels' names
}

var _ jobs.Transferrer = (*Service)(nil)

// New makes a Service. With a recipient's certificate that has ended files wait for the next one,
// and all else of the server works: that is logged.
func New(c Config) (*Service, error) {
	if c.Packer.Keeper == nil || c.Packer.Retention == nil || c.Packer.Recipient == nil || c.Taker == nil || c.Name == "" {
		return nil, errors.New("handover: Keeper, Retention, Recipient, Taker and Name are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	switch err := CheckRecipient(c.Packer.Recipient, c.Now()); {
	case errors.Is(err, ErrEnded):
		c.Logger.Warn("files wait for the provider's next certificate: "+setNext, "err", err)
	case err != nil:
		return nil, err
	}
	// Another key of the recipient, another parcel.
	return &Service{c, hexOf(c.Packer.Recipient.Raw)[:16] + ".p7m"}, nil
}

// Transfer implements jobs.Transferrer.
func (s *Service) Transfer(ctx context.Context, id string) (again time.Duration, err error) {
	var r enrolment.Record
	err = s.cfg.Packer.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		r, err = tx.Load(ctx, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil // its parcels went with it
	}
	if err != nil {
		return 0, err
	}
	if !s.cfg.Rules.Owes(r) {
		return 0, s.tidy(ctx, id, "")
	}
	body, err := s.open(ctx, id)
	if errors.Is(err, ErrEnded) {
		s.cfg.Logger.ErrorContext(ctx, "a file waits for the provider's next certificate: "+setNext,
			"reference", r.Reference, "err", err)
		return latest, nil
	}
	if err != nil {
		return 0, err
	}
	answer, err := s.send(ctx, id, body)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err() // the server stops
		}
		return s.troubled(ctx, r, err), nil
	}
	switch answer.Status {
	case certificate.FileAcknowledged:
		return 0, s.acknowledged(ctx, r, answer)
	case certificate.FileRefused:
		s.cfg.Logger.ErrorContext(ctx, "the provider refused a file; another package of it is sent in an hour",
			"reference", r.Reference, "code", answer.Refusal.Code, "sha256", answer.SHA256)
		return latest, s.tidy(ctx, id, "")
	case certificate.FileChecking:
		return max(s.wait(r), answer.RetryAfter), nil
	}
	return goOn, nil
}

// open returns the parcel to send, made now if there is none for this recipient.
func (s *Service) open(ctx context.Context, id string) ([]byte, error) {
	b, name := s.cfg.Packer.Keeper.Bucket, evidence.Parcel(id, s.parcel)
	body, err := b.Read(ctx, name)
	if !errors.Is(err, bucket.ErrNotFound) {
		return body, err
	}
	if body, err = s.cfg.Packer.Pack(ctx, id, s.cfg.Now()); err != nil {
		return nil, err
	}
	return body, errors.Join(b.Write(ctx, name, body), s.tidy(ctx, id, name))
}

// tidy removes an enrolment's parcels but one.
func (s *Service) tidy(ctx context.Context, id, but string) error {
	names, err := s.cfg.Packer.Keeper.Parcels(ctx, id)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == but {
			continue
		}
		if err := s.cfg.Packer.Keeper.Bucket.Delete(ctx, name); err != nil {
			return fmt.Errorf("handover: %w", err)
		}
	}
	return nil
}

// send goes on with a transfer until the recipient has all of it, or time is over.
func (s *Service) send(ctx context.Context, id string, body []byte) (certificate.FileAnswer, error) {
	offer := certificate.File{Size: int64(len(body)), SHA256: hexOf(body)}
	until := time.Now().Add(sendFor)
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	answer, err := s.cfg.Taker.Offer(ctx, id, offer)
	for err == nil {
		if answer.File != offer {
			return answer, fmt.Errorf("handover: the answer is about other bytes, SHA-256 %.64q", answer.SHA256)
		}
		if answer.Status != certificate.FileReceiving || time.Now().After(until) {
			return answer, nil
		}
		at := answer.Received
		if at < 0 || at >= offer.Size {
			return answer, fmt.Errorf("handover: %d of %d bytes received, and more are awaited", at, offer.Size)
		}
		answer, err = s.cfg.Taker.Send(ctx, id, at, body[at:min(at+piece, offer.Size)])
		if err == nil && answer.Status == certificate.FileReceiving && answer.Received <= at {
			return answer, fmt.Errorf("handover: a piece at %d was sent, and %d bytes were received", at, answer.Received)
		}
	}
	return answer, err
}

// acknowledged notes that the recipient has the file.
func (s *Service) acknowledged(ctx context.Context, r enrolment.Record, a certificate.FileAnswer) error {
	e := enrolment.HandOver{To: s.cfg.Name, SHA256: a.SHA256, Reference: a.Reference}
	if err := s.cfg.Packer.Retention.HandedOver(ctx, r.ID, e); err != nil {
		return err
	}
	s.cfg.Logger.InfoContext(ctx, "file handed over", "reference", r.Reference, "to", e.To, "sha256", e.SHA256)
	return s.tidy(ctx, r.ID, "")
}

// troubled logs why a file could not be sent, and returns the pause before the next
// attempt.
func (s *Service) troubled(ctx context.Context, r enrolment.Record, err error) time.Duration {
	if after, ok := certificate.Temporary(err); ok {
		s.cfg.Logger.WarnContext(ctx, "a file could not be handed over yet", "reference", r.Reference, "err", err)
		return max(s.wait(r), after)
	}
	if errors.Is(err, certificate.ErrPiece) { // somebody else sent meanwhile, or the recipient lost bytes
		return soonest
	}
	s.cfg.Logger.ErrorContext(ctx, "the provider does not take a file: see the hand-over in docs/operations.md",
		"reference", r.Reference, "err", err)
	return latest
}

// wait is the pause before another attempt: it grows with the time since the issuing.
func (s *Service) wait(r enrolment.Record) time.Duration {
	return min(max(s.cfg.Now().Sub(r.LastAction)/10, soonest), latest)
}
