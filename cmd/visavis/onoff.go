package main

import "flag"

// onOff is a setting that is on or off. It implements flag.Value. The text is kept for the check of all settings, which
// refuses any other.
type onOff struct {
	text string // empty: not set, the default depends on other settings
	on   bool
}

// String implements flag.Value.
func (o *onOff) String() string { return o.text }

// Set implements flag.Value.
func (o *onOff) Set(text string) error {
	*o = onOff{text: text, on: text == "on"}
	return nil
}

// otherwise decides a setting that was not set.
func (o *onOff) otherwise(on bool) {
	switch {
	case o.text != "":
	case on:
		*o = onOff{text: "on", on: true}
	default:
		*o = onOff{text: "off"}
	}
}

// onOffVar declares a setting; text is its default, empty where it depends on other settings.
func onOffVar(f *flag.FlagSet, o *onOff, name, text, usage string) {
	_ = o.Set(text) // never fails
	f.Var(o, name, usage)
}
