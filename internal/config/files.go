package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"prokura/internal/catalog"
)

// Files checks what the configuration points at: that files can be read and catalogs load, that secrets are closed to
// others, that certificate and key belong together (A253), and that no example was left in the database URL (A252).
func (c *Config) Files() []Problem {
	var problems []Problem
	note := func(key, format string, args ...any) {
		problems = append(problems, Problem{Key: key, Message: key + ": " + fmt.Sprintf(format, args...)})
	}
	if c.TLS.Certificate != "" {
		if err := private(c.TLS.Key, 0o037); err != nil {
			note("tls.key", "%s", err)
		} else if _, err := tls.LoadX509KeyPair(c.TLS.Certificate, c.TLS.Key); err != nil {
			note("tls", "%s", plain(err))
		}
	}
	if c.Storage.URLFile != "" {
		if _, err := c.DatabaseURL(); err != nil {
			note("storage.url_file", "%s", err)
		}
	}
	if _, err := c.MailPassword(); err != nil {
		note("mail.password_file", "%s", err)
	}
	for i, cat := range c.Catalogs {
		src, err := os.ReadFile(cat.File)
		if err != nil {
			note(index("catalogs", i)+".file", "%s", plain(err))
			continue
		}
		c, found := catalog.Load(cat.File, src)
		switch {
		case len(found) > 0:
			note(index("catalogs", i)+".file", "%s; prokura catalog lint %s shows all", found[0], cat.File)
		case c.Name != cat.Name:
			note(index("catalogs", i)+".name", "%s calls itself %q, not %q", cat.File, c.Name, cat.Name)
		}
	}
	if info, err := os.Stat(c.Data); err == nil && !info.IsDir() {
		note("data", "%s is not a directory", c.Data)
	}
	return problems
}

// DatabaseURL reads the file that holds it, which is closed to others (A240). The URL may contain a password: it is
// never logged.
func (c *Config) DatabaseURL() (string, error) {
	if err := private(c.Storage.URLFile, 0o077); err != nil {
		return "", err
	}
	b, err := os.ReadFile(c.Storage.URLFile)
	if err != nil {
		return "", fmt.Errorf("reading the database URL: %w", plain(err))
	}
	u := strings.TrimSpace(string(b))
	switch {
	case !strings.HasPrefix(u, "postgres://") && !strings.HasPrefix(u, "postgresql://"):
		return "", fmt.Errorf("expected a URL that begins with postgres:// in %s", c.Storage.URLFile)
	case placeholder(u):
		return "", fmt.Errorf("the URL in %s was copied from an example", c.Storage.URLFile)
	}
	return u, nil
}

// private refuses a secret that others on the machine can read: that has any of the mode bits given. The private key of
// a certificate may be readable by a group, because services share it that way.
func private(path string, open os.FileMode) error {
	info, err := os.Stat(path)
	if err != nil {
		return plain(err)
	}
	if mode := info.Mode().Perm(); mode&open != 0 {
		return fmt.Errorf("%s holds a secret and has mode %04o, open to others; run chmod 600 on it", path, mode)
	}
	return nil
}

// plain leaves out the system call that failed.
func plain(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", pe.Path, pe.Err)
	}
	return err
}

// OperatorTokenFile is where the operator's token stands: written once by the server, read by commands on this machine.
func (c *Config) OperatorTokenFile() string { return filepath.Join(c.Data, "operator.token") }
