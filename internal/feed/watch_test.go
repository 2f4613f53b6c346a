package feed_test

import "testing"

func TestWatch_is_signalled_by_changes_of_its_record_alone(t *testing.T) {
	db := newDatabase()
	a, b := db.node(), db.node()
	ma, _ := memory(t, a), memory(t, b)
	sync1(t, ma)
	changed := ma.Watch("keys")
	signalled := func() bool {
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
	a.commit(map[string]string{"app 1": "one"})
	if signalled() {
		t.Error("signalled by another record")
	}
	a.commit(map[string]string{"keys": "one"})
	a.commit(map[string]string{"keys": "two"})
	if !signalled() || signalled() {
		t.Error("two changes of this node: want one signal")
	}
	b.commit(map[string]string{"keys": "three"})
	if signalled() {
		t.Error("signalled by a change that was not read yet")
	}
	sync1(t, ma)
	if !signalled() {
		t.Error("not signalled by another node's change")
	}
}
