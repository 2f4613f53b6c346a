package config

import (
	"fmt"
	netmail "net/mail"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	minLogin = 5 * time.Minute
	maxLogin = 720 * time.Hour
)

func (k checker) login() {
	k.lasts("login.life", k.Login.Life, minLogin, maxLogin)
	k.lasts("login.idle", k.Login.Idle, minLogin, min(maxLogin, max(minLogin, k.Login.Life)))
}

func (k checker) mail() {
	m := k.Mail
	if m.Host == "" {
		if m.From != "" || m.User != "" || m.PasswordFile != "" {
			k.doc.Blame("mail.host", "is missing: without it no mail is sent")
		}
		return
	}
	if !hostName.MatchString(bracketed(m.Host)) {
		k.doc.Blame("mail.host", "expected a host name in lower case without scheme and port, found %q", m.Host)
	} else if example(m.Host) {
		k.doc.Blame("mail.host", "%s was copied from an example", m.Host)
	}
	if m.Port < 1 || m.Port > 65535 {
		k.doc.Blame("mail.port", "expected 1 to 65535, found %d", m.Port)
	}
	if a, err := netmail.ParseAddress(m.From); err != nil {
		k.doc.Blame("mail.from", "expected a mail address, or a name and one in angle brackets, found %q", m.From)
	} else if _, domain, _ := strings.Cut(a.Address, "@"); example(domain) {
		k.doc.Blame("mail.from", "%s was copied from an example", a.Address)
	}
	if (m.User == "") != (m.PasswordFile == "") {
		k.doc.Blame("mail", "user and password_file belong together; one is missing")
	}
	if m.TLS == NoTLS && !loopback(m.Host) {
		k.doc.Blame("mail.tls", "links that set passwords would travel to %s in the clear: use starttls or implicit", m.Host)
	}
}

func (k checker) contact() {
	if k.Contact == "" {
		return
	}
	domain := ""
	if u, err := url.Parse(k.Contact); err == nil && u.Scheme == "https" && u.User == nil {
		domain = u.Hostname()
	} else if a, err := netmail.ParseAddress(k.Contact); err == nil && a.Address == k.Contact {
		_, domain, _ = strings.Cut(a.Address, "@")
	}
	if domain == "" {
		k.doc.Blame("contact", "expected a mail address or the https address of a page, found %q", k.Contact)
	} else if example(domain) {
		k.doc.Blame("contact", "%s was copied from an example", k.Contact)
	}
}

// MailPassword reads the file that holds it, which is closed to others (A240); empty where there is none.
func (c *Config) MailPassword() (string, error) {
	if c.Mail.PasswordFile == "" {
		return "", nil
	}
	if err := private(c.Mail.PasswordFile, 0o077); err != nil {
		return "", err
	}
	b, err := os.ReadFile(c.Mail.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("reading the mail server's password: %w", plain(err))
	}
	password := strings.TrimRight(string(b), "\r\n")
	switch {
	case password == "":
		return "", fmt.Errorf("%s is empty", c.Mail.PasswordFile)
	case placeholder(password):
		return "", fmt.Errorf("the password in %s was copied from an example", c.Mail.PasswordFile)
	}
	return password, nil
}
