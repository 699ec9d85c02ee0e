// Package mock is a server of the wire without eyes: the sessions, rules, limits and
// messages are those of package server, only the analysis is another. It reads what a
// picture shows from a comment in its JPEG ([Shown]), or from a timeline, and never
// looks at the pixels. So it needs neither OpenCV nor a model, builds without cgo,
// and answers the same for ever.
//
// Scripted clients make such pictures with [JPEG]; a real phone's pictures carry no
// comment and get what [Config.Untagged] says.
package mock
