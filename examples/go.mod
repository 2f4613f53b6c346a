module prokura/examples

go 1.26.0

require github.com/go-jose/go-jose/v4 v4.1.8

replace prokura => ../

require prokura v0.0.0
