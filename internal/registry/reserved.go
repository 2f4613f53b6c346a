package registry

import (
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/text"
)

// unreserved refuses a name that looks like that of a built-in app, and to developers their publisher too: what is part of the
// product is known by its name to everybody, and nobody else may have it (A163). A name that an app has already stays.
func unreserved(r store.Reader, c *store.Client, reg *store.Registration) error {
	if c.BuiltIn {
		return nil
	}
	list, err := r.NotableClients()
	if err != nil {
		return err
	}
	e := &refusal.Error{}
	for i := range list {
		known := &list[i].Registration
		if !list[i].BuiltIn {
			continue
		}
		if reg.Name != c.Registration.Name && text.Skeleton(reg.Name) == text.Skeleton(known.Name) {
			e.Findings = append(e.Findings, refusal.Finding{Code: refusal.NameTaken, Want: "app", Got: reg.Name, Field: "name"})
			break
		}
		if !c.Owner.IsZero() && reg.Publisher != c.Registration.Publisher && text.Skeleton(reg.Publisher) == text.Skeleton(known.Publisher) {
			e.Findings = append(e.Findings, refusal.Finding{Code: refusal.NameTaken, Want: "app", Got: reg.Publisher, Field: "publisher"})
			break
		}
	}
	if len(e.Findings) > 0 {
		return e
	}
	return nil
}
