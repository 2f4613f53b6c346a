package genesys

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"prokura/internal/access"
	"prokura/internal/golden"
	"prokura/internal/store"
)

func TestTokens_what_a_token_is_worth(t *testing.T) {
	w := newWorld(t)
	token := w.token(w.una, "users routing:readonly")
	golden.Check(t, "token.json", w.send(token, "GET", "/api/v2/tokens/me", "").status(http.StatusOK).shown())
	head := w.send(token, "HEAD", "/api/v2/tokens/me", "").status(http.StatusOK)
	if head.Body.Len() != 0 {
		t.Errorf("HEAD answers %q", head.Body)
	}
	if a := w.send("x.y.z", "HEAD", "/api/v2/tokens/me", "").status(http.StatusUnauthorized); a.Body.Len() != 0 {
		t.Errorf("HEAD answers %q", a.Body)
	}
	// An app of somebody else is named, and not who else keeps it.
	foreign := w.app("foreign", w.beta, store.Registration{})
	a := w.send(w.issued(w.una, foreign, "users").AccessToken, "GET", "/api/v2/tokens/me", "").status(http.StatusOK)
	if strings.Contains(a.Body.String(), w.beta.ID.String()) || !strings.Contains(a.Body.String(), `"name":"foreign"`) {
		t.Errorf("%s", a.Body)
	}
}

func TestTokens_ending_the_own_token_ends_no_other(t *testing.T) {
	w := newWorld(t)
	first, second := w.issued(w.una, w.tool, "users"), w.issued(w.una, w.tool, "users")
	w.send(first.AccessToken, "DELETE", "/api/v2/tokens/me", "").status(http.StatusNoContent)
	w.send(first.AccessToken, "GET", "/api/v2/tokens/me", "").refused(http.StatusUnauthorized, "bad.credentials")
	w.send(first.AccessToken, "DELETE", "/api/v2/tokens/me", "").refused(http.StatusUnauthorized, "bad.credentials")
	w.send(second.AccessToken, "GET", "/api/v2/tokens/me", "").status(http.StatusOK)
	if _, err := w.uses.Refresh(ctx, access.RefreshRequest{Proof: w.proof(w.tool), Token: first.RefreshToken, Remote: "192.0.2.1:1"}); err != nil {
		t.Errorf("the app is signed out as a whole: %v", err)
	}
}

func TestTokens_ending_those_of_a_user_ends_all_of_them_and_nobody_elses(t *testing.T) {
	w := newWorld(t)
	other := w.app("other", w.beta, store.Registration{})
	ada := w.token(w.ada, "authorization")
	bob := w.token(w.user(w.acme, "bob"), "users")
	unas := []access.Issued{w.issued(w.una, w.tool, "users"), w.issued(w.una, w.tool, "routing"), w.issued(w.una, other, "users")}
	w.send(ada, "DELETE", "/api/v2/tokens/"+w.una.ID.String(), "").status(http.StatusNoContent)
	for i, got := range unas {
		app := w.tool
		if i == 2 {
			app = other
		}
		w.send(got.AccessToken, "GET", "/api/v2/tokens/me", "").refused(http.StatusUnauthorized, "bad.credentials")
		if _, err := w.uses.Refresh(ctx, access.RefreshRequest{Proof: w.proof(app), Token: got.RefreshToken, Remote: "192.0.2.1:1"}); err == nil {
			t.Errorf("refresh token %d works yet", i)
		}
	}
	w.send(bob, "GET", "/api/v2/tokens/me", "").status(http.StatusOK)
	w.send(ada, "GET", "/api/v2/tokens/me", "").status(http.StatusOK)
	w.send(w.token(w.una, "users"), "GET", "/api/v2/tokens/me", "").status(http.StatusOK) // what is given anew lives
	w.send(ada, "DELETE", "/api/v2/tokens/"+w.una.ID.String(), "").status(http.StatusNoContent)
}

func TestScopes_in_the_language_of_the_request(t *testing.T) {
	w := newWorld(t)
	token := w.token(w.una, "oauth:readonly")
	for accept, want := range map[string]string{"": "en", "de": "de", "de-CH, en;q=0.5": "de", "fr": "en", "en-GB, de": "en", "*": "en", "de;q=x": "en"} {
		a := w.send(token, "GET", scopesPath+"/users:readonly", "", "Accept-Language", accept).status(http.StatusOK)
		if a.Header().Get("Content-Language") != want || a.Header().Get("Vary") != "Accept-Language" || strings.Contains(a.text("description"), "Lists") == (want == "de") {
			t.Errorf("%q: %s %s", accept, a.Header().Get("Content-Language"), a.Body)
		}
	}
	golden.Check(t, "scope.json", w.send(token, "GET", scopesPath+"/oauth", "", "Accept-Language", "de").status(http.StatusOK).shown())
	all := w.send(token, "GET", scopesPath, "").status(http.StatusOK)
	ids := all.entities()
	if len(ids) != len(w.handler.Catalogs.All().All()) || all.body["total"] != float64(len(ids)) || all.text("selfUri") != scopesPath {
		t.Errorf("%d scopes: %s", len(ids), all.Body)
	}
	for _, name := range []string{"nobody", "users:*", "tableau:users:*", "Users", "users%3Areadonly%3Ax"} {
		a := w.send(token, "GET", scopesPath+"/"+name, "")
		if a.Code != http.StatusNotFound && a.Code != http.StatusBadRequest {
			t.Errorf("%s: answered %d %s", name, a.Code, a.Body)
		}
	}
}

func TestUsage_counts_the_calls_of_an_app(t *testing.T) {
	w := newWorld(t)
	token := w.token(w.ada, "oauth")
	day0 := noon.Truncate(24 * time.Hour)
	var rows []store.Use
	for i, calls := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512} { // the last on the oldest day
		rows = append(rows, store.Use{Tenant: w.acme.ID, Client: w.tool.ID, Day: day0.AddDate(0, 0, -i), Catalog: CatalogName, Method: "list_queues", Calls: calls})
	}
	rows = append(rows, store.Use{Tenant: w.acme.ID, Client: w.tool.ID, Day: day0, Catalog: CatalogName, Method: "get_queue", Calls: 1000},
		store.Use{Tenant: w.acme.ID, Client: w.tool.ID, Day: day0, Catalog: CatalogName, Method: "gone_long_since", Calls: 3})
	w.ok(w.db.Tend(ctx, func(u store.Upkeep) error { return u.AddUses(rows) }))
	path := clientsPath + "/" + w.tool.ID.String() + "/usage"

	results := func(a answered) []map[string]any {
		a.status(http.StatusAccepted)
		got := w.send(token, "GET", a.text("resultsUri"), "").status(http.StatusOK)
		if got.text("queryStatus") != "Complete" || !strings.HasSuffix(a.text("resultsUri"), "/"+a.text("executionId")) {
			t.Errorf("%s %s", a.Body, got.Body)
		}
		var out struct {
			Results []map[string]any `json:"results"`
		}
		if err := json.Unmarshal(got.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		return out.Results
	}
	sum := func(list []map[string]any) (n float64) {
		for _, row := range list {
			n += row["requests"].(float64)
		}
		return n
	}
	if got := results(w.send(token, "GET", path+"/summary?days=7", "")); sum(got) != 127+1003 || len(got) != 3 || got[0]["templateUri"] != "/api/v2/routing/queues/{queue}" || got[0]["httpMethod"] != "GET" {
		t.Errorf("the summary is %v", got)
	}
	if got := results(w.send(token, "GET", path+"/summary", "")); sum(got) != 127+1003 {
		t.Errorf("the summary is %v", got)
	}
	if got := results(w.send(token, "POST", path+"/query", `{"interval":"2026-11-20T00:00:00Z/2026-11-22T00:00:00Z","metrics":["Requests"]}`)); len(got) != 1 || sum(got) != 6 || got[0]["clientName"] != "tool" {
		t.Errorf("two days are %v", got)
	}
	// An interval that begins or ends within a day counts that day.
	if got := results(w.send(token, "POST", path+"/query", `{"interval":"2026-11-20T13:00:00+02:00/2026-11-21T00:00:01Z","granularity":"Day","groupBy":["HttpMethod"]}`)); len(got) != 2 || sum(got) != 6 || got[0]["date"] != "2026-11-20T00:00:00.000Z" {
		t.Errorf("two days are %v", got)
	}
	if got := results(w.send(token, "POST", path+"/query", `{"interval":"2026-11-01T00:00:00Z/2026-11-30T00:00:00Z","granularity":"Week"}`)); len(got) != 2 || sum(got) != 1023+1003 || got[1]["date"] != "2026-11-16T00:00:00.000Z" {
		t.Errorf("the weeks are %v", got)
	}
	if got := results(w.send(token, "POST", path+"/query", `{"interval":"2026-11-01T00:00:00Z/2026-11-30T00:00:00Z","granularity":"Month"}`)); len(got) != 1 || got[0]["date"] != "2026-11-01T00:00:00.000Z" {
		t.Errorf("the months are %v", got)
	}
	for _, body := range []string{`{}`, `{"interval":"x"}`, `{"interval":"2026-11-02T00:00:00Z/2026-11-01T00:00:00Z"}`, `{"interval":"2026-11-01T00:00:00Z"}`,
		`{"interval":"2026-11-01T00:00:00Z/2026-11-02T00:00:00Z","granularity":"Hour"}`, `{"interval":"2026-11-01T00:00:00Z/2026-11-02T00:00:00Z","groupBy":["UserId"]}`,
		`{"interval":"2026-11-01T00:00:00Z/2026-11-02T00:00:00Z","metrics":["Status200"]}`, `{"interval":"2026-11-01T00:00:00Z/2026-11-02T00:00:00Z","clientId":"x"}`} {
		w.send(token, "POST", path+"/query", body).refused(http.StatusBadRequest, "bad.request")
	}
	for _, days := range []string{"0", "91", "x", ""} {
		w.send(token, "GET", path+"/summary?days="+days, "").refused(http.StatusBadRequest, "bad.request")
	}
	// Another tenant's calls of the same app are its own.
	eve := w.token(w.eve, "oauth")
	foreign := w.send(eve, "GET", path+"/summary?days=7", "").status(http.StatusAccepted)
	if got := w.send(eve, "GET", foreign.text("resultsUri"), "").status(http.StatusOK); !strings.Contains(got.Body.String(), `"results":[]`) {
		t.Errorf("beta sees %s", got.Body)
	}
}
