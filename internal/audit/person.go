package audit

import (
	"slices"
	"strings"
)

// Person is a deleted user as the books may name them. What stays of them is the identifier, which is nobody's any more.
type Person struct {
	User  string   // their identifier
	Names []string // what they were called when they were deleted: name, full name, address
}

// naming are the keys under which acts on a user tell what the user is called.
var naming = []string{"name", "was", "full_name", "email", "login", "mail", "sent_to", "user_name"}

// Fields are those of a record that tell who the person was: in what they did, their name and address; in what was done to
// them, what they are called; in both, every value that is one of their names, and a reason that mentions one.
func (p *Person) Fields(r *Record) []string {
	did := r.Act.Actor.Kind == "user" && r.Act.Actor.ID == p.User
	about := r.Act.Target == "user "+p.User || r.Act.Detail["user"] == p.User
	if !did && !about {
		return nil
	}
	var out []string
	for _, f := range r.personal() {
		label, value := f.label, f.value
		if value == "" {
			continue
		}
		erase := false
		switch label {
		case fieldName, fieldFrom:
			erase = did
		case fieldReason:
			erase = did || p.mentioned(value)
		default:
			_, key, _ := strings.Cut(label, ".")
			erase = slices.Contains(p.Names, value) || r.Act.Target == "user "+p.User && slices.Contains(naming, key)
		}
		if erase {
			out = append(out, label)
		}
	}
	return out
}

func (p *Person) mentioned(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(p.Names, func(name string) bool {
		return len(name) > 2 && strings.Contains(text, strings.ToLower(name))
	})
}
