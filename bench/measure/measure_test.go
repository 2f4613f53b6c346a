package measure

import "testing"

func TestOf_the_median_and_its_interval(t *testing.T) {
	var samples []float64
	for i := 100; i >= 1; i-- {
		samples = append(samples, float64(i))
	}
	if got, want := Of(samples), (Figure{50.5, 41, 61}); got != want {
		t.Errorf("of 1 to 100: %v, want %v", got, want)
	}
	if got, want := Of([]float64{7}), (Figure{7, 7, 7}); got != want {
		t.Errorf("of a single sample: %v, want %v", got, want)
	}
}

func TestRatios_pair_by_pair(t *testing.T) {
	got := Ratios([]float64{1, 4}, []float64{2, 2})
	if got[0] != 0.5 || got[1] != 2 {
		t.Errorf("got %v", got)
	}
}
