package strictyaml

// Nearest is the candidate that was most likely meant by what was written, or "" when none is near: at most one more
// than a third of the letters may differ, swapped neighbors counting as one difference.
func Nearest(written string, candidates []string) string {
	best, least := "", min(len(written), 60)/3+2
	for _, c := range candidates {
		if len(written) > 60 || len(c) > 60 {
			continue
		}
		if d := distance(written, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbors (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
