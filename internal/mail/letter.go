package mail

import (
	"bytes"
	"embed"
	"fmt"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"text/template"
	"time"

	"prokura/internal/text"
)

// Kind says what a letter is about.
type Kind string

// The kinds of letters.
const (
	Invitation Kind = "invite"   // to become a user of a tenant
	Password   Kind = "password" // to set a new password
	Request    Kind = "request"  // to decide on an app
	Decision   Kind = "decision" // what was decided on an app
)

// Both writes a letter in German and English, to somebody whose language is not known.
const Both = "both"

// Letter is a mail with a link.
type Letter struct {
	To      string // one address
	Lang    string // "de", Both, or anything else for English
	Kind    Kind
	Name    string // of whoever gets it; may be empty
	Tenant  string // of an invitation, a request and a decision
	Link    string
	Expires time.Time

	// Of a request and a decision.
	App, Publisher string
	Asker          string // of a request; empty: the app itself
	Words          string // the reason of who asks, or the justification of who decided
	Outcome        string // of a decision: "approved", "denied" or "blocked"
}

// Quoted are the words of somebody else, marked as such line by line, so that none of them passes for ours.
func (l Letter) Quoted() string {
	if strings.TrimSpace(l.Words) == "" {
		return ""
	}
	return "> " + strings.ReplaceAll(text.Lines(strings.TrimSpace(l.Words)), "\n", "\n> ")
}

// Address is the mail address that a text is, alone and without a name; empty where it is none.
func Address(s string) string {
	if a, err := netmail.ParseAddress(s); err == nil && a.Name == "" && a.Address == s {
		return s
	}
	return ""
}

//go:embed letters/*.txt
var files embed.FS

var letters = template.Must(template.ParseFS(files, "letters/*.txt"))

// words are the subject and the text of a letter. The first line of a file is the subject.
func words(l Letter) (subject, body string, err error) {
	if l.Lang == Both {
		return bothWords(l)
	}
	lang := "en"
	if l.Lang == "de" {
		lang = "de"
	}
	var b bytes.Buffer
	if err := letters.ExecuteTemplate(&b, fmt.Sprintf("%s.%s.txt", l.Kind, lang), l); err != nil {
		return "", "", fmt.Errorf("writing a letter: %w", err)
	}
	subject, body, _ = strings.Cut(b.String(), "\n")
	return subject, strings.TrimLeft(body, "\n"), nil
}

// bothWords are the words in German, and then in English.
func bothWords(l Letter) (subject, body string, err error) {
	l.Lang = "en"
	subjectEN, en, err := words(l)
	if err != nil {
		return "", "", err
	}
	l.Lang = "de"
	subject, de, err := words(l)
	return subject + " / " + subjectEN, "(English below)\n\n" + de + "\n* * *\n\n" + en, err
}

// envelope is what a letter has besides its words.
type envelope struct {
	from netmail.Address
	date time.Time
	id   string // unique, for Message-ID
}

// compose writes a letter as it is sent (RFC 5322). Whatever stands in a header is encoded (RFC 2047), so that no name can end
// one and begin another.
func compose(e envelope, l Letter) ([]byte, error) {
	subject, body, err := words(l)
	if err != nil {
		return nil, err
	}
	to := netmail.Address{Address: l.To}
	_, domain, _ := strings.Cut(e.from.Address, "@")
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", e.from.String()},
		{"To", to.String()},
		{"Subject", mime.QEncoding.Encode("utf-8", subject)},
		{"Date", e.date.UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + e.id + "@" + domain + ">"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834 §5: no out-of-office answers, please
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(strings.ReplaceAll(body, "\n", "\r\n"))); err != nil {
		return nil, fmt.Errorf("writing a letter: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("writing a letter: %w", err)
	}
	return b.Bytes(), nil
}
