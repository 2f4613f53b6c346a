package mark_test

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// nth is an identifier of any kind that a test can tell apart; the zeroth is none.
func nth[T interface{ From([16]byte) T }](n uint64) T {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], n*0x9e3779b97f4a7c15) // spread as random ids are
	binary.BigEndian.PutUint64(b[8:], n)
	var zero T
	return zero.From(b)
}

func state(n uint64) mark.Number { return mark.Number{Epoch: 1, N: n} }

func scopes(names ...string) scope.Set {
	s, err := scope.ParseSet(names)
	if err != nil {
		panic(err)
	}
	return s
}

// naive is the whole meaning of a set of marks: all of them are looked at.
type naive []mark.Mark

func (l naive) judge(token *mark.Subject, at mark.Number) mark.Judgment {
	var j mark.Judgment
	for _, m := range l {
		switch {
		case at.Epoch < m.Number.Epoch:
			j.Void = true
		case !at.Before(m.Number) || !m.Subject.Covers(token):
		case m.Lost.Len() == 0:
			j.Void = true
		default:
			j.Lost = j.Lost.Union(m.Lost)
		}
	}
	if j.Void {
		j.Lost = scope.Set{}
	}
	return j
}

func TestSet_judgesAsTheNaiveListDoes(t *testing.T) {
	few := func(t *rapid.T, label string) uint64 { return rapid.Uint64Range(0, 2).Draw(t, label) }
	subject := rapid.Custom(func(t *rapid.T) mark.Subject {
		return mark.Subject{
			Tenant: nth[id.Tenant](few(t, "tenant")), Client: nth[id.Client](few(t, "client")),
			Authorization: nth[id.Authorization](few(t, "authorization")), Grant: nth[id.Grant](few(t, "grant")),
			User: nth[id.User](few(t, "user")), Session: nth[id.Session](few(t, "session")),
			Secret: nth[id.Secret](few(t, "secret")), Key: nth[id.Key](few(t, "key")),
			Plan: rapid.SampledFrom([]string{"", "starter", "enterprise"}).Draw(t, "plan"),
		}
	})
	// A mark names a few of the ids of one token.
	narrowed := func(t *rapid.T) mark.Subject {
		whole := subject.Draw(t, "of")
		var s mark.Subject
		for range rapid.IntRange(0, 3).Draw(t, "ids") {
			switch rapid.IntRange(0, 8).Draw(t, "id") {
			case 0:
				s.Tenant = whole.Tenant
			case 1:
				s.Client = whole.Client
			case 2:
				s.Authorization = whole.Authorization
			case 3:
				s.Grant = whole.Grant
			case 4:
				s.User = whole.User
			case 5:
				s.Session = whole.Session
			case 6:
				s.Secret = whole.Secret
			case 7:
				s.Key = whole.Key
			case 8:
				s.Plan = whole.Plan
			}
		}
		return s
	}
	number := rapid.Custom(func(t *rapid.T) mark.Number {
		return mark.Number{Epoch: rapid.SampledFrom([]uint64{1, 1, 1, 1, 2}).Draw(t, "epoch"), N: rapid.Uint64Range(0, 9).Draw(t, "n")}
	})
	rapid.Check(t, func(t *rapid.T) {
		set, list := mark.NewSet(), naive(nil)
		for range rapid.IntRange(0, 12).Draw(t, "marks") {
			m := mark.Mark{
				Number: number.Draw(t, "number"), Subject: narrowed(t), Until: noon,
				Lost: scopes(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 2).Draw(t, "lost")...),
			}
			list = append(list, m)
			if rapid.Bool().Draw(t, "twice") {
				set.Add(m, m)
			} else {
				set.Add(m)
			}
		}
		for range 20 {
			token, at := subject.Draw(t, "token"), number.Draw(t, "at")
			got, want := set.Judge(&token, at), list.judge(&token, at)
			if got.Void != want.Void || !got.Lost.Equal(want.Lost) {
				t.Fatalf("Judge(%+v, %v) = %v, want %v, of %+v", token, at, got, want, list)
			}
		}
	})
}

func TestSet_knowsManySessionsWhetherLoadedOrAdded(t *testing.T) {
	const n = 5000
	marks := make([]mark.Mark, n)
	for i := range marks {
		marks[i] = mark.Mark{Number: state(uint64(i) + 1), Subject: mark.Subject{Session: nth[id.Session](uint64(i) + 1)}, Until: noon}
	}
	loaded, added := mark.NewSet(), mark.NewSet()
	loaded.Add(append(slices.Clone(marks), marks[:100]...)...)
	for _, m := range marks {
		added.Add(m)
	}
	for name, set := range map[string]*mark.Set{"loaded": loaded, "added": added} {
		if got := set.Len(); got != n {
			t.Errorf("%s: %d marks, want %d", name, got, n)
		}
		for i := range uint64(n + 100) {
			token := mark.Subject{Session: nth[id.Session](i + 1)}
			if got, want := set.Judge(&token, state(i)).Void, i < n; got != want {
				t.Fatalf("%s: session %d made just before its mark: void = %v, want %v", name, i+1, got, want)
			}
			if set.Judge(&token, state(i+1)).Void {
				t.Fatalf("%s: session %d made at its mark is void", name, i+1)
			}
		}
	}
}

func TestSet_aNewEpochVoidsWhatIsOlder(t *testing.T) {
	set := mark.NewSet()
	user := mark.Subject{User: nth[id.User](1), Session: nth[id.Session](1)}
	set.Add(mark.Mark{Number: state(7), Subject: mark.Subject{User: user.User}},
		mark.Mark{Number: state(8), Subject: mark.Subject{Session: user.Session}})
	before := set.Generation()
	set.Begin(2)
	if set.Generation() == before {
		t.Error("the generation stands still though older tokens died")
	}
	if !set.Judge(&mark.Subject{User: nth[id.User](2)}, state(99)).Void {
		t.Error("a token of the older epoch lives")
	}
	if set.Judge(&user, mark.Number{Epoch: 2, N: 1}).Void {
		t.Error("a token of the new epoch is void by marks of the older one")
	}
	if got := set.Len(); got != 0 {
		t.Errorf("%d marks of the older epoch are kept", got)
	}
	set.Add(mark.Mark{Number: state(100), Subject: mark.Subject{Session: user.Session}}) // late, of the older epoch
	if set.Judge(&user, mark.Number{Epoch: 2, N: 1}).Void {
		t.Error("a late mark of the older epoch voids a token of the new one")
	}
}

func TestSet_sweepsAnHourAfterTheLastToken(t *testing.T) {
	set := mark.NewSet()
	forever := mark.Subject{Client: nth[id.Client](9)}
	set.Add(
		mark.Mark{Number: state(1), Subject: mark.Subject{User: nth[id.User](1)}, Until: noon},
		mark.Mark{Number: state(2), Subject: mark.Subject{Plan: "starter"}, Lost: scopes("a"), Until: noon},
		mark.Mark{Number: state(3), Subject: mark.Subject{Session: nth[id.Session](1)}, Until: noon},
		mark.Mark{Number: state(4), Subject: forever},
		mark.Mark{Number: state(5), Subject: mark.Subject{Session: nth[id.Session](2)}},
	)
	if got := set.Sweep(noon.Add(mark.Kept)); got != 0 {
		t.Errorf("%d marks are swept within the hour", got)
	}
	if got := set.Sweep(noon.Add(mark.Kept + 2*time.Second)); got != 3 {
		t.Errorf("%d marks are swept after the hour, want 3", got)
	}
	if got := set.Len(); got != 2 {
		t.Errorf("%d marks are left, want the 2 without an end", got)
	}
	if !set.Judge(&forever, state(3)).Void {
		t.Error("a mark without an end was swept")
	}
}

func TestSet_aSwitchTurnedOnAndOffCostsOneEntry(t *testing.T) {
	set := mark.NewSet()
	subject := mark.Subject{Authorization: nth[id.Authorization](1)}
	for n := range uint64(1000) {
		set.Add(mark.Mark{Number: state(n), Subject: subject, Lost: scopes("a"), Until: noon})
	}
	if got := set.Len(); got != 1 {
		t.Errorf("%d entries, want 1", got)
	}
	if got := set.Judge(&subject, state(998)).Lost.String(); got != "a" {
		t.Errorf("lost %q, want a", got)
	}
}

func TestSet_judgesWithoutAllocation(t *testing.T) {
	set, token := crowd(10_000)
	if got := testing.AllocsPerRun(100, func() { set.Judge(&token, state(20_000)) }); got != 0 {
		t.Errorf("%v allocations for a token that lives, want 0", got)
	}
	set.Add(mark.Mark{Number: state(30_000), Subject: mark.Subject{Tenant: token.Tenant}, Lost: scopes("a")})
	if got := testing.AllocsPerRun(100, func() { set.Judge(&token, state(20_000)) }); got != 0 {
		t.Errorf("%v allocations for a token that loses a scope, want 0", got)
	}
}

func TestSet_isUsedByManyAtOnce(t *testing.T) {
	set := mark.NewSet()
	var all sync.WaitGroup
	for w := range uint64(4) {
		all.Go(func() {
			for i := range uint64(300) {
				user := mark.Subject{User: nth[id.User](w*1000 + i + 1)}
				session := mark.Subject{Session: nth[id.Session](w*1000 + i + 1)}
				set.Add(mark.Mark{Number: state(2), Subject: user}, mark.Mark{Number: state(2), Subject: session})
				generation := set.Generation()
				if !set.Judge(&user, state(1)).Void || !set.Judge(&session, state(1)).Void {
					t.Errorf("a mark is unknown after Add returned, at generation %d", generation)
				}
				if i%100 == 0 {
					set.Sweep(noon)
				}
			}
		})
	}
	all.Wait()
	if got := set.Len(); got != 2400 {
		t.Errorf("%d marks, want 2400", got)
	}
}

// crowd is a set with n marks of each common kind, and a token that none of them touches.
func crowd(n uint64) (*mark.Set, mark.Subject) {
	set := mark.NewSet()
	marks := make([]mark.Mark, 0, 4*n)
	for i := range n {
		at := state(i + 1)
		marks = append(marks,
			mark.Mark{Number: at, Subject: mark.Subject{Session: nth[id.Session](i + 1)}, Until: noon},
			mark.Mark{Number: at, Subject: mark.Subject{User: nth[id.User](i + 1)}, Until: noon},
			mark.Mark{Number: at, Subject: mark.Subject{Authorization: nth[id.Authorization](i + 1)}, Until: noon},
			mark.Mark{Number: at, Subject: mark.Subject{Tenant: nth[id.Tenant](i + 1)}, Lost: scopes("z"), Until: noon})
	}
	set.Add(marks...)
	return set, mark.Subject{
		Tenant: nth[id.Tenant](n + 1), Client: nth[id.Client](n + 1), Authorization: nth[id.Authorization](n + 1),
		User: nth[id.User](n + 1), Session: nth[id.Session](n + 1), Secret: nth[id.Secret](n + 1), Key: nth[id.Key](n + 1),
		Plan: "enterprise",
	}
}

func BenchmarkJudge(b *testing.B) {
	set, token := crowd(100_000)
	b.ReportAllocs()
	for b.Loop() {
		set.Judge(&token, state(200_000))
	}
}

// BenchmarkSignOuts measures the memory of a sign-out: 240-minute sessions that end at 100 a second leave 1.44 million.
func BenchmarkSignOuts(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		before := heap()
		set := mark.NewSet()
		b.StartTimer()
		const n = 1_440_000
		for i := range uint64(n) {
			set.Add(mark.Mark{Number: state(i + 1), Subject: mark.Subject{Session: nth[id.Session](i + 1)}, Until: noon})
		}
		b.StopTimer()
		b.ReportMetric(float64(heap()-before)/n, "B/mark")
		token := mark.Subject{Session: nth[id.Session](n / 2)}
		if !set.Judge(&token, state(1)).Void {
			b.Fatal("a signed out session lives")
		}
		b.StartTimer()
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
