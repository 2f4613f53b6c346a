package contactcenter

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// What can be written of a queue and of a contact. Everything is text.
var (
	queueFields   = []string{"name", "description", "skill"}
	contactFields = []string{"firstName", "lastName", "workEmail", "workPhone", "company"}
)

// read reads a body that is one JSON object with these fields, each a text.
func (c *call) read(fields []string) (item, error) {
	if media, _, _ := strings.Cut(c.in.Header.Get("Content-Type"), ";"); strings.TrimSpace(media) != "application/json" {
		return nil, invalid("The content type must be application/json.")
	}
	var body map[string]string
	d := json.NewDecoder(c.in.Body)
	if err := d.Decode(&body); err != nil || body == nil || d.More() {
		return nil, invalid("The body must be one JSON object whose fields are texts.")
	}
	out := item{}
	for name, value := range body {
		if !slices.Contains(fields, name) {
			return nil, invalid("The field %q cannot be written; these can: %s.", name, strings.Join(fields, ", "))
		}
		out[name] = value
	}
	return out, nil
}

// listing lists a collection, or what of it hangs on the item that the path names, by pages.
func listing(collection string) func(*call) (int, any, error) {
	return func(c *call) (int, any, error) {
		size, number := 25, 1
		for name, into := range map[string]*int{"pageSize": &size, "pageNumber": &number} {
			if said := c.in.URL.Query().Get(name); said != "" {
				n, err := strconv.Atoi(said)
				if err != nil || n < 1 || n > 1000 {
					return 0, nil, invalid("%s is %q; it must be a number from 1 to 1000.", name, said)
				}
				*into = n
			}
		}
		all := []item{}
		err := c.look(func(k *kept) error {
			of := c.in.PathValue("of")
			if of != "" && k.Items["conversations"][of] == nil {
				return notFound()
			}
			for _, id := range slices.Sorted(maps.Keys(k.Items[collection])) {
				if it := k.Items[collection][id]; of == "" || it["conversationId"] == of {
					all = append(all, it)
				}
			}
			return nil
		})
		from := min((number-1)*size, len(all))
		return http.StatusOK, map[string]any{"entities": all[from:min(from+size, len(all))], "pageSize": size, "pageNumber": number,
			"total": len(all), "pageCount": max(1, (len(all)+size-1)/size)}, err
	}
}

// find is the item that the path names.
func (c *call) find(k *kept, collection string) (item, error) {
	it := k.Items[collection][c.in.PathValue("id")]
	if it == nil || c.in.PathValue("of") != "" && it["conversationId"] != c.in.PathValue("of") {
		return nil, notFound()
	}
	return it, nil
}

func getting(collection string) func(*call) (int, any, error) {
	return func(c *call) (status int, body any, err error) {
		err = c.look(func(k *kept) (err error) {
			body, err = c.find(k, collection)
			return err
		})
		return http.StatusOK, body, err
	}
}

func creating(collection string, fields []string) func(*call) (int, any, error) {
	return func(c *call) (int, any, error) {
		made, err := c.read(fields)
		if err != nil {
			return 0, nil, err
		}
		made["id"] = newID()
		return http.StatusOK, made, c.change(func(k *kept) error {
			k.put(collection, made)
			return nil
		})
	}
}

func replacing(collection string, fields []string) func(*call) (int, any, error) {
	return func(c *call) (int, any, error) {
		now, err := c.read(fields)
		if err != nil {
			return 0, nil, err
		}
		now["id"] = c.in.PathValue("id")
		return http.StatusOK, now, c.change(func(k *kept) error {
			if _, err := c.find(k, collection); err != nil {
				return err
			}
			k.put(collection, now)
			return nil
		})
	}
}

func deleting(collection string) func(*call) (int, any, error) {
	return func(c *call) (int, any, error) {
		return http.StatusNoContent, nil, c.change(func(k *kept) error {
			if _, err := c.find(k, collection); err != nil {
				return err
			}
			delete(k.Items[collection], c.in.PathValue("id"))
			return nil
		})
	}
}

// user is the user that the path names; "me" is whoever calls.
func (c *call) user(k *kept) (item, error) {
	if c.in.PathValue("id") == "me" {
		c.in.SetPathValue("id", c.who.User)
	}
	return c.find(k, "users")
}

func getUser(c *call) (status int, body any, err error) {
	err = c.look(func(k *kept) (err error) {
		body, err = c.user(k)
		return err
	})
	return http.StatusOK, body, err
}

func getPresence(c *call) (int, any, error) {
	out := item{}
	err := c.look(func(k *kept) error {
		u, err := c.user(k)
		out["userId"], out["presence"] = u["id"], u["presence"]
		return err
	})
	return http.StatusOK, out, err
}

// patchUser changes fields of a user and leaves the others.
func patchUser(fields ...string) func(*call) (int, any, error) {
	return func(c *call) (int, any, error) {
		said, err := c.read(fields)
		if err != nil {
			return 0, nil, err
		}
		var now item
		err = c.change(func(k *kept) error {
			u, err := c.user(k)
			if err != nil {
				return err
			}
			now = maps.Clone(u)
			maps.Copy(now, said)
			k.put("users", now)
			return nil
		})
		return http.StatusOK, now, err
	}
}

// newID draws an identifier in the form of a UUID of version 4.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
