package feed_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"prokura/internal/clock"
	"prokura/internal/feed"
	"prokura/internal/mark"
)

// The interleavings of issuing and revoking, all of them. Everybody stops before each step that another could come
// between: reading the number, reading a fact and having its answer, the commit, the moment between a commit and its
// own node hearing of it, each question of a reader. The stage lets one go on at a time and tries every order.

// stage is one order of steps.
type stage struct {
	t       *testing.T
	choices []int // which of those who wait goes on, at each fork
	widths  []int // how many waited there
	at      int
	trace   []string

	mu      sync.Mutex
	waiting []*waiter
	each    func() // looked at after every step
}

type waiter struct {
	at  string
	go_ chan struct{}
}

// pause waits until it is this one's turn.
func (s *stage) pause(at string) {
	w := &waiter{at, make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()
	<-w.go_
}

// enter lets somebody play up to their first pause. What comes before it must be of no effect on others.
func (s *stage) enter(name string, play func(pause func(string))) {
	go play(func(at string) { s.pause(name + ": " + at) })
	synctest.Wait()
}

// play gives turns until nobody waits any more.
func (s *stage) play() {
	for {
		synctest.Wait()
		if s.each != nil {
			s.each()
		}
		if len(s.waiting) == 0 {
			return
		}
		slices.SortStableFunc(s.waiting, func(a, b *waiter) int { return cmp.Compare(a.at, b.at) })
		next := s.choose(len(s.waiting))
		w := s.waiting[next]
		s.waiting = slices.Delete(s.waiting, next, next+1)
		s.trace = append(s.trace, w.at)
		close(w.go_)
	}
}

func (s *stage) choose(width int) int {
	if width == 1 {
		return 0
	}
	if s.at == len(s.choices) {
		s.choices, s.widths = append(s.choices, 0), append(s.widths, width)
	}
	s.at++
	return s.choices[s.at-1]
}

func (s *stage) errorf(format string, args ...any) {
	s.t.Errorf("%s\nin this order:\n  %s", fmt.Sprintf(format, args...), strings.Join(s.trace, "\n  "))
}

// everyOrder plays a piece in every order of its steps.
func everyOrder(t *testing.T, piece func(*stage)) {
	t.Helper()
	var choices, widths []int
	for n := 1; ; n++ {
		s := &stage{choices: choices, widths: widths}
		synctest.Test(t, func(t *testing.T) {
			s.t = t
			piece(s)
		})
		if t.Failed() {
			return
		}
		for len(s.choices) > 0 && s.choices[len(s.choices)-1] == s.widths[len(s.choices)-1]-1 {
			s.choices, s.widths = s.choices[:len(s.choices)-1], s.widths[:len(s.widths)-1]
		}
		if len(s.choices) == 0 {
			t.Logf("%d orders", n)
			return
		}
		s.choices[len(s.choices)-1]++
		choices, widths = s.choices, s.widths
	}
}

// office is one node: its memory and the records that it holds.
type office struct {
	*node
	name   string
	memory *feed.Memory
	facts  *feed.Cache[string, string]
}

// issued is a token: what it rests on, the number it carries, and the value of the fact that it was decided on.
type issued struct {
	subject mark.Subject
	at      mark.Number
	fact    string
}

// company is a database with two nodes.
type company struct {
	*stage
	db     *database
	a, b   *office
	tokens []issued
}

func newCompany(s *stage) *company {
	c := &company{stage: s, db: newDatabase()}
	open := func(name string) *office {
		o := &office{node: c.db.node(), name: name}
		o.memory = feed.New(feed.Config{Store: o.node, Clock: clock.System{}, Log: quiet(s.t)})
		o.facts = feed.NewCache(o.memory, 10, named)
		return o
	}
	c.a, c.b = open("a"), open("b")
	return c
}

// begin writes what is there from the start, and lets both nodes know.
func (c *company) begin(facts map[string]string, warm bool) {
	c.a.commit(facts)
	for _, o := range []*office{c.a, c.b} {
		sync1(c.t, o.memory)
		for name := range facts {
			if warm {
				o.facts.Get(context.Background(), name, o.fact(name))
			}
		}
	}
	c.db.pause = c.stage.pause
}

// issue makes a token as access does: the number first, then the facts, from memory; and in the database while the own
// marks are not reached.
func (c *company) issue(o *office, pause func(string)) {
	pause("comes")
	at, memory := o.memory.Head(), o.memory.CaughtUp()
	pause("has the number")
	if !memory {
		at, _ = o.Head(context.Background())
	}
	load := o.fact("x")
	var fact string
	var err error
	if memory {
		fact, err = o.facts.Get(context.Background(), "x", load)
	} else {
		fact, err = load(context.Background())
	}
	if err == nil && fact != "revoked" {
		c.tokens = append(c.tokens, issued{rests[fact], at, fact})
	}
}

// rests is what a token rests on for each value of the fact.
var rests = map[string]mark.Subject{"first": x1, "second": x2, "administrator": user, "ordinary": user}

// deadFrom holds tokens that were decided on the fact as it was before the mark to be void, wherever the mark is known;
// and those that carry its number or more to be decided on what came with it.
func (c *company) deadFrom(at mark.Number, by *office, before string) {
	for _, token := range c.tokens {
		if token.fact == before && !token.at.Before(at) {
			c.errorf("a token decided on %q carries %v, though that ended at %v", token.fact, token.at, at)
		}
		for _, o := range []*office{c.a, c.b} {
			knows := o == by || !o.memory.Head().Before(at)
			if void := o.memory.Judge(&token.subject, token.at).Void; knows && token.fact == before && !void {
				c.errorf("node %s knows the mark %v, and a token of before, made at %v, lives", o.name, at, token.at)
			} else if void && !token.at.Before(at) {
				c.errorf("node %s holds a token void that was made at %v, not before the mark %v", o.name, token.at, at)
			}
		}
	}
}

// close lets both nodes hear of everything.
func (c *company) close() {
	c.db.pause = nil
	sync1(c.t, c.a.memory)
	sync1(c.t, c.b.memory)
	c.each()
}

// deliver lets a node hear what was committed, one question after the other.
func deliver(o *office) func(func(string)) {
	return func(func(string)) { _ = o.memory.Sync(context.Background()) }
}

func TestModel_aTokenDecidedBeforeARevocationDiesOfIt(t *testing.T) {
	for _, where := range []string{"another node", "the same node", "another node and swept"} {
		for _, warm := range []bool{true, false} {
			t.Run(fmt.Sprintf("revoked on %s, warm %v", where, warm), func(t *testing.T) {
				everyOrder(t, func(s *stage) {
					c := newCompany(s)
					c.begin(map[string]string{"x": "first"}, warm)
					by := c.b
					if where == "the same node" {
						by = c.a
					}
					var revoked mark.Number
					s.each = func() {
						if !revoked.Before(state(1)) {
							c.deadFrom(revoked, by, "first")
						}
					}
					s.enter("issuer", func(pause func(string)) { c.issue(c.a, pause) })
					s.enter("revoker", func(func(string)) {
						revoked = by.commit(map[string]string{"x": "revoked"}, x1)
						if where == "another node and swept" {
							c.db.sweep() // the reader falls behind, and must load everything
						}
					})
					s.enter("delivery", deliver(c.a))
					s.play()
					c.close()
					c.issue(c.a, func(string) {}) // on what memory kept
					c.each()
				})
			})
		}
	}
}

func TestModel_aTokenMadeAfterAuthorizingAgainLives(t *testing.T) {
	everyOrder(t, func(s *stage) {
		c := newCompany(s)
		c.begin(map[string]string{"x": "first"}, true)
		var revoked mark.Number
		s.each = func() {
			if !revoked.Before(state(1)) {
				c.deadFrom(revoked, c.b, "first")
			}
			for _, token := range c.tokens {
				if token.fact == "second" && (c.a.memory.Judge(&token.subject, token.at).Void || c.b.memory.Judge(&token.subject, token.at).Void) {
					c.errorf("a token of the new authorization is void")
				}
			}
		}
		s.enter("issuer", func(pause func(string)) { c.issue(c.a, pause) })
		s.enter("revoker", func(func(string)) {
			revoked = c.b.commit(map[string]string{"x": "revoked"}, x1)
			c.b.commit(map[string]string{"x": "second"})
		})
		s.enter("delivery", deliver(c.a))
		s.play()
		c.close()
		c.tokens = nil
		c.issue(c.a, func(string) {})
		if len(c.tokens) != 1 || c.tokens[0].fact != "second" {
			c.errorf("after everything was heard, %v is issued", c.tokens)
		}
		c.each()
	})
}

func TestModel_aRoleThatIsTakenEndsWhatWasIssuedWithIt(t *testing.T) {
	// The mark names the user and so matches what is issued afterwards as well, if its number were too low.
	everyOrder(t, func(s *stage) {
		c := newCompany(s)
		c.begin(map[string]string{"x": "administrator"}, true)
		c.db.pause = nil
		c.b.commit(map[string]string{"y": "of another"}) // a does not know it: its own marks lie beyond a gap
		c.db.pause = s.pause
		var taken mark.Number
		s.each = func() {
			if !taken.Before(state(1)) {
				c.deadFrom(taken, c.a, "administrator")
			}
		}
		s.enter("taker", func(func(string)) { taken = c.a.commit(map[string]string{"x": "ordinary"}, user) })
		s.enter("issuer", func(pause func(string)) { c.issue(c.a, pause) })
		s.enter("delivery", deliver(c.a))
		s.play()
		c.close()
		c.tokens = nil
		c.issue(c.a, func(string) {})
		if len(c.tokens) != 1 || c.a.memory.Judge(&c.tokens[0].subject, c.tokens[0].at).Void {
			c.errorf("after everything was heard, what is issued is void: %v", c.tokens)
		}
	})
}

func TestModel_whatIsIssuedAfterAnOwnMarkIsNotBornDead(t *testing.T) {
	everyOrder(t, func(s *stage) {
		c := newCompany(s)
		c.begin(map[string]string{"x": "administrator"}, true)
		c.db.pause = nil
		c.b.commit(map[string]string{"y": "of another"}) // a does not know it
		c.db.pause = s.pause
		s.each = func() {}
		s.enter("node a", func(pause func(string)) {
			taken := c.a.commit(map[string]string{"x": "ordinary"}, user)
			c.issue(c.a, pause)
			if token := c.tokens[0]; token.at.Before(taken) || c.a.memory.Judge(&token.subject, token.at).Void {
				c.errorf("issued at %v after the mark %v was answered, and void", token.at, taken)
			}
		})
		s.enter("delivery", deliver(c.a))
		s.play()
		c.close()
	})
}

func TestModel_aNoOfMemoryKnowsWhatCameBeforeTheRequest(t *testing.T) {
	everyOrder(t, func(s *stage) {
		c := newCompany(s)
		c.begin(map[string]string{"x": "revoked"}, true)
		s.each = func() {}
		var allowed bool
		s.enter("administrator", func(func(string)) {
			c.b.commit(map[string]string{"x": "second"})
			allowed = true
		})
		s.enter("another", deliver(c.a)) // a read that began earlier is of no use
		s.enter("request", func(pause func(string)) {
			pause("comes")
			before := allowed
			fact, _ := c.a.facts.Get(context.Background(), "x", c.a.fact("x"))
			if fact == "revoked" {
				pause("is about to say no")
				sync1(s.t, c.a.memory)
				fact, _ = c.a.facts.Get(context.Background(), "x", c.a.fact("x"))
			}
			if before && fact == "revoked" {
				c.errorf("refused, though it was allowed before the request came")
			}
		})
		s.play()
		c.close()
	})
}

func TestModel_findsWhatIsWrong(t *testing.T) {
	// Facts first and the number after them: the model must notice, or it proves nothing.
	wrong := false
	everyOrder(t, func(s *stage) {
		c := newCompany(s)
		c.begin(map[string]string{"x": "first"}, true)
		s.enter("issuer", func(pause func(string)) {
			pause("comes")
			fact, _ := c.a.facts.Get(context.Background(), "x", c.a.fact("x"))
			pause("has the fact")
			c.tokens = append(c.tokens, issued{x1, c.a.memory.Head(), fact})
		})
		s.enter("revoker", func(func(string)) { c.b.commit(map[string]string{"x": "revoked"}, x1) })
		s.enter("delivery", deliver(c.a))
		s.play()
		c.db.pause = nil
		sync1(s.t, c.a.memory)
		token := c.tokens[0]
		wrong = wrong || token.fact == "first" && !c.a.memory.Judge(&token.subject, token.at).Void
	})
	if !wrong {
		t.Error("in no order does a token live that was given a number newer than its facts")
	}
}
