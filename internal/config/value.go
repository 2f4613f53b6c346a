package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// Engine is the kind of database.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// UnmarshalText accepts the names of engines.
func (e *Engine) UnmarshalText(text []byte) error { return choose(e, text, SQLite, Postgres) }

// ErrorCodes is the set of codes that sign-in answers.
type ErrorCodes string

// The sets of codes.
const (
	SeedCodes     ErrorCodes = "seed"
	ExtendedCodes ErrorCodes = "extended"
)

// UnmarshalText accepts the names of the sets.
func (e *ErrorCodes) UnmarshalText(text []byte) error {
	return choose(e, text, SeedCodes, ExtendedCodes)
}

// Level is how much is logged.
type Level string

// UnmarshalText accepts the names of levels.
func (l *Level) UnmarshalText(text []byte) error {
	return choose(l, text, "debug", "info", "warn", "error")
}

// Slog is the level as the log package knows it.
func (l Level) Slog() slog.Level {
	switch l {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	}
	return slog.LevelInfo
}

// Format is how log lines are written.
type Format string

// UnmarshalText accepts the names of formats.
func (f *Format) UnmarshalText(text []byte) error { return choose(f, text, "text", "json") }

func choose[T ~string](into *T, text []byte, allowed ...T) error {
	if !slices.Contains(allowed, T(text)) {
		return fmt.Errorf("expected one of %v, found %q", allowed, text)
	}
	*into = T(text)
	return nil
}

// Size is a number of bytes, written with its unit.
type Size int64

var units = []struct {
	name  string
	bytes Size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// UnmarshalText accepts a whole number and one of the units B, KiB, MiB and GiB.
func (s *Size) UnmarshalText(text []byte) error {
	for _, u := range units {
		number, ok := strings.CutSuffix(string(text), u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 31)
		if err != nil || Size(n) > 1<<40/u.bytes {
			break
		}
		*s = Size(n) * u.bytes
		return nil
	}
	return fmt.Errorf("expected a size with its unit, such as 64KiB or 32MiB, found %q", text)
}

// String is the size in the largest unit that holds it whole.
func (s Size) String() string {
	for _, u := range units {
		if s >= u.bytes && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// MailTLS is when the connection to the mail server is encrypted.
type MailTLS string

// The ways to encrypt it.
const (
	StartTLS    MailTLS = "starttls"
	ImplicitTLS MailTLS = "implicit"
	NoTLS       MailTLS = "none"
)

// UnmarshalText accepts the names of the ways.
func (m *MailTLS) UnmarshalText(text []byte) error {
	return choose(m, text, StartTLS, ImplicitTLS, NoTLS)
}
