module prokura/bench

go 1.26.0

replace prokura => ../

require (
	github.com/cedar-policy/cedar-go v1.2.6
	github.com/go-chi/chi/v5 v5.3.1
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875
	golang.org/x/sys v0.49.0
	modernc.org/sqlite v1.60.1
	prokura v0.0.0
)

require golang.org/x/exp v0.0.0-20220921023135-46d9e7742f1e // indirect
