package refusal

var installDefinitions = []Definition{}
