package access

import (
	"context"
	"fmt"

	"prokura/internal/directory"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Install answers what an installation would give, and everything that stands in its way. It changes nothing. The facts are
// those of one state of the database, read after the request came, so that no answer rests on an older one.
func (a *Access) Install(ctx context.Context, req InstallRequest) (Judged, error) {
	var j Judged
	err := a.store.View(ctx, func(r store.Reader) (err error) {
		j, err = a.judgeInstall(ctx, r, &req)
		return err
	})
	if err != nil {
		return Judged{}, refused(fmt.Errorf("judging an installation: %w", err))
	}
	return j, nil
}

// Refusal is a verdict that gives nothing, as an error for the refusal book; nil: it gives something.
func (j *Judged) Refusal() error {
	if len(j.Verdict.Findings) == 0 {
		return nil
	}
	v := policy.Verdict{Findings: findingsOf(j.Verdict.Findings), Dropped: findingsOf(j.Verdict.Dropped)}
	r := refuse(v)
	r.Tenant, r.Client, r.User = j.Tenant.ID, j.Client.ID, j.User.ID
	r.Proven = !j.User.ID.IsZero() // who is logged in is proven
	return r
}

// MayDecide says whether the user may decide on apps for the tenant.
func (j *Judged) MayDecide() bool {
	q := &j.asked
	return q.User == policy.Passed && !q.Disabled && (q.SuperAdmin || q.Permissions != nil && q.Permissions(directory.MayAuthorize))
}

func findingsOf(list []policy.InstallFinding) []refusal.Finding {
	out := make([]refusal.Finding, 0, len(list))
	for i := range list {
		out = append(out, list[i].Finding)
	}
	return out
}
