package catalog_test

import (
	"fmt"
	"strings"
)

// small is a catalog with one GET method for each path, named m1, m2, … Its parameters are x (text), n (number), v
// (version), e (enum of one and two).
func small(paths ...string) string {
	var b strings.Builder
	b.WriteString(smallHead)
	for i, p := range paths {
		fmt.Fprintf(&b, "  - id: m%d\n    category: things\n    verb: GET\n    path: %s\n    needs: t:read\n    tenant: token\n"+
			"    title: {en: T, de: T}\n    description: {en: D, de: D}\n", i+1, p)
	}
	return b.String()
}

const smallHead = `catalog: small
title: {en: Small, de: Klein}
trailing_slash: allow
parameters:
  x: text
  n: number
  v: {type: version, from: 1.0, to: 3.9}
  e: {type: enum, values: [one, two]}
categories:
  - id: things
    title: {en: Things, de: Dinge}
scopes:
  - name: t:read
    type: individual
    title: {en: Read, de: Lesen}
    description: {en: Reads., de: Liest.}
methods:
`
