package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestChoosePlans(t *testing.T) {
	plans := []Plan{{"starter", []string{"forms"}}, {"marketing", []string{"forms", "workflows"}}, {"sales", []string{"forecast"}},
		{"service", []string{"surveys", "forecast"}}, {"suite", []string{"forms", "workflows", "surveys"}}}
	for _, c := range []struct {
		missing, want string
		together      bool
	}{
		{"", "", false},
		{"forms", "starter marketing suite", false},
		{"forms workflows", "marketing suite", false},
		{"workflows forecast", "marketing sales", true},
		{"workflows forecast surveys", "marketing service", true},
		{"nobody", "", false},
		{"forms nobody", "", false},
	} {
		got, together := choosePlans(plans, strings.Fields(c.missing))
		if strings.Join(got, " ") != c.want || together != c.together {
			t.Errorf("%s: %v, %v", c.missing, got, together)
		}
	}
}

// TestChoosePlans_finds_the_fewest tries every choice.
func TestChoosePlans_finds_the_fewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := []string{"a", "b", "c", "d", "e"}
		var plans []Plan
		for i := range rapid.IntRange(0, 7).Draw(t, "plans") {
			plans = append(plans, Plan{fmt.Sprint("p", i), rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 3, rapid.ID).Draw(t, "holds")})
		}
		missing := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 5, rapid.ID).Draw(t, "missing")
		covers := func(chosen int) bool {
			for _, e := range missing {
				if !slices.ContainsFunc(plans, func(p Plan) bool {
					return chosen&(1<<slices.IndexFunc(plans, func(o Plan) bool { return o.ID == p.ID })) != 0 && slices.Contains(p.Entitlements, e)
				}) {
					return false
				}
			}
			return true
		}
		size := func(n int) (c int) {
			for ; n > 0; n &= n - 1 {
				c++
			}
			return c
		}
		fewest, single := 99, []string(nil)
		for n := range 1 << len(plans) {
			if covers(n) {
				fewest = min(fewest, size(n))
			}
		}
		for i, p := range plans {
			if covers(1 << i) {
				single = append(single, p.ID)
			}
		}
		got, together := choosePlans(plans, missing)
		switch {
		case fewest == 99 && (len(got) > 0 || together), fewest == 1 && (together || !slices.Equal(got, single)), fewest > 1 && fewest < 99 && (!together || len(got) != fewest):
			t.Fatalf("%v for %v, together %v; fewest %d, single %v", got, missing, together, fewest, single)
		}
		if together {
			chosen := 0
			for i, p := range plans {
				if slices.Contains(got, p.ID) {
					chosen |= 1 << i
				}
			}
			if !covers(chosen) {
				t.Fatalf("%v do not hold %v", got, missing)
			}
		}
	})
}

// A catalog made to be hard, or a list of lacks beyond the search, costs no more than it may.
func TestChoosePlans_is_bounded(t *testing.T) {
	var plans []Plan
	var missing []string
	for i := range 300 {
		missing = append(missing, fmt.Sprint("e", i))
		plans = append(plans, Plan{fmt.Sprint("p", i), []string{fmt.Sprint("e", i), fmt.Sprint("e", (i+7)%300)}})
	}
	for _, n := range []int{40, 300} {
		done := make(chan []string, 1)
		go func() { got, _ := choosePlans(plans, missing[:n]); done <- got }()
		select {
		case got := <-done:
			if len(got) < n/2 {
				t.Errorf("%d plans for %d lacks", len(got), n)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%d lacks take too long", n)
		}
	}
}
