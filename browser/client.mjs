// An independent OAuth client: it knows Prokura only by its metadata. It reads one command a line and answers each with
// one line of JSON; the browser test that runs it plays the person.
import { createInterface } from "node:readline";
import * as client from "openid-client";

let config; // of the authorization server, for one client
let checks; // of the request under way

const commands = {
  // discover learns everything from the issuer's metadata, and checks that it names the issuer it was asked for.
  async discover({ issuer, clientID, secret, how }) {
    const authentication = {
      basic: client.ClientSecretBasic,
      post: client.ClientSecretPost,
      none: client.None,
    }[how](secret);
    config = await client.discovery(new URL(issuer), clientID, undefined, authentication, {
      algorithm: "oauth2",
      execute: [client.allowInsecureRequests], // loopback
    });
    return config.serverMetadata();
  },

  async begin({ redirectURI, scope, optionalScope }) {
    const verifier = client.randomPKCECodeVerifier();
    checks = { pkceCodeVerifier: verifier, expectedState: client.randomState() };
    const parameters = {
      redirect_uri: redirectURI,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state: checks.expectedState,
    };
    if (optionalScope) parameters.optional_scope = optionalScope;
    return { url: client.buildAuthorizationUrl(config, parameters).href };
  },

  // finish checks state and iss of the answer (RFC 9207) and redeems the code.
  async finish({ url }) {
    return await client.authorizationCodeGrant(config, new URL(url), checks);
  },

  async refresh({ token }) {
    return await client.refreshTokenGrant(config, token);
  },

  async credentials({ scope }) {
    return await client.clientCredentialsGrant(config, { scope });
  },

  async introspect({ token }) {
    return await client.tokenIntrospection(config, token);
  },

  async revoke({ token }) {
    await client.tokenRevocation(config, token);
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: await commands[command](rest) };
  } catch (e) {
    answer = { error: e.error ?? e.code ?? String(e), description: e.error_description ?? e.message };
  }
  console.log(JSON.stringify(answer));
}
