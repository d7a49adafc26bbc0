/**
 * Signing in through the issuer's hosted page: OpenID Connect, authorization code with PKCE.
 *
 * https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth, RFC 7636. Tokens live as long
 * as the tab.
 */

const TOKENS = "tokens";
const REQUEST = "signInRequest";

/** Clocks differ, and a request takes time. */
const MARGIN_MS = 30_000;

export class SignInError extends Error {
  /** @param {string} reason - The key of a text below `signIn`. */
  constructor(reason, values = {}) {
    super(reason);
    this.reason = reason;
    this.values = values;
  }
}

export class SignIn {
  #config;

  /** @param {{issuer: string, clientId: string, audience?: string, scope?: string}} config */
  constructor(config) {
    this.#config = config;
  }

  /** The access token; null if there is none or it has expired. */
  get token() {
    const tokens = stored(TOKENS);
    return tokens && Date.now() < tokens.expiresAt ? tokens.accessToken : null;
  }

  /** What the issuer says about the customer: name and email, if the scope has them. */
  get claims() {
    const tokens = stored(TOKENS);
    return tokens ? claimsOf(tokens.idToken) : {};
  }

  /** Go to the issuer's page, which comes back to this one. */
  async begin() {
    const { clientId, scope, audience } = this.#config;
    const { authorization_endpoint: endpoint } = await this.#discover();
    const request = { state: random(), nonce: random(), verifier: random() };
    sessionStorage.setItem(REQUEST, JSON.stringify(request));
    location.assign(
      withParameters(endpoint, {
        response_type: "code",
        client_id: clientId,
        redirect_uri: here(),
        scope: scope ?? "openid",
        state: request.state,
        nonce: request.nonce,
        code_challenge: await challenge(request.verifier),
        code_challenge_method: "S256",
        ...(audience && { audience }),
      }),
    );
  }

  /**
   * Exchange the code in the URL for tokens, if there is one; the URL is without it then.
   *
   * @throws {SignInError}
   */
  async complete() {
    const parameters = new URLSearchParams(location.search);
    if (!parameters.has("state")) return;
    history.replaceState(null, "", here());
    const request = stored(REQUEST);
    sessionStorage.removeItem(REQUEST);
    if (parameters.get("state") !== request?.state) throw new SignInError("mismatch");
    if (parameters.has("error")) throw new SignInError("refused", { error: parameters.get("error") });
    const tokens = await this.#exchange(parameters.get("code"), request.verifier);
    this.#check(claimsOf(tokens.id_token), request.nonce);
    const saved = {
      accessToken: tokens.access_token,
      idToken: tokens.id_token,
      expiresAt: Date.now() + tokens.expires_in * 1000 - MARGIN_MS,
    };
    sessionStorage.setItem(TOKENS, JSON.stringify(saved));
  }

  /** Forget the token, which the API no longer accepts. */
  forget() {
    sessionStorage.removeItem(TOKENS);
  }

  /** Forget the token and end the session at the issuer, if it has a page for that. */
  async end() {
    const tokens = stored(TOKENS);
    this.forget();
    const { end_session_endpoint: endpoint } = await this.#discover();
    if (!endpoint) return location.reload();
    location.assign(
      withParameters(endpoint, {
        client_id: this.#config.clientId,
        ...(tokens && { id_token_hint: tokens.idToken }),
        post_logout_redirect_uri: here(),
        logout_uri: here(), // Amazon Cognito's name for it
      }),
    );
  }

  async #discover() {
    const { issuer } = this.#config;
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const metadata = await json(url);
    if (metadata.issuer !== issuer) throw new SignInError("mismatch");
    return metadata;
  }

  async #exchange(code, verifier) {
    const { token_endpoint: endpoint } = await this.#discover();
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      client_id: this.#config.clientId,
      redirect_uri: here(),
      code,
      code_verifier: verifier,
    });
    return json(endpoint, { method: "POST", body });
  }

  /** The token came from the issuer over TLS, which stands for its signature (section 3.1.3.7). */
  #check({ iss, aud, nonce, exp }, expected) {
    const isOurs = iss === this.#config.issuer && [aud].flat().includes(this.#config.clientId);
    if (!isOurs || nonce !== expected || exp * 1000 < Date.now()) throw new SignInError("mismatch");
  }
}

const here = () => location.origin + location.pathname;
const stored = (name) => JSON.parse(sessionStorage.getItem(name));

function withParameters(url, parameters) {
  const result = new URL(url);
  for (const [name, value] of Object.entries(parameters)) result.searchParams.set(name, value);
  return result.href;
}

async function json(url, options) {
  try {
    const response = await fetch(url, options);
    if (response.ok) return await response.json();
  } catch {
    // The same as a response that is no success.
  }
  throw new SignInError("unreachable");
}

function claimsOf(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function base64Url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const random = () => base64Url(crypto.getRandomValues(new Uint8Array(32)));

async function challenge(verifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64Url(new Uint8Array(digest));
}
