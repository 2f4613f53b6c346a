package crm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"prokura/examples/identity"
)

// An account is one file, {id}.json, that is replaced whole: written beside, synced, renamed. That is enough for a sample:
// an account has some hundred records.

// accounts are the accounts' contents, opened when first used.
type accounts struct {
	root *os.Root
	now  func() time.Time

	mu   sync.Mutex
	open map[string]*account // held: mu
}

// account is the content of one account.
type account struct {
	root *os.Root
	file string
	now  func() time.Time

	mu   sync.Mutex
	kept kept // held: mu
}

// kept is what the file holds.
type kept struct {
	Seeded  bool                         `json:"seeded"`
	Next    int                          `json:"next"`  // the next number of a record or flow
	Types   []objectType                 `json:"types"` // custom ones
	Owners  []Owner                      `json:"owners"`
	Records map[string]map[string]record `json:"records"` // by type and number
	Flows   map[string]flow              `json:"flows"`
}

// record is an object of any type. Its properties are replaced, never changed in place.
type record struct {
	ID         string            `json:"id"`
	Properties map[string]string `json:"properties"`
	Created    time.Time         `json:"createdAt"`
	Updated    time.Time         `json:"updatedAt"`
	Archived   bool              `json:"archived"`
}

func openAccounts(dir string, now func() time.Time) (*accounts, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &accounts{root: root, now: now, open: map[string]*account{}}, nil
}

func (a *accounts) close() error { return a.root.Close() }

// of opens an account. One that nobody has used yet is empty.
func (a *accounts) of(tenant string) (*account, error) {
	if !identity.IsID(tenant) {
		return nil, fmt.Errorf("%q is no account", tenant)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if acc := a.open[tenant]; acc != nil {
		return acc, nil
	}
	acc := &account{root: a.root, file: tenant + ".json", now: a.now,
		kept: kept{Next: 101, Records: map[string]map[string]record{}, Flows: map[string]flow{}}}
	data, err := a.root.ReadFile(acc.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening account %s: %w", tenant, err)
	}
	if err == nil {
		if err := json.Unmarshal(data, &acc.kept); err != nil {
			return nil, fmt.Errorf("opening account %s: %w", tenant, err)
		}
	}
	a.open[tenant] = acc
	return acc, nil
}

// look reads the content.
func (a *account) look(f func(*kept) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return f(&a.kept)
}

// change changes the content. What f does counts only if f agrees and the file was written.
func (a *account) change(f func(*kept) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := a.kept.clone()
	if err := f(&next); err != nil {
		return err
	}
	if err := a.write(&next); err != nil {
		return fmt.Errorf("writing %s: %w", a.file, err)
	}
	a.kept = next
	return nil
}

func (k *kept) clone() kept {
	c := *k
	c.Records = map[string]map[string]record{}
	for t, list := range k.Records {
		c.Records[t] = maps.Clone(list)
	}
	c.Flows = maps.Clone(k.Flows)
	return c
}

func (a *account) write(k *kept) error {
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	beside := a.file + ".new"
	f, err := a.root.OpenFile(beside, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return a.root.Rename(beside, a.file)
}

// number draws the next number.
func (k *kept) number() string {
	k.Next++
	return strconv.Itoa(k.Next - 1)
}

// sorted are the numbers of a map in order.
func sorted[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
}
