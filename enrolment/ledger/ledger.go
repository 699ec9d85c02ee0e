// Package ledger is an append-only log outside of the database. Its leaves are the heads
// of all chains, in a Merkle tree (RFC 6962) with a signed head.
//
// It is stored in a bucket under log/: tiles of hashes and of leaves, 256 each, and the
// signed head. The last tile of a row is rewritten until it is full; what a head covers
// never changes. The head is written last, so that an interrupted append leaves the
// ledger unchanged.
package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"visavis/enrolment/bucket"
)

const (
	folder = "log/"
	// height of a tile: 256 hashes.
	height    = 8
	tileWidth = 1 << height
)

// Leaf is the head of one chain, or the deletion of its file.
type Leaf struct {
	Enrolment string    `json:"enrolment"`
	Seq       int64     `json:"seq"`
	Hash      string    `json:"hash"` // of the chain's entry, hex; for a deletion, of its receipt
	At        time.Time `json:"at"`
	Deleted   bool      `json:"deleted,omitempty"`
}

// Ledger appends to and reads the log. The caller serialises appends.
type Ledger struct {
	Bucket bucket.Bucket
	// Sign signs a head; Signed verifies a signature.
	Sign   func(text string) (signature string)
	Signed func(text, signature string) bool
}

// Append adds leaves and returns the new head.
func (l *Ledger) Append(ctx context.Context, leaves []Leaf, now time.Time) (Head, error) {
	old, err := l.Head(ctx)
	if err != nil {
		return Head{}, err
	}
	if len(leaves) == 0 {
		return old, nil
	}
	lines := make([]string, len(leaves))
	for i, leaf := range leaves {
		body, err := json.Marshal(leaf)
		if err != nil {
			return Head{}, fmt.Errorf("ledger: %w", err)
		}
		lines[i] = string(body)
	}
	g := &growth{ctx: ctx, l: l, old: old, fresh: map[int64]tlog.Hash{}}
	head, err := g.add(lines, now)
	if err != nil {
		return Head{}, fmt.Errorf("ledger: %w", err)
	}
	return head, nil
}

// growth is one append.
type growth struct {
	ctx   context.Context //nolint:containedctx // of one call: tlog.HashReader takes none
	l     *Ledger
	old   Head
	fresh map[int64]tlog.Hash // by index, as stored hashes are numbered
}

// ReadHashes implements tlog.HashReader.
func (g *growth) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var ask []int64
	for i, index := range indexes {
		if h, ok := g.fresh[index]; ok {
			out[i] = h
		} else {
			ask = append(ask, index)
		}
	}
	if len(ask) == 0 {
		return out, nil
	}
	found, err := g.l.hashes(g.ctx, g.old).ReadHashes(ask)
	if err != nil {
		return nil, err
	}
	for i, index := range indexes {
		if _, ok := g.fresh[index]; !ok {
			out[i], found = found[0], found[1:]
		}
	}
	return out, nil
}

func (g *growth) add(lines []string, now time.Time) (Head, error) {
	for i, line := range lines {
		n := g.old.Size + int64(i)
		hashes, err := tlog.StoredHashes(n, []byte(line), g)
		if err != nil {
			return Head{}, err
		}
		at := tlog.StoredHashIndex(0, n)
		for j, h := range hashes {
			g.fresh[at+int64(j)] = h
		}
	}
	head := Head{Size: g.old.Size + int64(len(lines)), At: now.UTC().Truncate(time.Millisecond)}
	var err error
	if head.Root, err = tlog.TreeHash(head.Size, g); err != nil {
		return Head{}, err
	}
	if err := g.writeLeaves(lines); err != nil {
		return Head{}, err
	}
	for _, tile := range tlog.NewTiles(height, g.old.Size, head.Size) {
		body, err := tlog.ReadTileData(tile, g)
		if err == nil {
			err = g.l.Bucket.Write(g.ctx, nameOf(tile), body)
		}
		if err != nil {
			return Head{}, err
		}
	}
	return head, g.l.writeHead(g.ctx, head)
}

// writeLeaves writes the tiles of leaves that grow.
func (g *growth) writeLeaves(lines []string) error {
	first := g.old.Size / tileWidth
	known, err := g.l.leaves(g.ctx, first, int(g.old.Size%tileWidth))
	if err != nil {
		return err
	}
	all := append(known, lines...)
	for n := first; len(all) > 0; n++ {
		some := all[:min(tileWidth, len(all))]
		all = all[len(some):]
		if err := g.l.Bucket.Write(g.ctx, leavesName(n), []byte(strings.Join(some, "\n")+"\n")); err != nil {
			return err
		}
	}
	return nil
}

// leaves returns the first lines of a tile of leaves.
func (l *Ledger) leaves(ctx context.Context, tile int64, count int) ([]string, error) {
	if count == 0 {
		return nil, nil
	}
	body, err := l.Bucket.Read(ctx, leavesName(tile))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(bytes.TrimSuffix(body, []byte("\n"))), "\n")
	if len(lines) < count {
		return nil, fmt.Errorf("tile %d of the leaves has %d lines, want %d", tile, len(lines), count)
	}
	return lines[:count], nil
}

func leavesName(tile int64) string {
	return nameOf(tlog.Tile{H: height, L: -1, N: tile, W: tileWidth})
}

// nameOf returns the name of a tile, independent of its fill.
func nameOf(t tlog.Tile) string {
	t.W = tileWidth
	return folder + t.Path()
}

// tiles reads tiles of hashes: a tlog.TileReader.
type tiles struct {
	ctx context.Context //nolint:containedctx // of one call: tlog.TileReader takes none
	l   *Ledger
}

// Height implements tlog.TileReader.
func (tiles) Height() int { return height }

// SaveTiles implements tlog.TileReader: nothing is cached.
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles implements tlog.TileReader.
func (t tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(list))
	for i, tile := range list {
		body, err := t.l.Bucket.Read(t.ctx, nameOf(tile))
		if err != nil {
			return nil, fmt.Errorf("tile %s: %w", tile.Path(), err)
		}
		size := tile.W * tlog.HashSize
		if len(body) < size {
			return nil, fmt.Errorf("tile %s has %d bytes, want %d", tile.Path(), len(body), size)
		}
		out[i] = body[:size]
	}
	return out, nil
}

// hashes reads the hashes of a head's tree, each verified against its root.
func (l *Ledger) hashes(ctx context.Context, h Head) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: h.Size, Hash: h.Root}, tiles{ctx, l})
}

// ErrForked says that a head is not a prefix of a later one.
var ErrForked = errors.New("ledger: the log was rolled back or written anew")

// Consistent verifies that an older head is a prefix of a newer one. ErrForked if it is
// not.
func (l *Ledger) Consistent(ctx context.Context, older, newer Head) error {
	if older.Size > newer.Size {
		return fmt.Errorf("%w: it had %d heads, and has %d", ErrForked, older.Size, newer.Size)
	}
	if older.Size == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(newer.Size, older.Size, l.hashes(ctx, newer))
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return ErrForked
	}
	return nil
}

// Inclusion returns the proof that a leaf is in a head's tree.
func (l *Ledger) Inclusion(ctx context.Context, h Head, index int64) (tlog.RecordProof, error) {
	proof, err := tlog.ProveRecord(h.Size, index, l.hashes(ctx, h))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return proof, nil
}

// searched bounds how many leaves Latest reads.
const searched = 64 * tileWidth

// Latest returns the newest leaf of an enrolment in a head's tree, by its index and its
// line; ok is false if there is none among the last ones that are read.
func (l *Ledger) Latest(ctx context.Context, h Head, enrolment string) (index int64, line string, ok bool, err error) {
	for end := h.Size; end > max(0, h.Size-searched); {
		start := (end - 1) / tileWidth * tileWidth
		lines, err := l.leaves(ctx, start/tileWidth, int(end-start))
		if err != nil {
			return 0, "", false, fmt.Errorf("ledger: %w", err)
		}
		for i, line := range slices.Backward(lines) {
			var leaf Leaf
			if err := json.Unmarshal([]byte(line), &leaf); err != nil {
				return 0, "", false, fmt.Errorf("ledger: leaf %d: %w", start+int64(i), err)
			}
			if leaf.Enrolment == enrolment {
				return start + int64(i), line, true, nil
			}
		}
		end = start
	}
	return 0, "", false, nil
}

// CheckInclusion reports whether a proof shows a leaf, by its line, in a head's tree.
func CheckInclusion(proof tlog.RecordProof, h Head, index int64, line string) bool {
	return tlog.CheckRecord(proof, h.Size, h.Root, index, tlog.RecordHash([]byte(line))) == nil
}

// Scan reads all leaves of a head's tree in order, with their hashed lines. It fails
// unless they hash to the head's root.
func (l *Ledger) Scan(ctx context.Context, h Head, each func(index int64, leaf Leaf, line string)) error {
	var sum frontier
	for at := int64(0); at < h.Size; at += tileWidth {
		lines, err := l.leaves(ctx, at/tileWidth, int(min(tileWidth, h.Size-at)))
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		for i, line := range lines {
			sum.add(tlog.RecordHash([]byte(line)))
			var leaf Leaf
			if err := json.Unmarshal([]byte(line), &leaf); err != nil {
				return fmt.Errorf("ledger: leaf %d: %w", at+int64(i), err)
			}
			each(at+int64(i), leaf, line)
		}
	}
	if h.Size > 0 && sum.root() != h.Root {
		return errors.New("ledger: the leaves are not those of the signed head")
	}
	return nil
}

// frontier computes a tree's root from its leaves without storing them.
type frontier struct {
	size int64
	full []tlog.Hash // roots of whole subtrees, the largest first
}

func (f *frontier) add(h tlog.Hash) {
	for n := f.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(f.full[len(f.full)-1], h)
		f.full = f.full[:len(f.full)-1]
	}
	f.full = append(f.full, h)
	f.size++
}

func (f *frontier) root() tlog.Hash {
	h := f.full[len(f.full)-1]
	for i := len(f.full) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.full[i], h)
	}
	return h
}
