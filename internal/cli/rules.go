package cli

import (
	"bytes"
	"fmt"
	"os"

	"prokura/internal/strictjson"
	"prokura/internal/strictyaml"
	"prokura/internal/text"
	"prokura/internal/v1"
)

// rules reads a file with a list of rules, as YAML or as JSON; without a name there are none.
func (r *run) rules(file string) ([]v1.GovernanceRule, error) {
	if file == "" {
		return []v1.GovernanceRule{}, nil
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading rules: %w", err)
	}
	if bytes.HasPrefix(bytes.TrimLeft(src, " \t\r\n"), []byte("{")) {
		var in struct {
			Rules []v1.GovernanceRule `json:"rules"`
		}
		if err := strictjson.Decode(src, maxRules, &in); err != nil {
			return nil, r.fault(fmt.Sprintf("%s: %v", file, err), rulesHint(r))
		}
		return append([]v1.GovernanceRule{}, in.Rules...), nil
	}
	var in struct {
		Rules []struct {
			Verified   bool     `yaml:"verified"`
			Risks      []string `yaml:"risks,one"`
			Scopes     []string `yaml:"scopes,one"`
			Clients    []string `yaml:"clients,one"`
			Publishers []string `yaml:"publishers,one"`
			Policy     string   `yaml:"policy"`
		} `yaml:"rules"`
	}
	if problems := strictyaml.Decode(file, src, &in).Problems(); len(problems) > 0 {
		strictyaml.Render(r.Stderr, src, problems)
		return nil, r.fault(r.say("the file of rules has ", "die Datei der Regeln hat ")+
			r.some(len(problems), text.Text{EN: "problem", DE: "Problem"}, text.Text{EN: "problems", DE: "Probleme"}), rulesHint(r))
	}
	out := []v1.GovernanceRule{}
	for _, rule := range in.Rules {
		out = append(out, v1.GovernanceRule(rule))
	}
	return out, nil
}

const maxRules = 1 << 20

func rulesHint(r *run) string {
	return r.say("a list rules:, each with risks, scopes, clients, publishers or verified, and a policy; docs/governance.md has one",
		"eine Liste rules:, je mit risks, scopes, clients, publishers oder verified und einer policy; docs/governance.md enthält eine")
}
