package live

import (
	"strings"
	"unicode"
)

// AgentName turns a User-Agent into words for people, like "iPhone, Safari" for a phone
// or "Firefox, Windows" for a desktop. Only these words are kept. The order of the tests
// matters: most browsers also name the others.
func AgentName(agent string, phone bool) string {
	browser := firstMatch(agent, browsers)
	device := firstMatch(agent, devices)
	switch {
	case browser == "" && device == "":
		return ""
	case browser == "":
		return device
	case device == "":
		return browser
	case phone:
		return device + ", " + browser
	}
	return browser + ", " + device
}

type agentMark struct{ mark, name string }

var browsers = []agentMark{
	{"SamsungBrowser/", "Samsung Internet"},
	{"EdgiOS/", "Edge"}, {"EdgA/", "Edge"}, {"Edg/", "Edge"},
	{"OPR/", "Opera"}, {"OPX/", "Opera"},
	{"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"},
	{"Version/", "Safari"},
}

var devices = []agentMark{
	{"iPhone", "iPhone"}, {"iPad", "iPad"},
	{"Android", "Android"},
	{"Windows", "Windows"}, {"CrOS", "ChromeOS"},
	{"Macintosh", "Mac"}, {"Linux", "Linux"},
}

func firstMatch(agent string, marks []agentMark) string {
	for _, m := range marks {
		if strings.Contains(agent, m.mark) {
			return m.name
		}
	}
	return ""
}

// cleanName shortens a device name given by a page to a displayable one.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) { // signs that turn the line around, among others
			return -1
		}
		return r
	}, strings.TrimSpace(name))
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40])
	}
	return name
}
