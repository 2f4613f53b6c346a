package access

import (
	"testing"

	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/policy"
)

// TestA256_what_people_write_has_one_kind_of_line_end, so that whoever quotes it line by line quotes all of it.
func TestA256_what_people_write_has_one_kind_of_line_end(t *testing.T) {
	const wrote, kept = "why\rhttps://evil.example/a\r\nand\u2028so\u2029on", "why\nhttps://evil.example/a\nand\nso\non"
	s, told := telling(t)
	mia := s.member("mia", directory.AppInstaller)
	q, err := s.ask(mia, wrote)
	if s.ok(err); q.Reason != kept || (*told)[0].Request.Reason != kept {
		t.Errorf("asked with %q, told %q", q.Reason, (*told)[0].Request.Reason)
	}
	closed, err := s.Deny(ctx, as(s.acme.ada), s.acme.ID, s.app.ID, wrote, false)
	if s.ok(err); len(closed) != 1 || closed[0].Justification != kept {
		t.Errorf("%+v", closed)
	}
	a, err := s.Authorize(ctx, as(s.acme.ada), s.acme.ID, s.app.ID, govern.Terms{Uncapped: true, Admission: policy.Admission{All: true}, Reason: wrote})
	if s.ok(err); a.Reason != kept {
		t.Errorf("authorized with %q", a.Reason)
	}
	_, err = s.Revoke(ctx, as(s.acme.ada), s.acme.ID, s.app.ID, wrote)
	s.ok(err)
	for _, action := range []string{"authorization.ask", "authorization.deny", "authorization.authorize", "authorization.revoke"} {
		if acts := s.acts(s.acme.ID, action); len(acts) != 1 || acts[0].Reason != kept {
			t.Errorf("%s is in the book with %+v", action, acts)
		}
	}
}
