package access

import (
	"context"
	"fmt"
	"strings"

	"prokura/internal/id"
	"prokura/internal/installurl"
	"prokura/internal/refusal"
)

// ExplainURL is [Access.ExplainInstall] for somebody who may not know about every account: whatever account the URL itself
// names, it is judged for the one given, and by itself where none is.
func (a *Access) ExplainURL(ctx context.Context, rawURL string, in id.Tenant, user id.User) (InstallExplanation, error) {
	x := InstallExplanation{URL: strings.TrimSpace(rawURL)}
	u, flaws := installurl.Parse(x.URL)
	if len(flaws) > 0 && flaws[0].Fatal {
		return InstallExplanation{}, &refusal.Error{Findings: []refusal.Finding{flaws[0].Finding}}
	}
	var err error
	x.Judged, err = a.Install(ctx, InstallRequest{Client: u.First("client_id"), RedirectURI: u.First("redirect_uri"),
		RedirectSent: u.Has("redirect_uri"), Scope: u.Scope, Optional: u.Optional, Malformed: u.Malformed, Tenant: in, User: user})
	if err != nil {
		return InstallExplanation{}, fmt.Errorf("explaining an install URL: %w", err)
	}
	x.refuseForm(&u, flaws)
	x.mark(&u, flaws)
	x.correct(&u)
	return x, nil
}
