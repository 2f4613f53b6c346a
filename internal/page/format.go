package page

import (
	"strconv"
	"time"
)

// Number writes a number with the separators of the language: 1,234 or 1.234.
func Number(lang string, n int) string {
	sep := byte(',')
	if lang == "de" {
		sep = '.'
	}
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var out []byte
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, sep)
		}
		out = append(out, digits[i])
	}
	return sign + string(out)
}

// Exact is a time to the minute. It is UTC, and says so; the script writes it in the reader's zone.
func Exact(lang string, t time.Time) string {
	if t.IsZero() {
		return T(lang, "time.never")
	}
	if lang == "de" {
		return t.UTC().Format("02.01.2006, 15:04") + " UTC"
	}
	return t.UTC().Format("2 Jan 2006, 15:04") + " UTC"
}

// Date is the day of a time.
func Date(lang string, t time.Time) string {
	if lang == "de" {
		return t.UTC().Format("02.01.2006")
	}
	return t.UTC().Format("2 Jan 2006")
}

// LastDay is the last day on which what ends at a time still holds.
func LastDay(lang string, end time.Time) string { return Date(lang, end.Add(-1)) }

// Ago is how long ago a time was, or in how long it will be, in its largest unit. What is to come is never shortened by the moment
// that it took to get here: a link for an hour ends in an hour. Days to come are counted from date to date, as whoever reads the
// date beside them does (see [LastDay]): 28 November is in six days on all of 22 November.
func Ago(lang string, now, t time.Time) string {
	if t.IsZero() {
		return T(lang, "time.never")
	}
	const day = 24 * time.Hour
	d, key := now.Sub(t), "time.ago."
	if d < 0 {
		d, key = (-d).Round(time.Minute), "time.in."
		if d >= day {
			d = max(day, t.Add(-1).UTC().Truncate(day).Sub(now.UTC().Truncate(day)))
		}
	}
	switch {
	case d < time.Minute:
		return T(lang, "time.now")
	case d < time.Hour:
		return Count(lang, key+"minute", int(d/time.Minute))
	case d < day:
		return Count(lang, key+"hour", int(d/time.Hour))
	case d < 60*day:
		return Count(lang, key+"day", int(d/day))
	case d < 2*365*day:
		return Count(lang, key+"month", int(d/(30*day)))
	}
	return Count(lang, key+"year", int(d/(365*day)))
}

// AgoHour is [Ago] for a time that is known to the hour only.
func AgoHour(lang string, now, t time.Time) string {
	if d := now.Sub(t); !t.IsZero() && 0 <= d && d < time.Hour {
		return T(lang, "time.this_hour")
	}
	return Ago(lang, now, t)
}

// AgoDay is [Ago] for a time that is known to the day only.
func AgoDay(lang string, now, t time.Time) string {
	if t.IsZero() {
		return T(lang, "time.never")
	}
	const day = 24 * time.Hour
	if t.UTC().Truncate(day).Equal(now.UTC().Truncate(day)) {
		return T(lang, "time.today")
	}
	return Ago(lang, now.UTC().Truncate(day), t.UTC().Truncate(day))
}

// Lasting is a duration in its largest whole unit, such as "30 minutes".
func Lasting(lang string, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return Count(lang, "time.day", int(d/day))
	case d >= time.Hour && d%time.Hour == 0:
		return Count(lang, "time.hour", int(d/time.Hour))
	case d >= time.Minute && d%time.Minute == 0:
		return Count(lang, "time.minute", int(d/time.Minute))
	}
	return Count(lang, "time.second", int(d/time.Second))
}
