package mark

import (
	"bytes"
	"math"
	"slices"
	"sync"
	"time"

	"prokura/internal/id"
)

// signOuts are the marks that name a session and nothing else. They are as many as people sign out in the longest life
// of a session, so each takes 32 bytes: no pointers, no buckets half empty, only sorted lists that a search halves.
// Session ids are random, so that the lists stay of one length, and short enough to insert into.
type signOuts struct {
	lists [1024]struct {
		sync.RWMutex
		epoch uint64    // held: this mutex, as is the list
		list  []signOut // sorted by session, one entry for each
	}
}

type signOut struct {
	session [16]byte
	n       uint64
	until   uint32 // Unix seconds; never: the last
}

const never = math.MaxUint32

// onlySession says whether a mark fits the compact form.
func onlySession(m *Mark) bool {
	return !m.Subject.Session.IsZero() && m.Lost.Len() == 0 && m.Subject == Subject{Session: m.Subject.Session}
}

func which(session [16]byte) int { return int(session[0])<<2 | int(session[1])>>6 }

// begin forgets what is of older epochs.
func (o *signOuts) begin(epoch uint64) {
	for i := range o.lists {
		l := &o.lists[i]
		l.Lock()
		if l.epoch < epoch {
			l.epoch, l.list = epoch, nil
		}
		l.Unlock()
	}
}

// add files marks of one epoch. Many at once, as when a process starts, are appended and sorted; a few are inserted.
func (o *signOuts) add(epoch uint64, marks []Mark) {
	if len(marks) > len(o.lists) {
		o.load(epoch, marks)
		return
	}
	for i := range marks {
		e := compact(&marks[i])
		l := &o.lists[which(e.session)]
		l.Lock()
		if l.epoch == epoch {
			at, found := slices.BinarySearchFunc(l.list, e.session, signOut.compare)
			if found {
				l.list[at].raise(e)
			} else {
				l.list = slices.Insert(roomier(l.list), at, e)
			}
		}
		l.Unlock()
	}
}

// roomier makes room for one more. It grows by an eighth, not by doubling as append does: the room would be empty for
// most of the time, a thousand times over.
func roomier(list []signOut) []signOut {
	if len(list) < cap(list) {
		return list
	}
	return append(make([]signOut, 0, len(list)+len(list)/8+2), list...)
}

func (o *signOuts) load(epoch uint64, marks []Mark) {
	var sorted [len(o.lists)][]signOut
	for i := range marks {
		e := compact(&marks[i])
		w := which(e.session)
		sorted[w] = append(sorted[w], e)
	}
	for i, more := range sorted {
		if len(more) == 0 {
			continue
		}
		l := &o.lists[i]
		l.Lock()
		if l.epoch == epoch {
			more = append(more, l.list...)
			slices.SortFunc(more, func(a, b signOut) int { return a.compare(b.session) })
			merged := more[:1]
			for _, e := range more[1:] {
				if last := &merged[len(merged)-1]; last.session == e.session {
					last.raise(e)
				} else {
					merged = append(merged, e)
				}
			}
			l.list = slices.Clone(merged)
		}
		l.Unlock()
	}
}

// compact is the mark in 32 bytes. Its end is rounded up: a mark may be kept too long, never too short.
func compact(m *Mark) signOut {
	e := signOut{session: m.Subject.Session.Bytes(), n: m.Number.N, until: never}
	if s := m.Until.Unix() + 1; !m.Until.IsZero() && s < never {
		e.until = uint32(max(s, 0))
	}
	return e
}

func (e signOut) compare(session [16]byte) int { return bytes.Compare(e.session[:], session[:]) }

func (e *signOut) raise(f signOut) {
	e.n = max(e.n, f.n)
	e.until = max(e.until, f.until)
}

// void says whether the session was ended after the state that the token was made from.
func (o *signOuts) void(session id.Session, at Number) bool {
	if session.IsZero() {
		return false
	}
	b := session.Bytes()
	l := &o.lists[which(b)]
	l.RLock()
	defer l.RUnlock()
	if len(l.list) == 0 || at.Epoch != l.epoch {
		return false
	}
	i, found := slices.BinarySearchFunc(l.list, b, signOut.compare)
	return found && at.N < l.list[i].n
}

// sweep locks one list after the other, so that no judgment waits for more than one.
func (o *signOuts) sweep(now time.Time) int {
	limit := now.Add(-Kept).Unix()
	dead := func(e signOut) bool { return e.until != never && int64(e.until) < limit }
	n := 0
	for i := range o.lists {
		l := &o.lists[i]
		l.Lock()
		if slices.ContainsFunc(l.list, dead) {
			before := len(l.list)
			l.list = slices.DeleteFunc(l.list, dead)
			n += before - len(l.list)
			// What many sign-outs at once took is given back.
			if cap(l.list) > 2*len(l.list) {
				l.list = slices.Clone(l.list)
			}
		}
		l.Unlock()
	}
	return n
}

func (o *signOuts) len() int {
	n := 0
	for i := range o.lists {
		l := &o.lists[i]
		l.RLock()
		n += len(l.list)
		l.RUnlock()
	}
	return n
}
