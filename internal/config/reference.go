package config

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Reference writes a configuration file with every key, its meaning and its default. Keys without default are commented
// out and show a sample value. What it writes is itself a valid configuration, that of [Default].
func Reference(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Every key of prokura.yaml, with its default. A line that is commented out has none and shows a sample.\n" +
		"# In the environment, PROKURA_ and the key in capitals overrides a key that is not in a list: PROKURA_LOG_LEVEL\n" +
		"# is log.level. A list is separated by commas there.\n")
	reference(&b, reflect.ValueOf(Default()), reflect.ValueOf(sample()), "", false)
	_, err := io.WriteString(w, b.String())
	return err
}

// sample holds what the reference shows for keys that have no default. Its host names are refused when they are left
// as they are.
func sample() Config {
	c := Default()
	c.TLS = TLS{Certificate: "tls/chain.pem", Key: "tls/key.pem"}
	c.Issuer = "https://prokura.example.com"
	c.Contact = "support@example.com"
	c.Hosts = []string{"prokura.example.com"}
	c.Storage.URLFile = "postgres.url"
	c.Catalogs = []Catalog{{Name: "inventory", File: "inventory.yaml"}}
	c.Routes = []Route{{
		Prefix: "/api", Catalog: "analytics", Dialect: "tableau", Upstream: "http://analytics.example.com:9000",
		Audience: "analytics", Timeouts: defaultTimeouts,
		RequestHeaders: []string{"X-Trace-Id"}, ResponseHeaders: []string{"X-Trace-Id"},
	}}
	return c
}

func reference(b *strings.Builder, v, samples reflect.Value, indent string, off bool) {
	t := v.Type()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		value, off := v.Field(i), off
		if indent == "" {
			b.WriteString("\n")
		}
		for line := range strings.SplitSeq(comments[t.Name()+"."+t.Field(i).Name], "\n") {
			b.WriteString(indent + "# " + line + "\n")
		}
		isStruct := value.Kind() == reflect.Struct
		if value.IsZero() && value.Kind() != reflect.Bool && !isStruct {
			value, off = samples.Field(i), true
		}
		lead := indent
		if off {
			lead += "#"
		}
		switch {
		case isStruct:
			off = off || value.IsZero()
			if off && !strings.HasSuffix(lead, "#") {
				lead += "#"
			}
			b.WriteString(lead + name + ":\n")
			reference(b, value, samples.Field(i), indent+"  ", off)
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
			b.WriteString(lead + name + ":\n")
			for j := range value.Len() {
				item := value.Index(j)
				b.WriteString(indent + "  #-\n")
				reference(b, item, item, indent+"    ", true)
			}
		default:
			b.WriteString(lead + name + ": " + literal(value) + "\n")
		}
	}
}

func literal(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return short(x)
	case []string:
		return "[" + strings.Join(quoteAll(x), ", ") + "]"
	case fmt.Stringer:
		return x.String()
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String())
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	}
	panic("config: no way to write " + v.Type().String())
}

func quoteAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quote(s)
	}
	return out
}

// quote writes text so that YAML reads it as text.
func quote(s string) string {
	if s == "" || strings.ContainsAny(s, ":#{}[],&*!|>'\"%@` ") {
		return strconv.Quote(s)
	}
	return s
}
