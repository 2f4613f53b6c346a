package refusal

var loginDefinitions = []Definition{}
