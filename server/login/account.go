package login

import "slices"

// The roles that an account may have.
const (
	Applicant = "applicant"
	Reviewer  = "reviewer"
	Registrar = "registrar"
	// Operator looks after the sites that use this server. SiteStaff are a site's own
	// people, who see that site alone. PersonalData lets either see what documents say.
	Operator     = "operator"
	SiteStaff    = "site-staff"
	PersonalData = "personal-data"
)

// maxSites bounds the sites of an account, which its cookie holds.
const maxSites = 20

// Account is who is logged in. Subject is theirs for ever and says where they come
// from; the rest is what their provider knows, and may be empty but for Roles.
type Account struct {
	Subject    string `json:"subject"`
	Name       string `json:"name"`
	GivenNames string `json:"givenNames"`
	Surname    string `json:"surname"`
	Email      string `json:"email"`
	// EmailVerified: the provider vouches for Email, and is trusted with that.
	EmailVerified bool     `json:"emailVerified"`
	Mobile        string   `json:"mobile"` // E.164
	Roles         []string `json:"roles"`
	// Sites are the ids of the sites for which the account's owner works.
	Sites []string `json:"sites,omitempty"`
}

// Has tells whether the account has a role.
func (a Account) Has(role string) bool { return slices.Contains(a.Roles, role) }

// home is where an account begins.
func (a Account) home() string {
	switch {
	case a.Has(Applicant):
		return "/signature"
	case a.Has(Reviewer):
		return "/review"
	case a.Has(Registrar):
		return "/registrar"
	case a.Has(Operator):
		return "/console"
	}
	return "/"
}
