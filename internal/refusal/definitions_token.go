package refusal

var tokenDefinitions = []Definition{}
