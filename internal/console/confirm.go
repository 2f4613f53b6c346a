package console

import (
	"net/http"

	"prokura/internal/page"
)

// confirm is the data of the page that asks back before what cannot be undone: what would happen, in figures, and the harmless
// choice first.
type confirm struct {
	Sentences []string
	Action    string
	Fields    []page.Hidden
	Button    string
	Back      string
	// Name must be typed where the loss is large; empty: it need not.
	Name string
	// WithReason asks why, in a field that may stay empty. Reason is what was typed.
	WithReason bool
	Reason     string
}

// confirmed says whether the person saw the question and said yes.
func confirmed(r *http.Request) bool {
	return r.PostForm.Get("confirmed") == "yes" && !page.Switched(r)
}

// ask shows the question. Its form is posted to the path of the request.
func (c *Console) ask(w http.ResponseWriter, r *http.Request, v *visit, title string, q confirm, errs []page.FieldError) {
	if q.Action == "" {
		q.Action = r.URL.Path
	}
	status := http.StatusOK
	if len(errs) > 0 {
		status = http.StatusUnprocessableEntity
	}
	c.show(w, r, v, status, "confirm", page.View{Title: title, Data: q, Errors: errs, Form: "confirm"})
}
