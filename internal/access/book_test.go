package access

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

func TestDescribe(t *testing.T) {
	asked := docket.Case{Door: "gateway", Method: "query_views_for_site"}
	missing := []refusal.Finding{{Code: refusal.ScopeNotAssigned}}
	granted, err := scope.ParseSet([]string{"tableau:content:read", "tableau:views:update"})
	if err != nil {
		t.Fatal(err)
	}
	r := refuse(policy.Verdict{Findings: missing, Granted: granted, Dropped: []refusal.Finding{{Code: refusal.ScopeUnknown}},
		Checks: []policy.Check{{Code: refusal.ScopeNotAssigned, Outcome: policy.Failed}}})
	r.Tenant, r.Client, r.User, r.Proven = entropy.ID[id.Tenant](), entropy.ID[id.Client](), entropy.ID[id.User](), true

	plain, internal, full := asked, asked, asked
	plain.Findings = missing
	internal.Findings = refusal.Of(errors.New("disk full")).Findings
	full.Findings, full.Tenant, full.Client, full.User, full.Proven = missing, r.Tenant, r.Client, r.User, true
	full.Granted, full.Dropped = []string{"tableau:content:read", "tableau:views:update"}, r.Verdict.Dropped
	full.Checks = []docket.Check{{Code: refusal.ScopeNotAssigned, Outcome: "failed"}}
	for _, tt := range []struct {
		name string
		err  error
		want docket.Case
	}{
		{"a refusal that no use made", refusal.New(missing[0]), plain},
		{"a failure", errors.New("disk full"), internal},
		{"a decision", fmt.Errorf("signing in: %w", r), full},
	} {
		if got := Describe(asked, tt.err); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
