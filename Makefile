# What can be done here. `make demo` to see it, `make quick` while writing, `make test` before anything lands.

LISTEN ?= 127.0.0.1:8080

.DEFAULT_GOAL := build
.PHONY: build demo test quick bench fuzz attacks generate reproducible clean

build: ## the binary, in bin/
	CGO_ENABLED=0 go build -trimpath -o bin/prokura ./cmd/prokura

demo: ## a server with a world to try, on SQLite; DATA=DIR keeps it
	go build -o bin/demo ./examples/demo
	@bin/demo -listen $(LISTEN) $(if $(DATA),-data $(DATA))

test: ## install what is missing, then every check; the same as CI
	scripts/install.sh
	scripts/test.sh

quick: ## the checks to run while writing
	scripts/quick.sh

bench: ## the figures of docs/performance.md, measured beside what they are compared with
	scripts/bench.sh

fuzz: ## look for new inputs that break a parser; FUZZTIME=1h for a quiet evening
	scripts/fuzz.sh

attacks: ## which numbers of docs/attacks.md have a test
	scripts/attacks.sh

generate: ## the files that are made from others
	go generate ./...

reproducible: ## two clean builds, compared byte for byte
	scripts/reproducible.sh

clean: ## what was built
	rm -rf bin
