package certificate

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"
	"testing"
	"time"

	"visavis/words"
)

// listed is a trusted list with one authority on it, from a time on.
type listed struct {
	authority *x509.Certificate
	from      time.Time
	err       error
}

func (l listed) Granted(_, authority *x509.Certificate, at time.Time) (bool, error) {
	return bytes.Equal(authority.Raw, l.authority.Raw) && !at.Before(l.from), l.err
}

func levelOf(t *testing.T, s *spec, trust Trust) Level {
	t.Helper()
	cert := must(x509.ParseCertificate(s.sign(t)))
	return Profile{}.LevelOf(cert, []*x509.Certificate{s.signer.cert}, trust)
}

func TestQualifiedIsComputedFromCertificateAndTrustedList(t *testing.T) {
	granted := listed{authority: theWorld().issuing.cert, from: start.AddDate(-1, 0, 0)}
	seal := goodQualified(t)
	places()(t, seal) // any change of the statements
	statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		good[1] = with(t, oidQcType, []asn1.ObjectIdentifier{{0, 4, 0, 1862, 1, 6, 2}})
		return good
	})(t, seal)
	noType := goodQualified(t)
	places()(t, noType)
	statementsOf(func(_ *testing.T, good [][]byte) [][]byte { return append(good[:1:1], good[2:]...) })(t, noType)
	emptyType := goodQualified(t)
	places()(t, emptyType)
	statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		good[1] = with(t, oidQcType, []asn1.ObjectIdentifier{})
		return good
	})(t, emptyType)
	two := goodQualified(t)
	places()(t, two)
	statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		good[1] = with(t, oidQcType, []asn1.ObjectIdentifier{oidTypeESign, {0, 4, 0, 1862, 1, 6, 2}})
		return good
	})(t, two)
	elsewhere := goodQualified(t)
	places()(t, elsewhere)
	statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		return append(good, with(t, oidQcCC, []string{"CH"}))
	})(t, elsewhere)
	noClaim := goodQualified(t)
	delete(noClaim.extensions, "qc")
	otherPolicy := goodQualified(t)
	otherPolicy.extensions["policies"] = policiesOf(t, "1.3.6.1.4.1.55555.1")
	both := goodQualified(t)
	both.extensions["policies"] = policiesOf(t, policyQCPn, "2.999.1")
	for _, c := range []struct {
		name  string
		spec  *spec
		trust Trust
		want  Level
	}{
		{"granted when it was issued", goodQualified(t), granted, LevelQualified},
		{"without a list", goodQualified(t), nil, LevelElectronic},
		{"granted later", goodQualified(t), listed{authority: granted.authority, from: start.Add(time.Second)}, LevelElectronic},
		{"a list that cannot be relied on", goodQualified(t), listed{granted.authority, granted.from, errors.New("out of date")}, LevelElectronic},
		{"another authority is granted", goodQualified(t), listed{authority: testWorld().cert, from: granted.from}, LevelElectronic},
		{"for seals", seal, granted, LevelElectronic},
		{"by the law of another country", elsewhere, granted, LevelElectronic},
		{"without a type", noType, granted, LevelQualified},
		{"of an empty type", emptyType, granted, LevelElectronic},
		{"for signatures and seals", two, granted, LevelElectronic},
		{"no QcCompliance", noClaim, granted, LevelElectronic},
		{"no policy of qualified certificates", otherPolicy, granted, LevelElectronic},
		{"a policy of the arc for examples beside it", both, granted, LevelTest},
		{"a test certificate", goodTest(t), listed{authority: testWorld().cert, from: granted.from}, LevelTest},
	} {
		if got := levelOf(t, c.spec, c.trust); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestOnlyTestCertificatesHaveABadge(t *testing.T) {
	for _, in := range words.Languages() {
		language := in.Tag
		if b := LevelTest.Badge(language); !strings.Contains(b, "TEST") {
			t.Errorf("%s: the badge is %q, want TEST in it", language, b)
		}
		for _, l := range []Level{LevelElectronic, LevelQualified} {
			if l.Badge(language) != "" || l.Title(language) == "" {
				t.Errorf("%s %s: badge %q, title %q; want a title alone", l, language, l.Badge(language), l.Title(language))
			}
		}
	}
	if got := LevelElectronic.Title("fr") + LevelTest.Title("fr"); strings.Contains(strings.ToLower(got), "qualifié") {
		t.Errorf("%q says qualified", got)
	}
}
