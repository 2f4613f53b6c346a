package mail

import (
	"context"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"prokura/internal/clock"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func (s *mailServer) sender(change func(*Config)) *SMTP {
	s.t.Helper()
	c := Config{Host: "127.0.0.1", Port: s.port(), From: "Prokura <no-reply@prokura.example>", User: "prokura", Password: "secret",
		Roots: s.roots, Clock: clock.NewFake(noon)}
	if change != nil {
		change(&c)
	}
	out, err := NewSMTP(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

var invitation = Letter{To: "carol@acme.example", Lang: "de", Kind: Invitation, Name: "Carola Müller", Tenant: "Äcme & Söhne",
	Link: "https://prokura.example/invite?token=pki_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Expires: noon.Add(time.Hour)}

func TestSend(t *testing.T) {
	for name, tt := range map[string]struct {
		server func(*mailServer)
		client func(*Config)
		clear  bool // the letter goes unencrypted
	}{
		"with STARTTLS":             {nil, nil, false},
		"encrypted from the start":  {func(s *mailServer) { s.implicit = true }, func(c *Config) { c.Encryption = Implicit }, false},
		"on this machine, in clear": {func(s *mailServer) { s.noStartTLS = true }, func(c *Config) { c.Encryption = Plain }, true},
		"without user and password": {func(s *mailServer) { s.noAuth = true }, func(c *Config) { c.User, c.Password = "", "" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newMailServer(t, tt.server)
			if err := s.sender(tt.client).Send(t.Context(), invitation); err != nil {
				t.Fatal(err)
			}
			said, messages := s.heard()
			if len(messages) != 1 {
				t.Fatalf("%d messages; said %q", len(messages), said)
			}
			for _, line := range said {
				if !tt.clear && !strings.HasPrefix(line, "TLS ") && !strings.HasPrefix(line, "EHLO prokura.example") && line != "STARTTLS" {
					t.Errorf("in the clear: %q", line)
				}
			}
			all := strings.Join(said, "\n")
			if !strings.Contains(all, "MAIL FROM:<no-reply@prokura.example>") || !strings.Contains(all, "RCPT TO:<carol@acme.example>") {
				t.Errorf("said %q", said)
			}
			m, err := netmail.ReadMessage(strings.NewReader(messages[0]))
			if err != nil {
				t.Fatal(err)
			}
			subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil || subject != "Einladung zu Äcme & Söhne" || !strings.Contains(string(body), invitation.Link) ||
				!strings.Contains(string(body), "Guten Tag Carola Müller,") || !strings.Contains(string(body), "22.11.2026, 13:00 Uhr UTC") {
				t.Errorf("%q: %s, %v", subject, body, err)
			}
			if m.Header.Get("Date") != "Sun, 22 Nov 2026 12:00:00 +0000" || m.Header.Get("From") != `"Prokura" <no-reply@prokura.example>` {
				t.Errorf("%v", m.Header)
			}
		})
	}
}

// Whatever does not go as configured, no letter and no password goes out.
func TestSend_refuses(t *testing.T) {
	for name, tt := range map[string]struct {
		server func(*mailServer)
		client func(*Config)
		letter func(*Letter)
		want   string
	}{
		"a server without STARTTLS":      {server: func(s *mailServer) { s.noStartTLS = true }, want: "STARTTLS"},
		"a certificate of somebody else": {client: func(c *Config) { c.Roots = nil }, want: "certificate"},
		"a server without AUTH":          {server: func(s *mailServer) { s.noAuth = true }, want: "does not ask for user"},
		"a wrong password":               {client: func(c *Config) { c.Password = "x" }, want: "535"},
		"an address that it refuses":     {server: func(s *mailServer) { s.answers["RCPT"] = "550 no such user" }, want: "550"},
		"a letter that it refuses":       {server: func(s *mailServer) { s.answers["DATA"] = "554 no" }, want: "554"},
		"two addresses in one":           {letter: func(l *Letter) { l.To = "a@x.example, b@x.example" }, want: "no mail address"},
		"a command in an address":        {letter: func(l *Letter) { l.To = "a@x.example>\r\nDATA" }, want: "no mail address"},
		"a kind that is none":            {letter: func(l *Letter) { l.Kind = "" }, want: "writing a letter"},
		"nobody who listens":             {client: func(c *Config) { c.Port = 1 }, want: "connecting"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newMailServer(t, tt.server)
			l := invitation
			if tt.letter != nil {
				tt.letter(&l)
			}
			err := s.sender(tt.client).Send(t.Context(), l)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if said, messages := s.heard(); len(messages) > 0 || tt.want != "535" && strings.Contains(strings.Join(said, "\n"), "AUTH PLAIN") && !strings.HasPrefix(said[len(said)-1], "TLS ") {
				t.Errorf("said %q, sent %q", said, messages)
			}
		})
	}
}

func TestSend_leaves_a_server_that_says_nothing(t *testing.T) {
	s := newMailServer(t, func(s *mailServer) { s.silent = true })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.sender(nil).Send(ctx, invitation); err == nil {
		t.Error("it was sent")
	}
}

// TestA103_names_stay_names: what somebody is called ends no header and begins no other.
func TestA103_names_stay_names(t *testing.T) {
	l := invitation
	l.Tenant, l.Name = "x\r\nBcc: eve@evil.example\r\n\r\nhello", "y\r\n.\r\nMAIL FROM:<z>"
	text, err := compose(envelope{from: netmail.Address{Address: "a@b.example"}, date: noon, id: "1"}, l)
	if err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Header) != 9 || m.Header.Get("Bcc") != "" {
		t.Errorf("%v", m.Header)
	}
}

func TestAddress(t *testing.T) {
	for s, ok := range map[string]bool{"a@b.example": true, "ä@b.example": true, "A <a@b.example>": false, "<a@b.example>": false, "a": false, "": false, "a@b, c@d": false, " a@b": false, "a@b\n": false} {
		if got := Address(s) != ""; got != ok {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestWords_in_both_languages(t *testing.T) {
	for _, kind := range []Kind{Invitation, Password} {
		var before string
		for _, lang := range []string{"de", "en"} {
			l := invitation
			l.Kind, l.Lang = kind, lang
			subject, text, err := words(l)
			if err != nil || subject == "" || subject == before || !strings.Contains(text, l.Link) || strings.Contains(text, "<no value>") || strings.Contains(text, "&amp;") {
				t.Errorf("%s %s: %q, %s, %v", kind, lang, subject, text, err)
			}
			before = subject
		}
	}
}
