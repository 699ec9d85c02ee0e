package live

import (
	"context"
	"sync"
	"time"
)

// watchFor is how long a session is followed after the last poll of a desktop.
const watchFor = 10 * time.Second

// watchers follow sessions for polling desktops, so that these see live pictures too.
// Safe for concurrent use.
type watchers struct {
	running sync.WaitGroup

	mu   sync.Mutex // guards what follows
	open map[string]*watcher
}

type watcher struct {
	cancel context.CancelFunc
	idle   *time.Timer
	live   []byte // the newest, until it is taken
}

// watch returns the newest live message of this session since the last call, and keeps
// following it for a while.
func (p *Plane) watch(id string) []byte {
	ws := p.watchers
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if w := ws.open[id]; w != nil {
		live := w.live
		w.live = nil
		w.idle.Reset(watchFor)
		return live
	}
	if p.base.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(p.base)
	w := &watcher{cancel: cancel, idle: time.AfterFunc(watchFor, cancel)}
	ws.open[id] = w
	ws.running.Go(func() { p.follow(ctx, id, w) })
	return nil
}

func (p *Plane) follow(ctx context.Context, id string, w *watcher) {
	defer func() {
		w.idle.Stop()
		w.cancel()
		p.watchers.mu.Lock()
		delete(p.watchers.open, id)
		p.watchers.mu.Unlock()
	}()
	events, cancel, err := p.Service.Subscribe(ctx, id)
	if err != nil {
		p.Logger.WarnContext(ctx, "background call failed", "call", "subscribe", "err", err)
		return
	}
	defer cancel()
	p.listen(ctx, id)
	again := time.NewTicker(listenEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			p.listen(ctx, id)
		case ev, ok := <-events:
			if !ok {
				return
			}
			if len(ev.Live) > 0 && ev.Live[0] == newsDesktop {
				p.watchers.mu.Lock()
				w.live = ev.Live[1:]
				p.watchers.mu.Unlock()
			}
		}
	}
}
