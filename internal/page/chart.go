package page

import "time"

// Bar is one bar of a chart, with a word and a figure beside it.
type Bar struct {
	Label   string
	Note    string // smaller, after the label; such as a code
	Count   int
	Href    string // what the bar stands for; empty: no link
	Meaning string // "allowed", "waiting", "refused" or "neutral"
}

// Bars is a chart of horizontal bars. Every figure stands in it as text, so that nothing is told by its length alone.
type Bars struct {
	Title string
	Bars  []Bar
}

// barWidth is the length of the longest bar in the chart's own units.
const barWidth = 1000

// Width is the length of a bar; what counts at all can be seen.
func (b Bars) Width(i int) int {
	most := 1
	for _, x := range b.Bars {
		most = max(most, x.Count)
	}
	n := b.Bars[i].Count
	if n <= 0 {
		return 0
	}
	return max(n*barWidth/most, 8)
}

// Cell is one step of a row over time.
type Cell struct {
	From  time.Time
	Count int
}

// Heat is a row of cells, one for each day or week, shaded by its count.
type Heat struct {
	Label string
	Note  string // smaller, after the label; such as a scope's name
	Cells []Cell
	Most  int // of all rows that it is compared with; zero: of its own cells
}

// heatSize is the side of a cell with the gap after it, in pixels.
const heatSize = 14

// Left is where a cell begins.
func (h Heat) Left(i int) int { return i * heatSize }

// Width is that of the row.
func (h Heat) Width() int { return len(h.Cells) * heatSize }

// Total is the sum of the cells.
func (h Heat) Total() int {
	n := 0
	for _, c := range h.Cells {
		n += c.Count
	}
	return n
}

// Shade is how dark a cell is, from 0 for none to 4 for the most there was.
func (h Heat) Shade(i int) int {
	most := h.Most
	for _, c := range h.Cells {
		most = max(most, c.Count)
	}
	if h.Cells[i].Count <= 0 || most == 0 {
		return 0
	}
	return 1 + min(3, h.Cells[i].Count*4/(most+1))
}

// Column is one step of a chart over time: what succeeded and what was refused.
type Column struct {
	From        time.Time
	Good, Bad   int
	GoodTop     int // where the part begins, in the chart's own units
	BadTop      int
	GoodHeight  int
	BadHeight   int
	Left, Width int
}

// Columns is a chart of stacked columns over time. The same figures stand in a table below it.
type Columns struct {
	Title     string
	Good, Bad string // words for the parts; without a word for the bad there is but one
	Most      int
	Columns   []Column
}

// First is the beginning of the first step.
func (c Columns) First() time.Time { return c.Columns[0].From }

// Last is the beginning of the last step.
func (c Columns) Last() time.Time { return c.Columns[len(c.Columns)-1].From }

const (
	columnHeight = 120
	columnsWidth = 720
)

// NewColumns lays a chart out.
func NewColumns(title, good, bad string, columns []Column) Columns {
	c := Columns{Title: title, Good: good, Bad: bad, Columns: columns}
	for _, x := range columns {
		c.Most = max(c.Most, x.Good+x.Bad)
	}
	for i := range columns {
		x := &columns[i]
		step := columnsWidth / len(columns)
		x.Left, x.Width = i*step, max(step-3, 1)
		if c.Most > 0 {
			x.GoodHeight = seen(x.Good, x.Good*columnHeight/c.Most)
			x.BadHeight = seen(x.Bad, x.Bad*columnHeight/c.Most)
		}
		x.GoodTop = columnHeight - x.GoodHeight
		x.BadTop = x.GoodTop - x.BadHeight
	}
	return c
}

// seen is a height that can be seen, where there is something to see.
func seen(n, height int) int {
	if n > 0 {
		return max(height, 3)
	}
	return 0
}

// Series is one row of a chart of rows over time: a word, and a count for each day.
type Series struct {
	Label  string
	Note   string // smaller, after the label; such as a code
	Counts []int
}

// Total is the sum of the days.
func (s Series) Total() int {
	n := 0
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// Multiples is a chart of rows over the same days, all drawn to one scale, so that they can be compared. The same figures
// stand in a table below it.
type Multiples struct {
	Title string
	What  string // word for what the rows are
	Days  []time.Time
	Rows  []Series
}

const rowHeight = 32

// Rect is one step of a row, as it is drawn.
type Rect struct {
	Day           time.Time
	Count         int
	Left, Top     int
	Width, Height int
}

// Rects are the steps of a row that have something to show.
func (m Multiples) Rects(row int) []Rect {
	most := 1
	for _, r := range m.Rows {
		for _, n := range r.Counts {
			most = max(most, n)
		}
	}
	var out []Rect
	step := columnsWidth / len(m.Days)
	for i, n := range m.Rows[row].Counts {
		if n > 0 {
			h := seen(n, n*rowHeight/most)
			out = append(out, Rect{m.Days[i], n, i * step, rowHeight - h, max(step-3, 1), h})
		}
	}
	return out
}

// First is the first day.
func (m Multiples) First() time.Time { return m.Days[0] }

// Last is the last day.
func (m Multiples) Last() time.Time { return m.Days[len(m.Days)-1] }

// Matrix says who can do what: scopes down, roles across.
type Matrix struct {
	Columns []string
	Rows    []MatrixRow
}

// MatrixRow is one scope.
type MatrixRow struct {
	ScopeRow
	Cells []MatrixCell
}

// MatrixCell is how many methods of a scope a role can call.
type MatrixCell struct{ Can, Of int }

// All says whether it is every method.
func (c MatrixCell) All() bool { return c.Can == c.Of }
