package govern_test

import (
	"reflect"
	"testing"

	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/policy"
)

// TestA256_what_people_write_has_one_kind_of_line_end, so that whoever quotes it line by line quotes all of it.
func TestA256_what_people_write_has_one_kind_of_line_end(t *testing.T) {
	const wrote, kept = "why\rhttps://evil.example/a\r\nand\u2028so\u2029on", "why\nhttps://evil.example/a\nand\nso\non"
	s, told := telling(t)
	mia := s.Member("mia", directory.AppInstaller)
	q, err := s.ask(mia, wrote)
	if s.OK(err); q.Reason != kept || (*told)[0].Request.Reason != kept {
		t.Errorf("asked with %q, told %q", q.Reason, (*told)[0].Request.Reason)
	}
	closed, err := s.Deny(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, wrote, false)
	if s.OK(err); len(closed) != 1 || closed[0].Justification != kept {
		t.Errorf("%+v", closed)
	}
	a, err := s.Authorize(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, govern.Terms{Uncapped: true, Admission: policy.Admission{All: true}, Reason: wrote})
	if s.OK(err); a.Reason != kept {
		t.Errorf("authorized with %q", a.Reason)
	}
	_, err = s.Revoke(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, wrote)
	s.OK(err)
	for _, action := range []string{"authorization.ask", "authorization.deny", "authorization.authorize", "authorization.revoke"} {
		if acts := s.Acts(s.Acme.ID, action); len(acts) != 1 || acts[0].Reason != kept {
			t.Errorf("%s is in the book with %+v", action, acts)
		}
	}
}

// TestGovernance_is_told_in_words in the audit book, those that whoever set it wrote.
func TestGovernance_is_told_in_words(t *testing.T) {
	s := newShop(t)
	_, err := s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{Door: policy.DoorBlocked, Rules: []policy.Rule{
		{Risks: []policy.Risk{policy.Deletes, policy.Writes}},
		{Verified: true, Risks: []policy.Risk{policy.Reads}, Scopes: []string{contacts}, Publishers: []string{"Sync GmbH"}, Door: policy.DoorOpen},
	}}, 1)
	s.OK(err)
	acts := s.Acts(s.Acme.ID, "governance.set")
	after := acts[0].After
	for name, want := range map[string]string{"door": "blocked", "rules.1": "risks=delete write, policy=authorization_required",
		"rules.2": "verified=true, risks=read, scopes=" + contacts + `, publisher="Sync GmbH", policy=open`} {
		if after[name] != want {
			t.Errorf("%s is told as %q, want %q", name, after[name], want)
		}
	}
}

// TestRevoke_a_second_time_writes_nothing, and answers the same.
func TestRevoke_a_second_time_writes_nothing(t *testing.T) {
	s := newShop(t)
	s.Authorizes(govern.Terms{Uncapped: true})
	for _, name := range []string{"revoke", "block"} {
		again := func() any {
			if name == "block" {
				_, err := s.Deny(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, "why", true)
				s.OK(err)
				return nil
			}
			out, err := s.Revoke(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, "why")
			s.OK(err)
			return out.Authorization
		}
		first := again()
		before, err := s.Store.Head(ctx)
		s.OK(err)
		if second := again(); !reflect.DeepEqual(first, second) {
			t.Errorf("%s answers %+v, and then %+v", name, first, second)
		}
		after, err := s.Store.Head(ctx)
		if s.OK(err); after != before {
			t.Errorf("%s writes a second time", name)
		}
	}
	if n := len(s.Acts(s.Acme.ID, "authorization.revoke")); n > 1 {
		t.Errorf("the book has %d entries", n)
	}
}
