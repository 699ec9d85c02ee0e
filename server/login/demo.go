package login

import "slices"

// Choice is a demonstration's account as the login page offers it.
type Choice struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// Choices are the ways to log in.
type Choices struct {
	Demo []Choice `json:"demo"` // empty with a provider
	OIDC bool     `json:"oidc"`
}

// fromDemo begins the subjects of the demonstration, so that none of them is ever a
// provider's.
const fromDemo = "demo:"

// demoAccounts are nobody: their surname is Specimen, their addresses are in a
// domain that is for examples (RFC 2606), their numbers in the range that Arcep
// keeps for fiction (06 39 98 00 00 to 06 39 98 99 99). One of the two addresses counts
// as confirmed, the other shows how it is done.
func demoAccounts() []Account {
	accounts := []Account{
		{Subject: "maeva", GivenNames: "Maéva Claire", Email: "maeva.specimen@example.org", EmailVerified: true, Mobile: "+33639980012", Roles: []string{Applicant}},
		{Subject: "elouan", GivenNames: "Élouan Noé", Email: "elouan.specimen@example.org", Mobile: "+33639980034", Roles: []string{Applicant}},
		{Subject: "reviewer-1", GivenNames: "Relecteur 1", Roles: []string{Reviewer}},
		{Subject: "reviewer-2", GivenNames: "Relecteur 2", Roles: []string{Reviewer}},
		{Subject: "reviewer-3", GivenNames: "Relecteur 3", Roles: []string{Reviewer}},
		{Subject: "registrar", GivenNames: "Guichet", Roles: []string{Registrar}},
		{Subject: "operator", GivenNames: "Exploitation", Roles: []string{Operator, PersonalData}},
	}
	for i := range accounts {
		accounts[i].Surname = "Specimen"
		accounts[i].Name = accounts[i].GivenNames + " Specimen"
		accounts[i].Subject = fromDemo + accounts[i].Subject
	}
	return accounts
}

func (l *Login) demoAccount(id string) (Account, bool) {
	i := slices.IndexFunc(l.demo, func(a Account) bool { return a.Subject == fromDemo+id })
	if i < 0 {
		return Account{}, false
	}
	return l.demo[i], true
}
