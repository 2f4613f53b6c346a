package govern

import (
	"prokura/internal/decided"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// unanswered are the calls of an app that would still be refused if its tenant enforced its decisions. Those before an
// administrator's decision in force were looked at when it was made; another process may have written some of them down only later.
// Of those after it, some carried tokens from before it, which go on saying what held then.
func (d *Decisions) unanswered(r store.Reader, in id.Tenant, c *store.Client, auth *store.Authorization, rows []store.Foreseen) ([]store.Foreseen, error) {
	if auth == nil || auth.Origin != policy.ByAdministrator || auth.Revoked {
		return rows, nil
	}
	g, err := decided.Settings(r, in)
	if err != nil {
		return nil, err
	}
	g.Settings.Stage = policy.Enforce
	users := map[id.User]whoCalled{}
	var out []store.Foreseen
	for _, f := range rows {
		if !f.Last.After(auth.Updated) {
			continue
		}
		who, ok := users[f.User]
		if !ok {
			if who, err = d.whoCalled(r, &g.Settings, c, auth, f.User); err != nil {
				return nil, err
			}
			users[f.User] = who
		}
		if !who.mayNow(f.Need) {
			out = append(out, f)
		}
	}
	return out, nil
}

// whoCalled is a user of an app, how the tenant would stand to it, and what the user gave it.
type whoCalled struct {
	policy.Standing
	store.Consent
}

// whoCalled reads who called. Of somebody who is gone, or gave nothing, nothing passes.
func (d *Decisions) whoCalled(r store.Reader, g *policy.Governance, c *store.Client, auth *store.Authorization, user id.User) (whoCalled, error) {
	u, ok, err := store.Found(r.User(auth.Tenant, user))
	if !ok || err != nil {
		return whoCalled{}, err
	}
	consent, _, err := store.Found(r.Consent(auth.Tenant, user, c.ID))
	s := d.judge.Under(*g, *auth, decided.Party{In: auth.Tenant, Client: c, User: &u, Asked: consent.Scopes})
	return whoCalled{s.Standing, consent}, err
}

// mayNow says whether a call that needs this would pass with a token that is issued now.
func (w *whoCalled) mayNow(need string) bool {
	left := w.Leaves(w.Scopes)
	for _, set := range alternatives(need) {
		if set.Len() > 0 && set.Minus(left).Len() == 0 {
			return true
		}
	}
	return false
}
