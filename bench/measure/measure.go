// Package measure turns samples into figures that hold on a noisy machine: medians of many short slices that alternate
// between the contenders, so that whatever else runs disturbs all of them alike.
package measure

import (
	"math"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Figure is a median with the 95 % confidence interval of it.
type Figure struct{ Median, Low, High float64 }

// Of is the figure of samples. The interval is that of order statistics: the ranks between which the median of whatever
// the samples are drawn from lies in 95 of 100 cases, without assuming a distribution.
func Of(samples []float64) Figure {
	s := slices.Sorted(slices.Values(samples))
	n := len(s)
	if n == 0 {
		return Figure{math.NaN(), math.NaN(), math.NaN()}
	}
	half := 1.96 * math.Sqrt(float64(n)) / 2
	low := max(0, int(math.Floor(float64(n)/2-half)))
	high := min(n-1, int(math.Ceil(float64(n)/2+half)))
	return Figure{(s[(n-1)/2] + s[n/2]) / 2, s[low], s[high]}
}

// Ratios divides samples pair by pair.
func Ratios(above, below []float64) []float64 {
	out := make([]float64, len(above))
	for i := range above {
		out[i] = above[i] / below[i]
	}
	return out
}

// Interleave times contenders in rounds. Each is called in each round to do n operations, every second round in reverse
// order. It answers nanoseconds an operation, for each contender a sample for each round. They are nanoseconds in which
// this thread had the processor, so that waiting for others who want it too does not count.
func Interleave(rounds, n int, contenders ...func(n int)) [][]float64 {
	out := make([][]float64, len(contenders))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, c := range contenders {
		c(n) // warm
	}
	for r := range rounds {
		for i := range contenders {
			if r%2 == 1 {
				i = len(contenders) - 1 - i
			}
			start := thread()
			contenders[i](n)
			out[i] = append(out[i], float64(thread()-start)/float64(n))
		}
	}
	return out
}

// thread is the time for which this thread has computed, in nanoseconds.
func thread() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err) // every Linux has this clock
	}
	return t.Nano()
}

// Processor is the time that this process has computed for. Unlike the clock it does not see what else the machine does.
func Processor() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
