package mail

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// outboxSize is ample for a demonstration; the oldest go first.
const outboxSize = 200

// Message is an e-mail that the demonstration did not send, or a text message: one without HTML.
type Message struct {
	At          time.Time `json:"at"`
	To          string    `json:"to"`
	Subject     string    `json:"subject"`
	Text        string    `json:"text"`
	HTML        string    `json:"html"`
	Attachments []string  `json:"attachments,omitempty"` // names
}

// outbox keeps the last messages in memory. Its zero value is ready.
type outbox struct {
	mu       sync.Mutex
	ids      []string // of messages, the oldest first
	messages []Message
}

// Outbox returns the demonstration's messages, the newest first; none with a mail
// server. They are this instance's own, and gone with it.
func (m *Mailer) Outbox() []Message {
	m.outbox.mu.Lock()
	defer m.outbox.mu.Unlock()
	out := slices.Clone(m.outbox.messages)
	slices.Reverse(out)
	return out
}

// keep puts a message into the outbox, once.
func (m *Mailer) keep(ctx context.Context, log *slog.Logger, e envelope) error {
	page, err := e.letter.html()
	if err != nil {
		return err
	}
	msg := Message{At: time.Now(), To: e.to.String(), Subject: e.letter.Subject, Text: e.letter.text(), HTML: page}
	for _, a := range e.attachments {
		msg.Attachments = append(msg.Attachments, a.name)
	}
	if m.outbox.add(e.id, msg) {
		log.InfoContext(ctx, "e-mail kept in the outbox: no mail server is set")
	}
	return nil
}

// add keeps a message, and returns false for one of the same job again.
func (o *outbox) add(id string, msg Message) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.Contains(o.ids, id) {
		return false
	}
	o.ids = append(o.ids, id)
	o.messages = append(o.messages, msg)
	if over := len(o.ids) - outboxSize; over > 0 {
		o.ids = slices.Delete(o.ids, 0, over)
		o.messages = slices.Delete(o.messages, 0, over)
	}
	return true
}
