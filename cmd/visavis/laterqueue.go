package main

import (
	"context"

	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

// laterQueue enqueues with a queue that is made after who enqueues: its workers
// need them.
type laterQueue struct{ queue *jobs.Queue }

// Enqueue implements journey.Enqueuer.
func (l *laterQueue) Enqueue(ctx context.Context, tx *store.Tx, job jobs.Job) error {
	return l.queue.Enqueue(ctx, tx, job)
}

// EnqueueDelivery implements registry.Queue.
func (l *laterQueue) EnqueueDelivery(ctx context.Context, tx *store.Tx, id string) error {
	return l.queue.Enqueue(ctx, tx, jobs.Delivery{ID: id})
}

// EnqueueLetter implements registry.Queue.
func (l *laterQueue) EnqueueLetter(ctx context.Context, tx *store.Tx, name, id string) error {
	return l.queue.Enqueue(ctx, tx, jobs.SiteLetter{Template: name, ID: id})
}

// EnqueueAdvance implements registry.Queue.
func (l *laterQueue) EnqueueAdvance(ctx context.Context, tx *store.Tx, verification string) error {
	return l.queue.Enqueue(ctx, tx, jobs.Advance{Verification: verification})
}
