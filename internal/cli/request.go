package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// requestCommand is what users ask administrators for. Answering is deciding on the app: prokura authorization.
type requestCommand struct {
	List   requestList   `cmd:"" help:"request_list"`
	Show   requestShow   `cmd:"" help:"show"`
	Create requestCreate `cmd:"" help:"request_create"`
}

var riskTexts = map[string]text.Text{
	"read":   {EN: "only reads", DE: "liest nur"},
	"write":  {EN: "changes data", DE: "ändert Daten"},
	"delete": {EN: "deletes, or reaches far", DE: "löscht oder reicht weit"},
}

var requestStates = map[string]text.Text{
	"waiting":   {EN: "waiting", DE: "wartet"},
	"approved":  {EN: "approved", DE: "genehmigt"},
	"denied":    {EN: "denied", DE: "abgelehnt"},
	"blocked":   {EN: "blocked", DE: "gesperrt"},
	"withdrawn": {EN: "withdrawn", DE: "zurückgezogen"},
	"expired":   {EN: "expired", DE: "abgelaufen"},
}

func (r *run) requestColumns(names map[string]string) []column[v1.AuthorizationRequest] {
	all := func(list []string) string { return strings.Join(list, " ") }
	return []column[v1.AuthorizationRequest]{
		{text.Text{EN: "id", DE: "ID"}, func(q v1.AuthorizationRequest) string { return q.ID }},
		{text.Text{EN: "app", DE: "Anwendung"}, func(q v1.AuthorizationRequest) string { return q.ClientID }},
		{text.Text{EN: "asked by", DE: "angefragt von"}, func(q v1.AuthorizationRequest) string { return r.asker(&q, names) }},
		{text.Text{EN: "why", DE: "warum"}, func(q v1.AuthorizationRequest) string { return q.Reason }},
		{text.Text{EN: "scopes", DE: "Bereiche"}, func(q v1.AuthorizationRequest) string { return all(q.Scope) }},
		{text.Text{EN: "optional", DE: "optional"}, func(q v1.AuthorizationRequest) string { return all(q.Optional) }},
		{text.Text{EN: "state", DE: "Zustand"}, func(q v1.AuthorizationRequest) string { return r.word(requestStates, q.State) }},
		{text.Text{EN: "asked", DE: "angefragt"}, func(q v1.AuthorizationRequest) string { return moment(q.CreatedAt) }},
		{text.Text{EN: "waits until", DE: "wartet bis"}, func(q v1.AuthorizationRequest) string { return moment(q.ExpiresAt) }},
		{text.Text{EN: "decided by", DE: "entschieden durch"}, func(q v1.AuthorizationRequest) string { return q.DecidedBy }},
		{text.Text{EN: "answer", DE: "Antwort"}, func(q v1.AuthorizationRequest) string { return q.Justification }},
	}
}

// answeredColumns are those of requests that were just answered.
func (r *run) answeredColumns(names map[string]string) []column[v1.AuthorizationRequest] {
	all := r.requestColumns(names)
	return []column[v1.AuthorizationRequest]{all[0], all[2], all[3], all[6], all[7]}
}

// asker is who asked: a user, or the app itself.
func (r *run) asker(q *v1.AuthorizationRequest, names map[string]string) string {
	switch {
	case q.UserID == "":
		return r.say("the app itself", "die Anwendung selbst")
	case names[q.UserID] != "":
		return names[q.UserID]
	}
	return q.UserID
}

type requestList struct{ inTenant }

// shownRequests is how many of an app's requests are shown; --json has more.
const shownRequests = 5

// Run shows the queue: which apps wait, who asked, why, how many, what would be new and how far that reaches.
func (q *requestList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := q.path(r, c, "requests")
	if err != nil {
		return err
	}
	items, raws, err := v1client.Whole[v1.QueuedApp](r.ctx, c, path)
	if err != nil {
		return err
	}
	if r.g.JSON {
		if raws == nil {
			raws = []json.RawMessage{}
		}
		return r.json(raws)
	}
	if len(items) == 0 {
		r.note("nothing waits for a decision", "nichts wartet auf eine Entscheidung")
		return nil
	}
	for i, item := range items {
		if i > 0 {
			fmt.Fprintln(r.Stdout)
		}
		if err := q.queued(r, c, &item); err != nil {
			return err
		}
	}
	r.note("decide with prokura authorization authorize, deny or block -t %s APP; preview says what a decision costs",
		"entscheiden Sie mit prokura authorization authorize, deny oder block -t %s ANWENDUNG; preview sagt, was eine Entscheidung kostet", safe(q.Tenant))
	return nil
}

func (q *requestList) queued(r *run, c *v1client.Client, item *v1.QueuedApp) error {
	fmt.Fprintf(r.Stdout, "%s  %s\n", safe(item.App.Name), safe(item.App.ClientID))
	wants := strings.Join(item.New, " ")
	if wants == "" {
		wants = r.say("nothing: it is about who may use it, or until when", "nichts: Es geht darum, wer sie verwenden darf oder bis wann")
	}
	r.facts([][2]string{
		{r.say("publisher", "Herausgeber"), r.publisher(&item.App)},
		{r.say("state", "Zustand"), r.word(stateTexts, item.State)},
		{r.say("risk", "Risiko"), r.word(riskTexts, item.Risk)},
		{r.say("would be new", "neu wäre"), wants},
		{r.say("requests", "Anfragen"), count(item.Count)},
	})
	shown := item.Requests[:min(len(item.Requests), shownRequests)]
	ids := make([]string, len(shown))
	for i, one := range shown {
		ids[i] = one.UserID
	}
	names, err := q.names(r, c, ids)
	if err != nil {
		return err
	}
	for _, one := range shown {
		why := one.Reason
		if why == "" {
			why = r.say("(no reason)", "(keine Begründung)")
		}
		fmt.Fprintf(r.Stdout, "  - %s  %s: %s\n", moment(one.CreatedAt), safe(r.asker(&one, names)), safe(why))
	}
	if more := item.Count - len(shown); more > 0 {
		fmt.Fprintf(r.Stdout, "  - %s\n", fmt.Sprintf(r.say("and %d more", "und %d weitere"), more))
	}
	return nil
}

type requestShow struct {
	inTenant
	Request string `arg:"" help:"arg_request"`
}

func (q *requestShow) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := q.path(r, c, "requests", q.Request)
	if err != nil {
		return err
	}
	return q.show(r, c, http.MethodGet, path, nil)
}

// show shows one request with the name of who asked.
func (in *inTenant) show(r *run, c *v1client.Client, method, path string, body any) error {
	one, raw, err := v1client.Send[v1.AuthorizationRequest](r.ctx, c, method, path, body)
	if err != nil {
		return err
	}
	names, err := in.names(r, c, []string{one.UserID})
	if err != nil {
		return err
	}
	return printOne(r, r.requestColumns(names), one, raw)
}

type requestCreate struct {
	oneAuthorization
	User     string  `required:"" placeholder:"USER" help:"flag_asker"`
	Reason   string  `placeholder:"TEXT" help:"flag_wish"`
	Scopes   *string `placeholder:"SCOPES" help:"flag_wish_scopes"`
	Optional *string `placeholder:"SCOPES" help:"flag_wish_optional"`
}

// Run asks in the name of a user, as the page does on which an app was refused.
func (q *requestCreate) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	app, err := q.findAnyApp(r, c, q.App)
	if err != nil {
		return err
	}
	user, err := q.findUser(r, c, q.User)
	if err != nil {
		return err
	}
	in := patch{"client_id": app, "user_id": user, "reason": q.Reason}
	for member, list := range map[string]*string{"scope": q.Scopes, "optional_scope": q.Optional} {
		if err := in.scopes(r, member, list); err != nil {
			return err
		}
	}
	path, err := q.path(r, c, "requests")
	if err != nil {
		return err
	}
	return q.show(r, c, http.MethodPost, path, in)
}
