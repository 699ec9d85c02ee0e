package words

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWhatARequestAsksFor(t *testing.T) {
	three := []Language{{Tag: "fr"}, {Tag: "en", Fallback: true}, {Tag: "pt"}}
	tests := []struct{ query, cookie, header, want string }{
		{want: "fr"},
		{header: "fr-CH, fr;q=0.9, en;q=0.8", want: "fr"},
		{header: "de, en", want: "en"},
		{header: "de-AT, de;q=0.9, en-US;q=0.7, fr;q=0.3", want: "en"},
		{header: "pt-BR", want: "pt"},
		{header: "ja", want: "en"},
		{header: "*", want: "fr"},
		{header: ";;;q=", want: "fr"},
		{header: "fr", cookie: "en", want: "en"},
		{header: "fr", cookie: "xx", want: "fr"},
		{header: "fr", cookie: "en", query: "pt", want: "pt"},
		{header: "fr", query: "PT", want: "pt"},
		{header: "en", query: "fr-CA", want: "fr"},
		{header: "en", query: "fr_CA", want: "fr"},
		{header: "fr", query: "pt-BR-u-ca-gregory", want: "pt"},
		{header: "en", cookie: "fr-CA", want: "fr"},
		{header: "fr", cookie: "pt_BR", want: "pt"},
		{header: "fr-CA", want: "fr"},
		{header: "de-CH;q=0.9, fr-CA;q=0.5", want: "fr"},
	}
	for _, tt := range tests {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?lang="+tt.query, nil)
		r.Header.Set("Accept-Language", tt.header)
		if tt.cookie != "" {
			r.AddCookie(&http.Cookie{Name: Cookie, Value: tt.cookie})
		}
		if got := three[Choose(three, Wishes(r)...)].Tag; got != tt.want {
			t.Errorf("query %q, cookie %q, header %q: %s, want %s", tt.query, tt.cookie, tt.header, got, tt.want)
		}
	}
}
