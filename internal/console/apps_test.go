package console

import (
	"context"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/store"
)

func TestMyApps_are_not_used_before_they_are_connected(t *testing.T) {
	at := noon.Add(37 * time.Minute)
	for name, tt := range map[string]struct{ used, want time.Time }{
		"never used":             {time.Time{}, time.Time{}},
		"used in its first hour": {noon, at}, // uses are kept to the hour
		"used in a later hour":   {noon.Add(2 * time.Hour), noon.Add(2 * time.Hour)},
	} {
		if got := byClient([]store.Grant{{Created: at, LastUsed: tt.used}}); len(got) != 1 || !got[0].LastUsed.Equal(tt.want) {
			t.Errorf("%s: last used %v, want %v", name, got[0].LastUsed, tt.want)
		}
	}
}

// What the account decided with a date ends then, however long the installation itself would last.
func TestMyApps_say_when_they_end(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{"crm.objects.contacts.read"}, nil, nil)
	w.installed(w.eve, app, "crm.objects.contacts.read")
	b := w.as(w.eve)
	path := "/console/apps/" + app.ID.String()
	b.open(path).shows(200, "until you or an administrator withdraws it")
	seen, err := w.Govern.Authorization(context.Background(), w.acme.ID, app.ID)
	w.ok(err)
	_, err = w.Govern.Authorize(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, app.ID, govern.Terms{Uncapped: true,
		Admission: policy.Admission{All: true}, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Version: seen.Version})
	w.ok(err)
	b.open(path).shows(200, "until 31 Dec 2026, or until you or an administrator withdraws it before")
	b.open("/console/apps").shows(200, "until 31 Dec 2026")
}
