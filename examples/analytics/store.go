package analytics

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

// The layout below the data directory:
//
//	sites/{site}/{kind}/{id}.json   one record
//	sites/{site}/files/{id}         the bytes of a published file, named by a record
//
// Every name is an identifier that was checked or drawn here; no name comes from a client. Records are replaced whole:
// written beside, synced, renamed, directory synced. Bytes are written before the record that names them, and removed
// after it, so that a crash leaves at most bytes that no record names; they are swept when the site is next opened.

// spaces are the sites' contents, opened when first used.
type spaces struct {
	root *os.Root
	now  func() time.Time

	mu   sync.Mutex
	open map[string]*space
}

// space is the content of one site. Records are values: they are never changed in place, so that what a reader took
// under the lock stays as it was.
type space struct {
	root *os.Root
	dir  string

	mu          sync.RWMutex
	gone        bool // the site was deleted
	projects    collection[project]
	workbooks   collection[workbook]
	datasources collection[datasource]
	users       collection[userNote]
	groups      collection[groupNote]
}

func openSpaces(dir string, now func() time.Time) (*spaces, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &spaces{root: root, now: now, open: make(map[string]*space)}, nil
}

func (s *spaces) close() error { return s.root.Close() }

// of opens a site. A new one gets the project "default", which belongs to whoever comes first.
func (s *spaces) of(site, user string) (*space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sp := s.open[site]; sp != nil {
		return sp, nil
	}
	sp := &space{root: s.root, dir: path.Join("sites", site)}
	if err := sp.load(); err != nil {
		return nil, fmt.Errorf("opening site %s: %w", site, err)
	}
	if len(sp.projects.rows) == 0 {
		now := s.now().UTC()
		p := project{ID: newID(), Name: "default", Description: "The default project of this site.", Default: true,
			ContentPermissions: managedByOwner, Owner: user, Created: now, Updated: now}
		if err := sp.projects.put(p.ID, p); err != nil {
			return nil, err
		}
	}
	s.open[site] = sp
	return sp, nil
}

// drop deletes a site's content for good.
func (s *spaces) drop(site string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sp := s.open[site]; sp != nil {
		sp.mu.Lock()
		sp.gone = true
		sp.mu.Unlock()
		delete(s.open, site)
	}
	if err := s.root.RemoveAll(path.Join("sites", site)); err != nil {
		return fmt.Errorf("removing site %s: %w", site, err)
	}
	return nil
}

// write runs a change under the site's lock. After the site was deleted there is nothing left to change.
func (sp *space) write(change func() error) error {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if sp.gone {
		return errNoSite()
	}
	return change()
}

func (sp *space) load() error {
	sp.projects = collection[project]{root: sp.root, dir: path.Join(sp.dir, "projects")}
	sp.workbooks = collection[workbook]{root: sp.root, dir: path.Join(sp.dir, "workbooks")}
	sp.datasources = collection[datasource]{root: sp.root, dir: path.Join(sp.dir, "datasources")}
	sp.users = collection[userNote]{root: sp.root, dir: path.Join(sp.dir, "users")}
	sp.groups = collection[groupNote]{root: sp.root, dir: path.Join(sp.dir, "groups")}
	if err := sp.root.MkdirAll(sp.files(), 0o700); err != nil {
		return err
	}
	if err := errors.Join(sp.projects.load(), sp.workbooks.load(), sp.datasources.load(), sp.users.load(),
		sp.groups.load()); err != nil {
		return err
	}
	return sp.sweep()
}

func (sp *space) files() string { return path.Join(sp.dir, "files") }

// sweep removes bytes that no record names: what a crash left of a publishing.
func (sp *space) sweep() error {
	named := make(map[string]bool)
	for _, w := range sp.workbooks.rows {
		named[w.File.ID] = true
	}
	for _, d := range sp.datasources.rows {
		named[d.File.ID] = true
	}
	entries, err := fs.ReadDir(sp.root.FS(), sp.files())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !named[e.Name()] {
			if err := sp.root.Remove(path.Join(sp.files(), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// storedFile names the bytes of a published file.
type storedFile struct {
	ID    string `json:"id"`
	Type  string `json:"type"` // the extension, without dot
	Bytes int64  `json:"bytes"`
}

// keep streams bytes to disk. Until a record names them they are nobody's; the caller drops them if it comes to none.
func (sp *space) keep(r io.Reader, most int64) (f storedFile, err error) {
	f.ID = newID()
	name := path.Join(sp.files(), f.ID)
	out, err := sp.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return f, fmt.Errorf("making room for a file: %w", err)
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			sp.discard(f)
		}
	}()
	if f.Bytes, err = io.Copy(out, io.LimitReader(r, most+1)); err != nil {
		return f, err
	}
	if f.Bytes > most {
		return f, refuse(codeTooLarge, "A file may have %d bytes at most.", most)
	}
	if err := out.Sync(); err != nil {
		return f, err
	}
	return f, syncDir(sp.root, sp.files())
}

// discard removes bytes that no record names any more. What cannot be removed now is swept later.
func (sp *space) discard(f storedFile) {
	if f.ID != "" {
		sp.root.Remove(path.Join(sp.files(), f.ID))
	}
}

// bytes opens the bytes of a file. An open file stays readable when it is replaced.
func (sp *space) bytes(f storedFile) (*os.File, error) {
	return sp.root.Open(path.Join(sp.files(), f.ID))
}

// collection is the records of one kind, all in memory and each in a file of its own.
type collection[T any] struct {
	root *os.Root
	dir  string
	rows map[string]T
}

func (c *collection[T]) load() error {
	c.rows = make(map[string]T)
	if err := c.root.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	entries, err := fs.ReadDir(c.root.FS(), c.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(c.dir, e.Name())
		id, isRecord := strings.CutSuffix(e.Name(), ".json")
		if !isRecord || !isID(id) { // a record that a crash left half-written
			if err := c.root.Remove(name); err != nil {
				return err
			}
			continue
		}
		raw, err := c.root.ReadFile(name)
		if err != nil {
			return err
		}
		var row T
		if err := json.Unmarshal(raw, &row); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		c.rows[id] = row
	}
	return nil
}

// put writes a record; it is in memory only when it is safe on disk.
func (c *collection[T]) put(id string, row T) error {
	raw, err := json.MarshalIndent(row, "", "\t")
	if err != nil {
		return err
	}
	name := path.Join(c.dir, id+".json")
	beside := path.Join(c.dir, id+".new")
	if err := writeSynced(c.root, beside, raw); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := c.root.Rename(beside, name); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := syncDir(c.root, c.dir); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	c.rows[id] = row
	return nil
}

func (c *collection[T]) remove(id string) error {
	if _, known := c.rows[id]; !known {
		return nil
	}
	if err := c.root.Remove(path.Join(c.dir, id+".json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a record: %w", err)
	}
	delete(c.rows, id)
	return syncDir(c.root, c.dir)
}

func writeSynced(root *os.Root, name string, raw []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
