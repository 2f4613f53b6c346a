package console

import (
	"testing"
	"time"

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
