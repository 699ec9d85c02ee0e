package schema

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"visavis/protocol"
)

// sentBy says who sends each type. A type that is missing fails the test.
var sentBy = map[string][]protocol.Type{
	"desktop": {
		protocol.TypeHello, protocol.TypeRenew, protocol.TypeSetAddress, protocol.TypeSameDevice, protocol.TypeNotMyPhone,
		protocol.TypeSetLanguage, protocol.TypeExtend, protocol.TypeCancel,
	},
	"phone": {
		protocol.TypeHello, protocol.TypeClaim, protocol.TypeChooseCode, protocol.TypeChooseDocument, protocol.TypeStart,
		protocol.TypeRetake, protocol.TypeUseAnyway, protocol.TypeSkip, protocol.TypeBeat, protocol.TypePresence,
		protocol.TypeCameraReport,
		protocol.TypeSetLanguage, protocol.TypeExtend, protocol.TypeNotMe, protocol.TypeBye,
	},
	"server to desktop": {
		protocol.TypeWelcome, protocol.TypeProgress, protocol.TypePairing, protocol.TypeLive, protocol.TypeEnrolment,
		protocol.TypeNotice, protocol.TypeError,
	},
	"server to phone": {
		protocol.TypeWelcome, protocol.TypeProgress, protocol.TypeInvitation, protocol.TypeFrameResult,
		protocol.TypeCaptureStill,
		protocol.TypePartAck, protocol.TypeStillResult, protocol.TypeChallenge, protocol.TypeNotice, protocol.TypeError,
	},
}

var (
	stepNames = []string{"document-front", "document-back", "selfie"}
	documents = []string{"identity-card", "passport", "residence-permit"}
	gestures  = []string{
		"left", "right", "up", "down", "turn-left", "turn-right", "come-closer",
		"neutral", "rose", "green", "blue", "yellow",
	}
	hints = []string{
		"no-document", "no-face", "several-faces", "wrong-document", "other-side", "cut-off", "move", "hold-flat",
		"face-camera",
		"move-closer", "move-back", "too-dark", "too-bright", "uneven-light", "glare", "covered", "eyes-closed",
		"screen", "blurred",
		"copy", "not-readable", "hold-still", "shown-again",
	}
)

// values are what a field may hold, by "Struct.field" or by ".field" of any struct.
func values(t *testing.T) map[string][]string {
	t.Helper()
	return map[string][]string{
		"Progress.state": constants(t, "answer.go", "State"), "Opened.state": constants(t, "answer.go", "State"),
		"Progress.reason": constants(t, "answer.go", "Reason"), "Notice.code": constants(t, "answer.go", "Notice"),
		"Progress.document": documents, "ChooseDocument.document": documents,
		"Step.state": {"waiting", "active", "accepted"}, "Step.phase": {"guiding", "still", "tilt", "gesture", "light"},
		"Step.notes":  {"used-anyway", "tilt-skipped", "gesture-skipped", "light-skipped", "manual"},
		"Phone.state": {"present", "absent", "asleep"}, "Presence.state": {"asleep", "awake"}, "Phone.camera": {"denied"}, "Presence.camera": {"denied"},
		"CameraReport.facing": {"user", "environment"},
		"Welcome.role":        {"desktop", "phone"}, "Skip.challenge": {"tilt", "gesture", "light"},
		"Challenge.kind": {"tilt", "gesture", "light"}, "Challenge.gesture": gestures,
		"Start.lights":       {"shown", "left-out"},
		"FrameResult.status": {"judged", "busy", "refused", "stale"}, "FrameResult.code": constants(t, "close.go", "Code"),
		"StillResult.code": constants(t, "close.go", "Code"), "Error.code": constants(t, "close.go", "Code"),
		"FrameResult.hint": hints, "StillResult.hint": hints, "Live.hint": hints, ".toward": {"left", "right", "up", "down"}, ".step": stepNames,
	}
}

// home is the folder of package protocol: tests change theirs.
var home = func() string {
	path, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return path
}()

// constants returns the values of a file's constants whose name begins with prefix.
func constants(t *testing.T, file, prefix string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(home, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == len(spec.Names) {
			for i, name := range spec.Names {
				if value, ok := spec.Values[i].(*ast.BasicLit); ok && strings.HasPrefix(name.Name, prefix) {
					found = append(found, strings.Trim(value.Value, `"`))
				}
			}
		}
		return true
	})
	if len(found) == 0 {
		t.Fatalf("no constants %s… in %s", prefix, file)
	}
	return found
}

// Every type has a sender, and no sender has a type that does not exist.
func TestEveryTypeHasASender(t *testing.T) {
	sent := map[protocol.Type]bool{}
	for _, types := range sentBy {
		for _, one := range types {
			sent[one] = true
		}
	}
	for _, one := range protocol.Types() {
		if !sent[one] {
			t.Errorf("nobody sends %s: add it to sentBy", one)
		}
		delete(sent, one)
	}
	if len(sent) > 0 {
		t.Errorf("types that do not exist: %v", sent)
	}
	if !slices.IsSorted(protocol.Types()) {
		t.Error("types are not in order")
	}
}
