package pades

import (
	"fmt"
	"maps"
	"slices"
)

// update is an incremental update: new objects, and others that take the place of old ones.
type update struct {
	of      *file
	next    int
	objects map[int]any
}

func (f *file) update() *update { return &update{of: f, next: f.size, objects: map[int]any{}} }

// add gives an object a number.
func (u *update) add(o any) ref {
	r := ref{u.next, 0}
	u.objects[r.num] = o
	u.next++
	return r
}

// replace puts an object in the place of an old one. Generations stay: nothing is freed.
func (u *update) replace(r ref, o any) { u.objects[r.num] = o }

// write returns the file with the update at its end, and where each of its objects begins.
func (u *update) write() (body []byte, at map[int]int) {
	body = append([]byte{}, u.of.body...)
	if body[len(body)-1] != '\n' {
		body = append(body, '\n')
	}
	at = map[int]int{}
	for _, num := range slices.Sorted(maps.Keys(u.objects)) {
		at[num] = len(body)
		body = fmt.Appendf(body, "%d %d obj\n", num, u.of.places[num].generation())
		body = write(body, u.objects[num])
		body = append(body, "\nendobj\n"...)
	}
	trailer := dict{"Size": u.next, "Prev": u.of.last}
	for _, key := range []name{"Root", "Info", "ID"} {
		if o, there := u.of.trailer[key]; there {
			trailer[key] = o
		}
	}
	start := len(body)
	if u.of.streams {
		body = u.stream(body, trailer, at)
	} else {
		body = u.table(body, at)
		body = append(body, "trailer\n"...)
		body = append(write(body, trailer), '\n')
	}
	return fmt.Appendf(body, "startxref\n%d\n%%%%EOF\n", start), at
}

// generation of an object that is written again; one of an object stream has none.
func (p place) generation() int {
	if p.in > 0 {
		return 0
	}
	return p.gen
}

// runs are the numbers of an update in runs without a gap: first and count of each.
func runs(at map[int]int) (out [][2]int) {
	for _, num := range slices.Sorted(maps.Keys(at)) {
		if n := len(out); n > 0 && out[n-1][0]+out[n-1][1] == num {
			out[n-1][1]++
			continue
		}
		out = append(out, [2]int{num, 1})
	}
	return out
}

func (u *update) table(body []byte, at map[int]int) []byte {
	body = append(body, "xref\n"...)
	for _, run := range runs(at) {
		body = fmt.Appendf(body, "%d %d\n", run[0], run[1])
		for num := run[0]; num < run[0]+run[1]; num++ {
			body = fmt.Appendf(body, "%010d %05d n\r\n", at[num], u.of.places[num].generation())
		}
	}
	return body
}

// stream writes the cross-references as a stream, which lists itself too.
func (u *update) stream(body []byte, d dict, at map[int]int) []byte {
	own := u.next
	listed := maps.Clone(at)
	listed[own] = len(body)
	d["Size"], d["Type"], d["W"] = own+1, name("XRef"), array{1, 4, 2}
	var index array
	var rows []byte
	for _, run := range runs(listed) {
		index = append(index, run[0], run[1])
		for num := run[0]; num < run[0]+run[1]; num++ {
			o, g := listed[num], u.of.places[num].generation()
			rows = append(rows, 1, byte(o>>24), byte(o>>16), byte(o>>8), byte(o), byte(g>>8), byte(g))
		}
	}
	d["Index"] = index
	body = fmt.Appendf(body, "%d 0 obj\n", own)
	body = write(body, stream{d, rows})
	return append(body, "\nendobj\n"...)
}
