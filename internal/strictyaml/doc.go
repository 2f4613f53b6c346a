// Package strictyaml reads YAML into structs and lets nothing pass silently.
//
//   - Every problem of a document is reported at once, with line, column and the nearest known key.
//   - A key that the struct lacks, a key written twice, a value of another kind, a key without value: each is a problem.
//   - Anchors, aliases, merge keys and tags are refused: they let a document grow without bound and hide what is set.
//   - Where each value stands is remembered, so that later checks can point at it (see [Document.Blame]).
//
// It is the only package that knows which YAML library we use.
package strictyaml
