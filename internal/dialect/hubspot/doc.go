// Package hubspot is HubSpot's wire over our core: how its API answers a refusal, and the sentences of its installation
// page.
//
// It parses and renders, and decides nothing. A call carries an access token as Authorization: Bearer and nothing else;
// a refusal is one JSON object with a category, a message and a correlationId, which is our reference. What stands
// behind the reference (who was refused, and why exactly) never stands in a body: a category is all that the wire has.
package hubspot
