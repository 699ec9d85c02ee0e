// Package selfies composes phone selfies from portraits and counts, group by group, which of
// them judging refuses: by light, by what is worn, and by the tone of the skin, which is measured.
// Everything is drawn from a seed.
package selfies
