package house_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/access"
	"prokura/internal/clock"
	"prokura/internal/dialect/tableau"
	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

//go:generate go test -run "TestErrors|TestAttacks" -update .

var update = flag.Bool("update", false, "write the generated documents")

// generated compares a document with what it is made of.
func generated(t *testing.T, file, want string) {
	t.Helper()
	path := filepath.Join(root, file)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("%s is not what its sources say; run make generate (-file +sources):\n%s", file, diff)
	}
}

const errorsHead = `# Every refusal

<!-- Made by make generate from the refusal catalog. Do not edit. -->

A code is stable: it is never renamed and never given another meaning. Each says who can fix it and how, in English and
German, in the same words wherever it is shown: by ` + "`prokura explain`" + `, by the admin API, in the refusal book.

In the sentences, ` + "`{got}`" + ` stands for what was sent, ` + "`{want}`" + ` for what would have been right, ` + "`{scope}`" + ` for a
scope, ` + "`{kind}`" + ` for a kind of object, ` + "`{why}`" + ` for one of the [reasons](#what-can-be-wrong-with-a-request) at the end.

*On the wire* is what a program sees on [Tableau's wire](tableau.md): the code in the body, whose first three digits are the
HTTP status, and for a refused sign-in the number in its text. *extended* is what it sees instead with
` + "`tableau.error_codes: extended`" + `. The wire tells less than the code, on purpose; the code stands behind the answer's
` + "`Prokura-Reference`" + `.

Who can fix it is one of four: the **developer** wrote the program that asks; the **administrator** manages the tenant;
the **user** is who the program acts for; the **operator** runs Prokura and the API behind it.

`

const flawsHead = `## What can be wrong with a request

These stand for ` + "`{why}`" + `. In them, ` + "`{at}`" + ` is the byte, from 1 (in XML the line), and ` + "`{in}`" + ` the part of the request.

`

// groups are the headings, before the code that each begins with.
var groups = map[refusal.Code]string{
	refusal.AssertionUnreadable:  "Signing in",
	refusal.ScopeUnknown:         "Scopes that were asked for and not given\n\nThese refuse nothing by themselves. A session without the scope is refused where it is needed.",
	refusal.PathNotCanonical:     "Calls",
	refusal.OperatorTokenMissing: "The admin API",
	refusal.RequestMalformed:     "Installing an app",
	refusal.GrantEnded:           "Issuing tokens from a grant",
}

var kinds = map[refusal.Kind]string{
	refusal.Internal: "our own failure", refusal.Invalid: "malformed", refusal.Unauthenticated: "not proven who asks",
	refusal.Denied: "understood and refused", refusal.NotFound: "not found, or not yours", refusal.Conflict: "contradicts what is there",
	refusal.Stale: "revocations may be stale", refusal.Exhausted: "a limit", refusal.Unavailable: "something needed does not answer",
}

func TestErrors_are_documented(t *testing.T) {
	var b strings.Builder
	b.WriteString(errorsHead)
	for _, d := range refusal.All() {
		if title, ok := groups[d.Code]; ok {
			fmt.Fprintf(&b, "## %s\n\n", title)
		}
		kind, ok := kinds[d.Kind]
		if !ok {
			t.Errorf("kind %d of %s has no name here", d.Kind, d.Code)
		}
		fmt.Fprintf(&b, "### %s\n\n", d.Code)
		fmt.Fprintf(&b, "Fixed by the **%s** · %s · on the wire %s\n\n", d.Fixer, kind, onTheWire(t, d.Code))
		fmt.Fprintf(&b, "- %s  \n  %s\n", d.Message.EN, d.Remedy.EN)
		fmt.Fprintf(&b, "- *%s  \n  %s*\n\n", d.Message.DE, d.Remedy.DE)
		for _, v := range refusal.Variants() {
			if v.Code == d.Code {
				fmt.Fprintf(&b, "In the case *%s*, fixed by the **%s**:\n\n", strings.ReplaceAll(string(v.Case), "_", " "), v.Fixer)
				fmt.Fprintf(&b, "- %s  \n  %s\n- *%s  \n  %s*\n\n", v.Message.EN, v.Remedy.EN, v.Message.DE, v.Remedy.DE)
			}
		}
	}
	b.WriteString(flawsHead)
	for _, d := range refusal.Flaws() {
		fmt.Fprintf(&b, "- %s · *%s*\n", d.Text.EN, d.Text.DE)
	}
	b.WriteString("\n")
	generated(t, "docs/errors.md", strings.TrimSuffix(b.String(), "\n"))
}

// onTheWire asks the wire itself.
func onTheWire(t *testing.T, c refusal.Code) string {
	t.Helper()
	plain, extended := signIn(t, c, tableau.SeedCodes), signIn(t, c, tableau.ExtendedCodes)
	if plain == extended {
		return plain
	}
	return plain + ", extended " + extended
}

var number = regexp.MustCompile(`\(([0-9]+)\)`)

func signIn(t *testing.T, c refusal.Code, codes tableau.ErrorCodes) string {
	t.Helper()
	h := tableau.New(tableau.Config{Access: refuses(c), Docket: noDocket{}, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), ErrorCodes: codes})
	r := httptest.NewRequest("POST", "/api/3.21/auth/signin", bytes.NewBufferString(`{"credentials":{"jwt":"x","site":{"contentUrl":"x"}}}`))
	r.Header.Set("Accept", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var body struct{ Error struct{ Code, Detail string } }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Error.Code == "" || w.Code == http.StatusOK {
		t.Fatalf("%s: answered %d %s", c, w.Code, w.Body)
	}
	said := "`" + body.Error.Code + "`"
	if m := number.FindString(body.Error.Detail); m != "" {
		said += " " + m
	}
	return said
}

// refuses is a sign-in that always says the same.
type refuses refusal.Code

func (c refuses) SignIn(context.Context, access.SignInRequest) (access.SignedIn, error) {
	return access.SignedIn{}, refusal.New(refusal.Finding{Code: refusal.Code(c)})
}

func (c refuses) SignOut(context.Context, string, string) error { return nil }

type noDocket struct{}

func (noDocket) Record(c docket.Case) id.Reference { return c.Reference }
