package contactcenter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"sync"

	"prokura/examples/identity"
)

// An organization is one file, {id}.json, that is replaced whole: written beside, synced, renamed. That is enough for a sample.

// organizations are the contents of all, opened when first used.
type organizations struct {
	root *os.Root

	mu   sync.Mutex
	open map[string]*organization // held: mu
}

// organization is the content of one.
type organization struct {
	root *os.Root
	file string

	mu   sync.Mutex
	kept kept // held: mu
}

// item is a user, a queue, a conversation, a recording or a contact. It is replaced, never changed in place.
type item map[string]string

// kept is what the file holds.
type kept struct {
	Seeded bool                       `json:"seeded"`
	Items  map[string]map[string]item `json:"items"` // by collection and id
}

// put puts an item into a collection.
func (k *kept) put(collection string, it item) {
	if k.Items[collection] == nil {
		k.Items[collection] = map[string]item{}
	}
	k.Items[collection][it["id"]] = it
}

func (k *kept) clone() kept {
	out := kept{Seeded: k.Seeded, Items: map[string]map[string]item{}}
	for name, items := range k.Items {
		out.Items[name] = maps.Clone(items)
	}
	return out
}

func openOrganizations(dir string) (*organizations, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &organizations{root: root, open: map[string]*organization{}}, nil
}

// of opens an organization. One that nobody has used yet is empty.
func (a *organizations) of(tenant string) (*organization, error) {
	if !identity.IsID(tenant) {
		return nil, fmt.Errorf("%q is no organization", tenant)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if o := a.open[tenant]; o != nil {
		return o, nil
	}
	o := &organization{root: a.root, file: tenant + ".json"}
	data, err := a.root.ReadFile(o.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening organization %s: %w", tenant, err)
	}
	if err == nil {
		if err := json.Unmarshal(data, &o.kept); err != nil {
			return nil, fmt.Errorf("opening organization %s: %w", tenant, err)
		}
	}
	a.open[tenant] = o
	return o, nil
}

// look reads the content.
func (o *organization) look(f func(*kept) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return f(&o.kept)
}

// change changes the content. What f does counts only if f agrees and the file was written.
func (o *organization) change(f func(*kept) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := o.kept.clone()
	if err := f(&next); err != nil {
		return err
	}
	if err := o.write(&next); err != nil {
		return fmt.Errorf("writing %s: %w", o.file, err)
	}
	o.kept = next
	return nil
}

func (o *organization) write(k *kept) error {
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	beside := o.file + ".new"
	f, err := o.root.OpenFile(beside, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return o.root.Rename(beside, o.file)
}
