package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing/synctest"

	"github.com/gorilla/mux"

	"visavis/protocol"
	"visavis/server/live"
)

// records is a Enrolments of one enrolment, "mine".
type records struct {
	Enrolments // nothing else is called
	mu         sync.Mutex
	view       live.View
	err        error
	changed    map[chan struct{}]bool
}

func newRecords() *records {
	return &records{view: live.View{Rev: 1, JSON: json.RawMessage(`{"rev":1}`)}, changed: map[chan struct{}]bool{}}
}

func (*records) Routes(*mux.Router, Host) {}

func (j *records) Follow(_ *http.Request, id, language string) live.Followed {
	c := make(chan struct{}, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.changed[c] = true
	return live.Followed{
		Changed: c,
		Stop: func() {
			j.mu.Lock()
			defer j.mu.Unlock()
			delete(j.changed, c)
		},
		View: func(context.Context) (live.View, error) {
			j.mu.Lock()
			defer j.mu.Unlock()
			switch {
			case j.err != nil:
				return live.View{}, j.err
			case id != "mine":
				return live.View{}, live.ErrNoEnrolment
			case language == "en":
				return live.View{Rev: j.view.Rev, JSON: bytes.Replace(j.view.JSON, []byte("{"), []byte(`{"language":"en",`), 1)},
					nil
			}
			return j.view, nil
		},
	}
}

// become changes the enrolment, and tells so unless time alone did it.
func (j *records) become(rev int64, text string, told bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.view = live.View{Rev: rev, JSON: json.RawMessage(text)}
	for c := range j.changed {
		if told && len(c) == 0 {
			c <- struct{}{}
		}
	}
}

func (j *records) fail(err error) {
	j.mu.Lock()
	j.err = err
	j.mu.Unlock()
}

func (j *records) followers() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.changed)
}

// with makes a server that has the records.
func (j *records) with(cfg *Config) { cfg.Enrolments = j }

// heard drains what came: the types, with the views of enrolments and the codes of
// errors and notices.
func (f *follower) heard() string {
	synctest.Wait()
	var all []string
	for {
		select {
		case m := <-f.messages:
			switch m := m.(type) {
			case protocol.Enrolment:
				all = append(all, string(m.View))
			case protocol.Error:
				all = append(all, m.Code)
			case protocol.Notice:
				all = append(all, m.Code)
			case protocol.Welcome:
				all = append(all, fmt.Sprintf("welcome %s %s %v", m.Role, m.Site, m.Progress))
			default:
				all = append(all, string(m.MessageType()))
			}
		default:
			return strings.Join(all, " ")
		}
	}
}

// followed dials a desktop that follows the enrolment.
func (in *clocked) followed(hello protocol.Hello) *follower {
	f := in.dial("desktop", "")
	f.say(in.t, hello)
	return f
}
