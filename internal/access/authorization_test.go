package access_test

import (
	"testing"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// TestA158_consents_end_with_what_they_were_given_under, also those of users whose grants ended before: without a page nothing
// is given on them again.
func TestA158_consents_end_with_what_they_were_given_under(t *testing.T) {
	for _, tt := range []struct {
		name    string
		decided bool // by an administrator, after it ended
		end     func(*shop)
	}{
		{"the authorization was revoked, and made anew", true, func(s *shop) {
			_, err := s.Revoke(ctx, govern.By{Actor: audit.Operator}, s.Acme.ID, s.App.ID, "")
			s.OK(err)
			seen, err := s.Authorization(ctx, s.Acme.ID, s.App.ID)
			s.OK(err)
			_, err = s.Authorize(ctx, govern.By{Actor: audit.Operator}, s.Acme.ID, s.App.ID, govern.Terms{Uncapped: true, Admission: policy.Admission{All: true}, Version: seen.Version})
			s.OK(err)
		}},
		{"the app was uninstalled", false, func(s *shop) {
			_, err := s.Uninstall(ctx, audit.Operator, s.Acme.ID, s.App.ID)
			s.OK(err)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t)
			_, g := s.Installed([]string{contacts})
			s.Do(func(tx store.Tx) error {
				return tx.PutConsent(store.Consent{Tenant: g.Tenant, User: g.User, Client: g.Client, Authorization: g.Authorization, Scopes: g.Scopes, Updated: noon})
			})
			wish := InstallRequest{Client: s.App.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: g.Scopes, Tenant: g.Tenant, User: g.User}
			j, err := s.Install(ctx, wish)
			if s.OK(err); j.Verdict.Outcome != policy.InstallGranted {
				t.Fatalf("%s before anything ended", j.Verdict.Outcome)
			}
			s.OK(s.EndGrant(ctx, audit.Operator, g.Tenant, g.ID, RevokedBy))
			tt.end(s)
			j, err = s.Install(ctx, wish)
			if s.OK(err); j.Verdict.Outcome != policy.ConsentNeeded || !j.Consent.User.IsZero() {
				t.Errorf("%s, consent %+v", j.Verdict.Outcome, j.Consent)
			}
			// What was approved for the account ended too: installing takes the permission to install again, or an administrator.
			if fresh := j.Verdict.New.Equal(j.Verdict.Granted); fresh == tt.decided {
				t.Errorf("new are %s of %s", j.Verdict.New, j.Verdict.Granted)
			}
		})
	}
}
