package server

import (
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/mail"
	"prokura/internal/store"
)

// notifier has people told by mail of requests for apps, and of what became of them.
func (s *Server) notifier(people *directory.Directory) func(govern.Notice) {
	return func(n govern.Notice) { people.Notify(n.Tenant.ID, letters(s.issuer, n)...) }
}

// letters are those of a notice, one to each. It tells nobody who else was told, and those who asked not who decided.
func letters(issuer string, n govern.Notice) []mail.Letter {
	l := mail.Letter{Lang: mail.Both, Tenant: n.Tenant.Name, App: n.App.Name, Publisher: n.App.Publisher, Expires: n.Request.Expires}
	switch n.Request.State {
	case store.RequestWaiting:
		// The queue, not the app's page: reviewers may see the one and not the other.
		l.Kind, l.Words, l.Link = mail.Request, n.Request.Reason, issuer+"/console/requests"
		if !n.Request.User.IsZero() {
			l.Asker = nameOf(n.Asker)
		}
	case store.RequestApproved, store.RequestDenied, store.RequestBlocked:
		l.Kind, l.Outcome, l.Words, l.Link = mail.Decision, string(n.Request.State), n.Request.Justification, issuer+"/console/apps"
	default:
		return nil // the user withdrew it, or it expired
	}
	var out []mail.Letter
	for _, u := range n.To {
		if l.To = mail.Address(u.Email); l.To != "" {
			l.Name = u.FullName
			out = append(out, l)
		}
	}
	return out
}

func nameOf(u store.User) string {
	if u.FullName != "" {
		return u.FullName
	}
	return u.Name
}
