package enrolments_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"visavis/enrolment"
)

// A document that prints a nom d'usage leaves the choice to the person.
func TestTheNameThatTheCertificateShows(t *testing.T) {
	for choice, want := range map[string]string{"birth": "Maéva Claire Specimen", "usage": "Maéva Claire Exemple"} {
		t.Run(choice, func(t *testing.T) {
			in := sqlitePlace(t).start(t, "one")
			maeva, registrar := in.browser(t, "maeva"), in.browser(t, "registrar")
			v := maeva.begin()
			maeva.act(v.ID, "in-person", struct{}{})
			body := map[string]any{"accept": true, "checklist": visitPoints(), "extracted": map[string]string{
				"surname": "Specimen", "usageName": "Exemple", "givenNames": "Maéva Claire", "birthDate": "1990-07-13",
			}}
			registrar.want(http.StatusOK, "POST", "/api/registrar/"+v.ID, body, nil)
			// nobody declared the second name
			in.browser(t, "reviewer-1").want(http.StatusOK, "POST", "/api/registrar/"+v.ID, body, nil)
			maeva.want(http.StatusUnprocessableEntity, "POST", "/api/enrolments/"+v.ID+"/confirm", map[string]string{
				"name": "both"}, nil)
			var seen struct {
				NameChoice      bool
				CertificateName string
			}
			maeva.want(http.StatusOK, "GET", "/api/enrolments/"+v.ID, nil, &seen)
			if !seen.NameChoice || seen.CertificateName != "Maéva Claire Specimen" {
				t.Errorf("before the choice: %+v", seen)
			}
			maeva.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/confirm", map[string]string{"name": choice}, nil)
			maeva.want(http.StatusOK, "GET", "/api/enrolments/"+v.ID, nil, &seen)
			if seen.CertificateName != want {
				t.Errorf("the page says %q, want %q", seen.CertificateName, want)
			}
			maeva.act(v.ID, "request", yes(maeva.see(v.ID)))
			maeva.await(v.ID, enrolment.Issued)
			var list struct{ Certificates []shownCertificate }
			maeva.want(http.StatusOK, "GET", "/api/enrolments", nil, &list)
			if len(list.Certificates) != 1 || !strings.HasPrefix(list.Certificates[0].Subject, want) {
				t.Fatalf("issued: %+v, want one for %s", list.Certificates, want)
			}
			// What is declared anew is the birth name, whatever the certificate shows.
			if renewed := maeva.renew(list.Certificates[0].ID); renewed.Declared.Surname != "Specimen" {
				t.Errorf("renewed with the surname %q", renewed.Declared.Surname)
			}
		})
	}
}

func TestWhatIsTypedIsChecked(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.begin()
	good := map[string]string{"surname": "Specimen", "givenNames": "Maéva", "birthDate": "1990-07-13",
		"mobile": "06 39 98 00 12", "email": "maeva@example.org"}
	for field, bad := range map[string][]string{
		"surname":    {"", "Sp3cimen", "Speci\u0441men", "<"},
		"givenNames": {"M4eva"},
		"birthDate":  {"13.07.1990", "2990-01-01"},
		"mobile":     {"", "12", "+33 1 23 45 67 89", "call me"},
		"email":      {"", "maeva"},
	} {
		for _, value := range bad {
			body := map[string]string{}
			maps.Copy(body, good)
			body[field] = value
			status, _, answer := maeva.do("POST", "/api/enrolments/"+v.ID+"/correct", body)
			var e struct {
				Error struct{ Code, Field, Text string }
			}
			must(t, json.Unmarshal(answer, &e))
			if status != http.StatusUnprocessableEntity || e.Error.Field != field || e.Error.Text == "" {
				t.Errorf("%s %q: %d %s", field, value, status, answer)
			}
		}
	}
	for _, c := range []struct {
		name  string
		wrong map[string]string
		want  []string // field and code, in the order of the form
	}{
		{"three at once", map[string]string{"email": "maeva", "surname": "Sp3cimen", "birthDate": "1990-02-30"}, []string{"surname name.digits", "birthDate birth-date", "email email.shape"}},
		{"both names", map[string]string{"givenNames": "M<eva", "surname": "Speci\u0441men"}, []string{"surname name.mixed-scripts", "givenNames name.symbol"}},
		{"no surname, and given names that cannot be", map[string]string{"surname": "", "givenNames": "M4eva"}, []string{"surname name.empty", "givenNames name.digits"}},
		{"no names", map[string]string{"surname": " ", "givenNames": ""}, []string{"surname name.empty"}},
		{"all", map[string]string{"surname": "1", "givenNames": "2", "birthDate": "2990-01-01", "mobile": "12", "email": "@"},
			[]string{"surname name.digits", "givenNames name.digits", "birthDate birth-date", "mobile mobile",
				"email email.shape"}},
		{"what is right is not named", map[string]string{"surname": "Specimen-O’Neil", "birthDate": "", "mobile": "+33 6 39 98 00 12", "email": "maeva@example"}, []string{"email email.local"}},
	} {
		body := maps.Clone(good)
		maps.Copy(body, c.wrong)
		var e struct {
			Error struct {
				Field, Text string
				Fields      []struct{ Field, Code, Text string }
			}
		}
		maeva.want(http.StatusUnprocessableEntity, "POST", "/api/enrolments/"+v.ID+"/correct?lang=en", body, &e)
		got, texts := []string{}, map[string]bool{}
		for _, one := range e.Error.Fields {
			got = append(got, one.Field+" "+one.Code)
			texts[one.Text] = one.Text != ""
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		if first := e.Error.Fields[0]; e.Error.Field != first.Field || e.Error.Text != first.Text || texts[""] {
			t.Errorf("%s: %+v, want the first beside all, and a sentence for each", c.name, e.Error)
		}
	}
	var corrected struct{ Declared struct{ Mobile string } }
	maeva.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/correct", good, &corrected)
	if corrected.Declared.Mobile != "+33639980012" {
		t.Errorf("the mobile number became %q", corrected.Declared.Mobile)
	}
	answers := yes(v)
	answers["answers"].([]map[string]any)[0]["hash"] = textOf("other", "fr").Hash
	// a text that was not shown
	maeva.want(http.StatusUnprocessableEntity, "POST", "/api/enrolments/"+v.ID+"/consent", answers, nil)
}
