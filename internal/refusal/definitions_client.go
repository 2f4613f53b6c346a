package refusal

var clientDefinitions = []Definition{}
