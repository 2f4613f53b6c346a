package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/strictyaml"
	"prokura/internal/text"
	"prokura/internal/v1client"
)

// fault is an error with what to do about it, ready to be shown.
type fault struct {
	message string
	hint    string
	status  int
}

func (f *fault) Error() string { return f.message }

// fault is an error of the thing that was tried; the hint may be empty.
func (r *run) fault(message, hint string) error { return &fault{message, hint, ExitError} }

// misuse is a fault of how the command was called.
func (r *run) misuse(message, hint string) error { return &fault{message, hint, ExitUsage} }

// fail shows an error and answers the exit status. It is the only place that does.
func (r *run) fail(err error) int {
	if errors.Is(err, errStop) {
		return ExitError
	}
	if b, ok := errors.AsType[*badConfig](err); ok {
		r.showProblems(b)
		err = &fault{
			fmt.Sprintf(r.say("the configuration has %s; nothing was done", "die Konfiguration hat %s; es wurde nichts getan"),
				r.some(len(b.problems), text.Text{EN: "problem", DE: "Problem"}, text.Text{EN: "problems", DE: "Probleme"})),
			r.say("prokura config reference prints every key with its meaning", "prokura config reference zeigt jeden Schlüssel mit seiner Bedeutung"), ExitError}
	}
	f := r.asFault(err)
	fmt.Fprintf(r.Stderr, "prokura: %s: %s\n", r.say("error", "Fehler"), lower(strings.TrimSuffix(safe(f.message), "."), r.lang))
	if f.hint != "" {
		fmt.Fprintf(r.Stderr, "prokura: %s: %s\n", r.say("hint", "Hinweis"), lower(strings.TrimSuffix(safe(f.hint), "."), r.lang))
	}
	return f.status
}

func (r *run) asFault(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if p, ok := errors.AsType[*v1client.Problem](err); ok {
		hint := p.Hint()
		if p.Reference != "" && hint == "" {
			hint = "prokura explain ref " + p.Reference
		}
		message := strings.TrimSuffix(p.Error(), ".")
		if p.Code != "" {
			message += " (" + p.Code + ")"
		}
		return &fault{message, hint, ExitError}
	}
	if u, ok := errors.AsType[*v1client.Unreachable](err); ok && r.ctx.Err() == nil {
		hint := r.say("start it with prokura serve, or name another with --server",
			"Starten Sie ihn mit prokura serve, oder nennen Sie mit --server einen anderen")
		if _, ok := errors.AsType[*tls.CertificateVerificationError](u.Err); ok {
			hint = r.say("use the name that the certificate is for; where a private authority signed it, SSL_CERT_FILE names that authority's certificate",
				"Verwenden Sie den Namen, für den das Zertifikat gilt; hat es eine eigene Zertifizierungsstelle signiert, nennt SSL_CERT_FILE deren Zertifikat")
		}
		return &fault{fmt.Sprintf(r.say("%s does not answer: %v", "%s antwortet nicht: %v"), u.Server, u.Err), hint, ExitError}
	}
	if errors.Is(err, v1client.ErrInTheClear) {
		return &fault{err.Error(), r.say("use https, or run the command on the server's machine",
			"Verwenden Sie https, oder führen Sie den Befehl auf dem Rechner des Servers aus"), ExitError}
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return &fault{err.Error(), r.say("another program listens there, perhaps a Prokura: stop it, or choose another address with listen in prokura.yaml or PROKURA_LISTEN",
			"Dort wartet schon ein anderes Programm, vielleicht ein Prokura: Beenden Sie es, oder wählen Sie mit listen in prokura.yaml oder mit PROKURA_LISTEN eine andere Adresse"), ExitError}
	}
	if errors.Is(err, store.ErrInUse) {
		return &fault{err.Error(), r.say("the server seems to run already: use it, or stop that process, or name another directory with data in prokura.yaml or PROKURA_DATA",
			"Der Server läuft wohl schon: Verwenden Sie ihn, oder beenden Sie diesen Prozess, oder nennen Sie mit data in prokura.yaml oder mit PROKURA_DATA ein anderes Verzeichnis"), ExitError}
	}
	if errors.Is(err, context.Canceled) {
		return &fault{r.say("interrupted", "unterbrochen"), "", ExitError}
	}
	return &fault{err.Error(), "", ExitError}
}

// lower begins a message with a small letter, as the manners of the command line want it. Names in capitals keep theirs,
// and so does German, whose first word may be a noun.
func lower(s, lang string) string {
	if lang == "de" || len(s) < 2 || s[1] != ' ' && (s[1] < 'a' || s[1] > 'z') {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// safe makes text that came from elsewhere fit for a terminal, line by line (A256).
func safe(s string) string { return refusal.Escape(s) }

// usage puts kong's complaint into our words, names the command or flag that was most likely meant, and points to the help of the
// command that was read so far.
func usage(lang string, err error, root *kong.Node) error {
	message := err.Error()
	f := &fault{message: message, hint: "prokura --help", status: ExitUsage}
	at := root
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context != nil {
		if command := p.Context.Selected(); command != nil {
			at, f.hint = command, command.FullPath()+" --help"
		}
	}
	f.message = complaint(lang, message)
	if written, _, _ := strings.Cut(message, ", did you mean "); strings.HasPrefix(written, unknownFlag) {
		name := strings.TrimPrefix(written, unknownFlag)
		f.message = complaint(lang, written) + meant(lang, name, flagsOf(at))
	} else if name, ok := strings.CutPrefix(written, unknownArgument); ok && len(commandsOf(at)) > 0 {
		f.message = fmt.Sprintf(map[bool]string{false: "unknown command %s", true: "unbekannter Befehl %s"}[lang == "de"], name) + meant(lang, name, commandsOf(at))
	}
	return f
}

const (
	unknownFlag     = "unknown flag "
	unknownArgument = "unexpected argument "
)

// meant ends a complaint with what is nearest to what was written, as the complaints about a configuration do.
func meant(lang, written string, known []string) string {
	near := strictyaml.Nearest(written, known)
	if begin := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return !strings.HasPrefix(k, written) }); len(begin) == 1 {
		near = begin[0]
	}
	switch {
	case near == "" || len(written) < 3: // of one letter, any other is near
		return ""
	case lang == "de":
		return "; meinten Sie " + near + "?"
	}
	return "; did you mean " + near + "?"
}

// flagsOf are the flags that a command takes, with those of all.
func flagsOf(at *kong.Node) (out []string) {
	for _, group := range at.AllFlags(true) {
		for _, flag := range group {
			out = append(out, "--"+flag.Name)
		}
	}
	return out
}

// commandsOf are the commands below one.
func commandsOf(at *kong.Node) (out []string) {
	for _, child := range at.Children {
		if child.Type == kong.CommandNode && !child.Hidden {
			out = append(out, child.Name)
		}
	}
	return out
}

// complaint is what kong says, in the language of the invocation.
func complaint(lang, message string) string {
	if lang == "de" {
		for _, t := range germanComplaints {
			if rest, ok := strings.CutPrefix(message, t[0]); ok {
				return t[1] + rest
			}
		}
	}
	return message
}

var germanComplaints = [][2]string{
	{"unknown flag ", "unbekannte Option "},
	{"unexpected argument ", "unerwartetes Argument "},
	{"expected one of ", "erwartet wird eines von "},
	{"expected ", "es fehlt "},
	{"missing flags: ", "es fehlen die Optionen: "},
}
