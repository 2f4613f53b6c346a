package cli

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"prokura/internal/refusal"
	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

type authorizationRevoke struct {
	oneAuthorization
	User   string `placeholder:"USER" xor:"whom" help:"flag_revoke_user"`
	Role   string `placeholder:"ROLE" xor:"whom" help:"flag_revoke_role"`
	Reason string `placeholder:"TEXT" help:"flag_reason"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

// Run revokes an app for everybody, or for one user or one role, after saying who loses what.
func (a *authorizationRevoke) Run(r *run) error {
	c, path, err := a.at(r)
	if err != nil {
		return err
	}
	var now v1.Authorization
	if !a.Yes || a.Role != "" {
		if now, _, err = v1client.Send[v1.Authorization](r.ctx, c, http.MethodGet, path, nil); err != nil {
			return err
		}
	}
	switch {
	case a.User != "":
		return a.forUser(r, c, path, &now)
	case a.Role != "":
		return a.forRole(r, c, path, &now)
	case !a.Yes && !ended(now.State):
		if err := r.sure(false, r.ends(c, path, &now)...); err != nil {
			return err
		}
	}
	z, raw, err := v1client.Send[v1.RevokedAuthorization](r.ctx, c, http.MethodPost, path+"/revoke", v1.Reason{Reason: a.Reason})
	if err != nil {
		return err
	}
	if err := a.print(r, c, z.Authorization, raw); err != nil {
		return err
	}
	if z.Reach.Users > 0 {
		r.note("who must install it anew if it is authorized again: %s", "neu installieren müssten sie, wenn sie wieder autorisiert wird: %s", r.reach(z.Reach))
	}
	return nil
}

// ends is what revoking an app for all costs.
func (r *run) ends(c *v1client.Client, path string, now *v1.Authorization) []string {
	out := []string{fmt.Sprintf(r.say("%q is refused to everybody at once, administrators included: signing in, refreshing, and every live token.",
		"%q wird sofort allen verweigert, auch Administratoren: Anmelden, Erneuern und jedes gültige Token."), now.App.Name)}
	if now.App.Kind == "connected_app" {
		return append(out, r.say("All sessions of its scripts end. Nothing brings it back but authorizing it again.",
			"Alle Sitzungen ihrer Skripte enden. Nichts bringt sie zurück, als sie erneut zu autorisieren."))
	}
	cost, _, err := v1client.Send[v1.AuthorizationCost](r.ctx, c, http.MethodPost, path+"/preview", takesNothing(now))
	if err == nil {
		out = append(out, fmt.Sprintf(r.say("Who loses access now: %s, with all their live tokens.", "Den Zugriff verlieren jetzt: %s, mit all ihren gültigen Token."), r.reach(cost.Reach)))
		if cost.Reach.Grants == 0 {
			out[1] = r.say("Nobody has installed it, so that nobody loses access now.", "Niemand hat sie installiert, es verliert also jetzt niemand den Zugriff.")
		}
	}
	return append(out, r.say("Nothing brings it back but authorizing it again, and then everybody installs it anew.",
		"Nichts bringt sie zurück, als sie erneut zu autorisieren, und dann installieren alle sie neu."))
}

func (a *authorizationRevoke) forUser(r *run, c *v1client.Client, path string, now *v1.Authorization) error {
	user, err := a.findUser(r, c, a.User)
	if err != nil {
		return err
	}
	if !a.Yes {
		list, err := a.path(r, c, "users", user, "grants")
		if err != nil {
			return err
		}
		grants, _, err := v1client.All[v1.Grant](r.ctx, c, list+"?"+url.Values{"client": {now.ClientID}}.Encode(), 0)
		if err != nil {
			return err
		}
		n := r.some(len(grants), text.Text{EN: "installation", DE: "Installation"}, text.Text{EN: "installations", DE: "Installationen"})
		if err := r.sure(false, fmt.Sprintf(r.say("%s loses %q now: %s, with all live tokens.", "%s verliert jetzt %q: %s, mit allen gültigen Token."), a.User, now.App.Name, n),
			r.say("The user cannot install it before prokura authorization readmit, and then installs it anew. Others keep it.",
				"Der Benutzer kann sie vor prokura authorization readmit nicht wieder installieren und installiert sie dann neu. Andere behalten sie.")); err != nil {
			return err
		}
	}
	return a.post(r, c, path+"/users/"+url.PathEscape(user)+"/revoke", v1.Reason{Reason: a.Reason})
}

func (a *authorizationRevoke) forRole(r *run, c *v1client.Client, path string, now *v1.Authorization) error {
	if !slices.Contains(now.Admission.Roles, a.Role) {
		hint := r.say("it is authorized for: ", "sie ist autorisiert für: ") + r.admitted(&now.Admission, nil)
		return r.fault(fmt.Sprintf(r.say("the app is not authorized for the role %q", "die Anwendung ist nicht für die Rolle %q autorisiert"), a.Role), hint)
	}
	if !a.Yes {
		left := now.Admission
		left.Roles = slices.DeleteFunc(slices.Clone(left.Roles), func(role string) bool { return role == a.Role })
		cost, _, err := v1client.Send[v1.AuthorizationCost](r.ctx, c, http.MethodPost, path+"/preview",
			v1.AuthorizationTerms{AllScopes: now.AllScopes, Scopes: now.Scopes, Admission: &left, Version: &now.Version})
		if err != nil {
			return err
		}
		n := r.some(cost.LosingUsers, text.Text{EN: "user", DE: "Benutzer"}, text.Text{EN: "users", DE: "Benutzer"})
		switch {
		case cost.More:
			n = r.say("at least ", "mindestens ") + n
		case cost.LosingUsers == 0:
			n = r.say("no user who has it installed", "kein Benutzer, der sie installiert hat")
		}
		if err := r.sure(false, fmt.Sprintf(r.say("The role %q loses %q now, with all live tokens: %s.", "Die Rolle %q verliert jetzt %q, mit allen gültigen Token: %s."), a.Role, now.App.Name, n),
			r.say("Whoever has another of the authorized roles keeps it, and refreshes its tokens.", "Wer noch eine andere der autorisierten Rollen hat, behält sie und erneuert ihre Token.")); err != nil {
			return err
		}
	}
	return a.post(r, c, path+"/roles/"+url.PathEscape(a.Role)+"/revoke", v1.Reason{Reason: a.Reason})
}

// post sends what answers the decision as it is then.
func (a *oneAuthorization) post(r *run, c *v1client.Client, path string, in any) error {
	z, raw, err := v1client.Send[v1.Authorization](r.ctx, c, http.MethodPost, path, in)
	if err != nil {
		return err
	}
	return a.print(r, c, z, raw)
}

type authorizationReadmit struct {
	oneAuthorization
	User   string `arg:"" help:"arg_user"`
	Reason string `placeholder:"TEXT" help:"flag_reason"`
}

func (a *authorizationReadmit) Run(r *run) error {
	c, path, now, err := a.now(r)
	if err != nil {
		return err
	}
	user, err := a.findUser(r, c, a.User)
	if err != nil {
		return err
	}
	if !slices.Contains(now.Admission.Barred, user) {
		return r.fault(fmt.Sprintf(r.say("%q is not revoked for %s", "%q ist für %s nicht widerrufen"), now.App.Name, a.User),
			r.say("prokura authorization show says who may use it", "prokura authorization show sagt, wer sie verwenden kann"))
	}
	return a.post(r, c, path+"/users/"+url.PathEscape(user)+"/readmit", v1.Reason{Reason: a.Reason})
}

type authorizationDeny struct {
	oneAuthorization
	Request []string `placeholder:"ID" help:"flag_seen_request"`
	Reason  string   `placeholder:"TEXT" aliases:"justification" help:"flag_justification"`
}

func (a *authorizationDeny) Run(r *run) error {
	c, path, err := a.at(r)
	if err != nil {
		return err
	}
	return a.turnDown(r, c, path, v1.Denial{Justification: a.Reason, Requests: a.Request})
}

// waiting are the requests for an app that wait, as far as the queue lists them, and how many there are in all.
func (a *oneAuthorization) waiting(r *run, c *v1client.Client, client string) (ids []string, all int, err error) {
	path, err := a.path(r, c, "requests")
	if err != nil {
		return nil, 0, err
	}
	queue, _, err := v1client.Whole[v1.QueuedApp](r.ctx, c, path)
	for _, app := range queue {
		if app.App.ClientID != client {
			continue
		}
		for _, q := range app.Requests {
			ids = append(ids, q.ID)
		}
		return ids, app.Count, nil
	}
	return nil, 0, err
}

// turnDown sends a denial, and shows the requests that it answered.
func (a *oneAuthorization) turnDown(r *run, c *v1client.Client, path string, d v1.Denial) error {
	list, raw, err := v1client.Send[v1.List[v1.AuthorizationRequest]](r.ctx, c, http.MethodPost, path+"/deny", d)
	if p, ok := errors.AsType[*v1client.Problem](err); ok && p.Code == string(refusal.RequestClosed) {
		return r.fault(fmt.Sprintf(r.say("nobody waits for a decision on %q", "niemand wartet auf eine Entscheidung über %q"), a.App),
			r.say("prokura request list says who waits; prokura authorization block refuses an app for good", "prokura request list sagt, wer wartet; prokura authorization block verweigert eine Anwendung auf Dauer"))
	}
	if err != nil {
		return err
	}
	if r.g.JSON {
		return r.json(raw)
	}
	if len(list.Items) == 0 {
		r.note("no request waited", "keine Genehmigungsanfrage hat gewartet")
		return nil
	}
	ids := make([]string, len(list.Items))
	for i, q := range list.Items {
		ids[i] = q.UserID
	}
	names, err := a.names(r, c, ids)
	if err != nil {
		return err
	}
	return printList(r, r.answeredColumns(names), list.Items, list.Items)
}

type authorizationBlock struct {
	oneAuthorization
	Request []string `placeholder:"ID" help:"flag_seen_request"`
	Reason  string   `placeholder:"TEXT" aliases:"justification" help:"flag_justification"`
	Yes     bool     `short:"y" help:"flag_yes"`
}

// Run refuses an app for good: users may not ask for it any more. Who asks while the question is open is not answered unseen.
func (a *authorizationBlock) Run(r *run) error {
	c, path, err := a.at(r)
	if err != nil {
		return err
	}
	if !a.Yes {
		now, _, err := v1client.Send[v1.Authorization](r.ctx, c, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		said := append(r.ends(c, path, &now), r.say("Users cannot ask for it. All who have asked see it where they meet the app.", "Benutzer können sie nicht anfragen. Alle, die angefragt haben, sehen es dort, wo die Anwendung verweigert wird."))
		ids, all, err := a.waiting(r, c, now.ClientID)
		if err != nil {
			return err
		}
		if all > 0 {
			said = append(said, fmt.Sprintf(r.say("Answered with it: %s.", "Damit beantwortet: %s."),
				r.some(all, text.Text{EN: "request that waits", DE: "offene Genehmigungsanfrage"}, text.Text{EN: "requests that wait", DE: "offene Genehmigungsanfragen"})))
		}
		if err := r.sure(false, said...); err != nil {
			return err
		}
		if len(a.Request) == 0 {
			a.Request = ids
		}
	}
	return a.turnDown(r, c, path, v1.Denial{Justification: a.Reason, Block: true, Requests: a.Request})
}
