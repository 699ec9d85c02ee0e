package trustlist

import "fmt"

// numbers are the highest sequence numbers that were read: of the list of lists, and of each
// territory's list.
type numbers struct {
	lists int
	of    map[string]int
}

// note remembers a good list's.
func (n *numbers) note(l *List) {
	if n.of == nil {
		n.of = map[string]int{}
	}
	n.of[l.Territory] = max(n.of[l.Territory], l.Sequence)
	n.lists = max(n.lists, l.lists)
}

// check wants a list, and its list of lists, no older than those before. Each territory counts
// for itself.
func (n numbers) check(l *List) error {
	switch before := n.of[l.Territory]; {
	case l.Sequence < before:
		return fmt.Errorf("trusted list: sequence number %d after %d: an older list was put in place", l.Sequence, before)
	case l.lists != 0 && l.lists < n.lists:
		return fmt.Errorf("list of lists: sequence number %d after %d: an older list was put in place", l.lists, n.lists)
	}
	return nil
}
