/**
 * Signing in on the issuer's hosted page: OpenID Connect, authorization code with PKCE (RFC 7636).
 *
 * https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth. Tokens live as long as the tab.
 */

import { config } from "./stack.js";

export const isNeeded = config.auth === "jwt";

const TOKENS = "tokens";
const REQUEST = "signInRequest";
const MARGIN_MS = 30_000;

/** The message is the name of a text. */
export class SignInError extends Error {
  constructor(message, values) {
    super(message);
    this.values = values;
  }
}

/** Whether orders need a token, and there is none. */
export const isMissing = () => isNeeded && !token();

/** Return the access token; undefined without one that is valid for a while. */
export function token() {
  const tokens = stored(TOKENS);
  return Date.now() < tokens?.expiresAt ? tokens.accessToken : undefined;
}

/** Return what the issuer says about the customer. */
export function claims() {
  const tokens = stored(TOKENS);
  return tokens ? claimsOf(tokens.idToken) : {};
}

/** Forget the tokens, which the API does not accept any more. */
export const forget = () => sessionStorage.removeItem(TOKENS);

/** Go to the issuer's page, which comes back to this one. */
export async function begin() {
  const { clientId, scope = "openid", audience } = config;
  const { authorization_endpoint } = await discover();
  const [state, nonce, verifier] = [random(), random(), random()];
  sessionStorage.setItem(REQUEST, JSON.stringify({ state, nonce, verifier }));
  go(authorization_endpoint, {
    response_type: "code",
    client_id: clientId,
    redirect_uri: here(),
    scope,
    state,
    nonce,
    code_challenge: base64Url(await crypto.subtle.digest("SHA-256", bytes(verifier))),
    code_challenge_method: "S256",
    ...(audience && { audience }),
  });
}

/** Exchange the code in the URL, if there is one, for tokens; throw a `SignInError`. */
export async function complete() {
  const { state, error, code } = Object.fromEntries(new URLSearchParams(location.search));
  if (!state) return;
  const request = stored(REQUEST);
  history.replaceState(null, "", here());
  sessionStorage.removeItem(REQUEST);
  if (state !== request?.state) throw new SignInError("mismatch");
  if (error) throw new SignInError("refused", { error });
  const { token_endpoint } = await discover();
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: config.clientId,
    redirect_uri: here(),
    code,
    code_verifier: request.verifier,
  });
  const { access_token, id_token, expires_in } = await json(token_endpoint, { method: "POST", body });
  check(claimsOf(id_token), request.nonce);
  const expiresAt = Date.now() + expires_in * 1000 - MARGIN_MS;
  const tokens = { accessToken: access_token, idToken: id_token, expiresAt };
  sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
}

/** Forget the tokens and end the session at the issuer, if it has a page for that. */
export async function end() {
  const id_token_hint = stored(TOKENS)?.idToken;
  forget();
  const { end_session_endpoint } = await discover();
  if (!end_session_endpoint) return location.reload();
  const { clientId: client_id } = config;
  // The last one is the name that Amazon Cognito has for the one before.
  const uris = { post_logout_redirect_uri: here(), logout_uri: here() };
  go(end_session_endpoint, { client_id, id_token_hint, ...uris });
}

async function discover() {
  const { issuer } = config;
  const metadata = await json(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (metadata.issuer !== issuer) throw new SignInError("mismatch");
  return metadata;
}

/** The token came over TLS from the issuer, which stands for its signature (section 3.1.3.7). */
function check({ iss, aud, exp, nonce }, expected) {
  const isForUs = iss === config.issuer && [aud].flat().includes(config.clientId);
  if (!isForUs || nonce !== expected || exp * 1000 < Date.now()) throw new SignInError("mismatch");
}

const here = () => location.origin + location.pathname;
const stored = (name) => JSON.parse(sessionStorage.getItem(name));

function go(endpoint, parameters) {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

async function json(url, options) {
  const response = await fetch(url, options).catch(() => null);
  if (!response?.ok) throw new SignInError("unreachable");
  return response.json();
}

function claimsOf(token) {
  const payload = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  const content = Uint8Array.from(payload, (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(content));
}

function base64Url(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const bytes = (text) => new TextEncoder().encode(text);
const random = () => base64Url(crypto.getRandomValues(new Uint8Array(32)));
