package ledger

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/v1"
)

// TestA257_what_was_changed_is_named: whoever can write to the database can change nothing that is sealed without its being
// found, and the first entry that is not as it was is named.
func TestA257_what_was_changed_is_named(t *testing.T) {
	type is struct {
		kind string
		leaf int64
	}
	for i, tt := range []struct {
		what   string
		tamper func(w *world, refs []store.AuditRef)
		want   is
	}{
		{"the action is edited", func(w *world, refs []store.AuditRef) {
			w.exec("UPDATE audit SET action = 'group.delete' WHERE id = $1", refs[270].Entry)
		}, is{Edited, 270}},
		{"the actor is edited", func(w *world, refs []store.AuditRef) {
			w.exec("UPDATE audit SET actor_id = 'u-2' WHERE id = $1", refs[3].Entry)
		}, is{Edited, 3}},
		{"the actor's name is edited", func(w *world, refs []store.AuditRef) {
			w.exec("UPDATE audit SET actor_name = 'bea' WHERE id = $1", refs[3].Entry)
		}, is{Edited, 3}},
		{"the reason, a detail, the address and the time are edited", func(w *world, refs []store.AuditRef) {
			w.exec("UPDATE audit SET at = at - 60 WHERE id = $1", refs[50].Entry)
			w.exec("UPDATE audit SET reason = 'x' WHERE id = $1", refs[40].Entry)
			w.exec(`UPDATE audit SET detail = '{"name":"x"}' WHERE id = $1`, refs[41].Entry)
			w.exec("UPDATE audit SET source = 'x' WHERE id = $1", refs[42].Entry)
		}, is{Edited, 40}},
		{"it says that something was erased", func(w *world, refs []store.AuditRef) {
			w.exec("UPDATE audit SET actor_name = '' WHERE id = $1", refs[9].Entry)
		}, is{Edited, 9}},
		{"it is erased as if the person had been deleted", func(w *world, refs []store.AuditRef) {
			err := w.db.View(w.t.Context(), func(r store.Reader) error {
				list, err := r.AuditRecords(refs[9:10])
				if err != nil {
					return err
				}
				_, err = list[0].Erase([]string{"actor_name"})
				w.exec("UPDATE audit SET actor_name = '', salt = $2 WHERE id = $1", refs[9].Entry, list[0].Salt)
				return err
			})
			if err != nil {
				w.t.Error(err)
			}
		}, is{ErasedOther, 9}},
		{"an entry is deleted", func(w *world, refs []store.AuditRef) {
			w.exec("DELETE FROM audit WHERE id = $1", refs[255].Entry)
		}, is{Deleted, 255}},
		{"entries of two places are swapped", func(w *world, refs []store.AuditRef) {
			a, b, x := refs[100].Entry, refs[102].Entry, entropy.ID[id.Entry]()
			w.exec("UPDATE audit SET id = $2 WHERE id = $1", a, x)
			w.exec("UPDATE audit SET id = $2 WHERE id = $1", b, a)
			w.exec("UPDATE audit SET id = $2 WHERE id = $1", x, b)
		}, is{Edited, 100}},
		{"names of two places are swapped", func(w *world, refs []store.AuditRef) {
			tile := refs[256:]
			tile[1], tile[2] = tile[2], tile[1]
			w.exec("UPDATE audit_tiles SET refs = $1 WHERE level = 0 AND n = 1", names(tile))
		}, is{Reordered, 257}},
		{"the tail is cut off, entries and leaves", func(w *world, refs []store.AuditRef) {
			for _, ref := range refs[256:] {
				w.exec("DELETE FROM audit WHERE id = $1", ref.Entry)
			}
			w.exec("DELETE FROM audit_tiles WHERE level = 0 AND n = 1")
		}, is{Truncated, 256}},
		{"an entry and its leaf are exchanged together", func(w *world, refs []store.AuditRef) {
			w.exec("UPDATE audit SET action = 'group.delete' WHERE id = $1", refs[20].Entry)
			err := w.db.View(w.t.Context(), func(r store.Reader) error {
				list, err := r.AuditRecords(refs[20:21])
				if err != nil {
					return err
				}
				leaf, _ := list[0].Leaf()
				tile, err := r.AuditTile(0, 0)
				copy(tile.Hashes[20*32:], leaf[:])
				w.exec("UPDATE audit_tiles SET hashes = $1 WHERE level = 0 AND n = 0", tile.Hashes)
				return err
			})
			if err != nil {
				w.t.Error(err)
			}
		}, is{Replaced, 0}},
		{"hashes above the leaves are taken away", func(w *world, _ []store.AuditRef) {
			w.exec("DELETE FROM audit_tiles WHERE level = 1")
		}, is{Truncated, -1}},
		{"hashes above the leaves are changed", func(w *world, _ []store.AuditRef) {
			w.exec("UPDATE audit_tiles SET hashes = $1 WHERE level = 1", make([]byte, 32))
		}, is{Replaced, 0}},
		{"an entry is slipped in past the sealer", func(w *world, refs []store.AuditRef) {
			w.exec(`INSERT INTO audit (tenant, id, at, actor_kind, actor_id, actor_name, action, target, detail, epoch, n)
				VALUES ($1, $2, 0, 'user', '', '', 'x', '', '{}', 0, 0)`, w.acme, entropy.ID[id.Entry]())
		}, is{Inserted, -1}},
		{"the newest checkpoint is taken away", func(w *world, refs []store.AuditRef) {
			w.exec("DELETE FROM audit_notes WHERE size = 301")
		}, is{Unsigned, 300}},
		{"the newest checkpoint is another's", func(w *world, refs []store.AuditRef) {
			forger, _ := audit.NewSigner("prokura.example/audit", make([]byte, 32))
			note, _ := forger.Sign(audit.Statement{Kind: audit.Checkpoint, Size: 301, At: noon})
			w.exec("UPDATE audit_notes SET note = $1 WHERE size = 301", note)
		}, is{Forged, -1}},
		{"how far was pruned is set, without a statement", func(w *world, refs []store.AuditRef) {
			w.exec("DELETE FROM audit WHERE id = $1", refs[0].Entry)
			w.exec("UPDATE audit_seal SET pruned = 5")
		}, is{Deleted, 0}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			test := func(t *testing.T, w *world) {
				w.act(300)
				w.seal(300)
				w.clock.Advance(-2 * time.Hour) // the clock set back changes nothing
				w.act(1)
				w.seal(1)
				w.sound(w.checkpoint())
				refs := w.refs()
				tt.tamper(w, refs)
				r := w.verify()
				if r.Sound() {
					t.Fatal("it was not noticed")
				}
				p := r.Problems[0]
				if (is{p.Kind, p.Leaf}) != tt.want {
					t.Errorf("the first problem is %+v, want %+v, of %+v", p, tt.want, r.Problems)
				}
				if p.Leaf >= 0 && p.Kind != Truncated && p.Kind != Unsigned && p.Kind != Reordered && p.Ref != refs[p.Leaf] {
					t.Errorf("named is %v, want %v", p.Ref, refs[p.Leaf])
				}
			}
			if i%5 == 0 { // what is read and compared is the same for both
				engines(t, test)
			} else {
				onSQLite(t, test)
			}
		})
	}
}

func names(refs []store.AuditRef) []byte {
	var b []byte
	for _, r := range refs {
		book, entry := r.Book.Bytes(), r.Entry.Bytes()
		b = append(append(b, book[:]...), entry[:]...)
	}
	return b
}

// TestA257_a_whole_log_cut_short, with its checkpoints, is noticed beside one that somebody kept, and beside the file.
func TestA257_a_whole_log_cut_short(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.act(10)
		w.seal(10)
		shorter := w.checkpoint()
		w.clock.Advance(2 * time.Hour)
		w.act(5)
		w.seal(5)
		outside, refs := w.checkpoint(), w.refs()
		for _, ref := range refs[10:] {
			w.exec("DELETE FROM audit WHERE id = $1", ref.Entry)
		}
		w.exec("DELETE FROM audit_notes WHERE size = 15")
		w.exec("UPDATE audit_seal SET size = 10")
		err := w.db.View(t.Context(), func(r store.Reader) error {
			tile, err := r.AuditTile(0, 0)
			w.exec("UPDATE audit_tiles SET hashes = $1, refs = $2", tile.Hashes[:320], names(refs[:10]))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		r := w.verify(shorter, outside)
		var from []string
		for _, p := range r.Problems {
			if p.Kind != Truncated || p.Size != 15 {
				t.Errorf("unexpected: %+v", p)
			}
			from = append(from, p.Note)
		}
		if got := strings.Join(from, " "); got != "file 2" {
			t.Errorf("noticed beside %q, want the file and the second that was handed in", got)
		}
	})
}

// TestA257_nothing_is_built_on_a_log_that_was_changed: the sealer extends only what was signed.
func TestA257_nothing_is_built_on_a_log_that_was_changed(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.act(7)
		w.seal(7)
		w.exec("UPDATE audit_tiles SET hashes = $1", make([]byte, 7*32))
		w.act(1)
		if n, err := w.Seal(t.Context()); err == nil {
			t.Errorf("%d entries were sealed", n)
		}
	})
}

// TestA260_the_log_stands_when_a_user_is_erased, and says of whom it was.
func TestA260_the_log_stands_when_a_user_is_erased(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ada := store.User{Tenant: w.acme, ID: entropy.ID[id.User](), Name: "ada-lovelace", Email: "ada@example.com", Created: noon}
		w.do(audit.Act{Actor: audit.Operator, Action: "tenant.create"}, func(tx store.Tx) error {
			return tx.AddTenant(store.Tenant{ID: w.acme, Name: "acme", ContentURL: "acme", Created: noon})
		})
		by := audit.Actor{Kind: "user", ID: ada.ID.String(), Name: ada.Name}
		w.do(audit.Act{Tenant: w.acme, Actor: audit.Operator, Action: "user.create", Target: "user " + by.ID, After: map[string]string{"name": ada.Name}},
			func(tx store.Tx) error { return tx.AddUser(ada) })
		w.do(audit.Act{Tenant: w.acme, Actor: by, Action: "session.sign_in", Target: "session 1"}, nil)
		w.act(5)
		w.seal(8)
		outside := w.checkpoint()
		w.do(audit.Act{Tenant: w.acme, Actor: audit.Operator, Action: "user.delete", Target: "user " + by.ID, Detail: map[string]string{"name": ada.Name}},
			func(tx store.Tx) error { return tx.DeleteUser(w.acme, ada.ID) })
		w.clock.Advance(2 * time.Minute)
		if err := w.Tidy(t.Context()); err != nil { // some of it is sealed, some is not
			t.Fatal(err)
		}
		w.seal(1)
		if r := w.sound(outside); r.Erased != 3 {
			t.Errorf("%d entries were erased, want 3", r.Erased)
		}
		var out bytes.Buffer
		if _, err := w.Export(t.Context(), &out, w.acme, store.AuditFilter{}, id.Entry{}, JSONL, 0); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); strings.Contains(s, ada.Name) || !strings.Contains(s, by.ID) || !strings.Contains(s, `"erased":["actor_name","from"]`) {
			t.Errorf("the book says\n%s", s)
		}
		w.exec("UPDATE audit SET actor_name = 'bea' WHERE actor_id = $1", by.ID)
		if r := w.verify(); r.Sound() || r.Problems[0].Kind != Edited {
			t.Errorf("a name was put in the place of the erased one: %+v", r.Problems)
		}
	})
}

const nasty = "a\r\nb\x1b[31m\u2028c\u202e\"}"

func exported(t *testing.T, w *world, format Format) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := w.Export(t.Context(), &out, w.acme, store.AuditFilter{}, id.Entry{}, format, 0); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestA256_an_entry_is_one_line of an export, whatever stands in it, and moves no cursor.
func TestA256_an_entry_is_one_line(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for range 3 {
			w.do(audit.Act{Tenant: w.acme, Actor: audit.Actor{Kind: "user", ID: nasty, Name: nasty}, Action: nasty, Target: nasty, Reason: nasty,
				Detail: map[string]string{nasty: nasty}, Before: map[string]string{nasty: nasty}}, nil)
		}
		for format, want := range map[Format]int{JSONL: 3, CSV: 4} {
			out := exported(t, w, format)
			if n := strings.Count(out, "\n"); n != want || strings.ContainsAny(out, "\r\x1b\u2028\u202e") {
				t.Errorf("%s has %d lines, want %d:\n%q", format, n, want, out)
			}
		}
		var e v1.Entry
		if err := json.Unmarshal([]byte(strings.SplitN(exported(t, w, JSONL), "\n", 2)[0]), &e); err != nil || e.Reason != nasty || e.Before[nasty] != nasty {
			t.Errorf("read back: %+v, %v", e, err)
		}
	})
}

// TestA259_no_cell_is_a_formula.
func TestA259_no_cell_is_a_formula(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for _, evil := range []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1", "|x", "%0", "Tool;=cmd|' /C calc'!A0", "a; \"+1", "a;;@b", "a,=1;-2"} {
			w.do(audit.Act{Tenant: w.acme, Actor: audit.Actor{Kind: "user", ID: evil, Name: evil}, Action: evil, Target: evil, Reason: evil,
				Detail: map[string]string{evil: "x", "name": evil}}, nil)
		}
		out := exported(t, w, CSV)
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) != 15 || len(rows[0]) != len(columns) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows[1:] {
			for i, c := range row {
				if c != "" && strings.ContainsAny(strings.TrimSpace(c)[:1], "=+-@|%\t\r") || strings.HasPrefix(strings.TrimSpace(c), "＝") {
					t.Errorf("column %s begins like a formula: %q", columns[i], c)
				}
			}
		}
		// Where the comma is the decimal one, a spreadsheet splits at semicolons, and quotation marks count at the begin of a cell alone.
		for c := range strings.SplitSeq(strings.ReplaceAll(out, "\n", ";"), ";") {
			if c = strings.TrimLeft(c, ` "`); c != "" && strings.ContainsAny(c[:1], "=+-@|%\t\r") || strings.HasPrefix(c, "＝") {
				t.Errorf("split at semicolons, a cell begins like a formula: %q", c)
			}
		}
	})
}

// TestLedger_an_export_goes_on_where_it_ended.
func TestLedger_an_export_goes_on_where_it_ended(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.act(20)
		var out bytes.Buffer
		var at id.Entry
		for range 4 {
			var err error
			if at, err = w.Export(t.Context(), &out, w.acme, store.AuditFilter{Action: "group."}, at, JSONL, 3); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(out.String(), "\n"); n != 10 || !at.IsZero() {
			t.Errorf("%d lines, and on from %v", n, at)
		}
	})
}
