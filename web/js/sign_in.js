/** Signing in on the issuer's page: OpenID Connect, authorization code with PKCE (RFC 7636). */

import { config } from "./stack.js";

export const isNeeded = config.auth === "jwt";

const TOKENS = "tokens";
const REQUEST = "signInRequest";
const HALF_MINUTE = 30_000;

/** Throw an error whose message is the name of a text. */
function fail(message, values) {
	throw Object.assign(new Error(message), { values });
}

export const isMissing = () => isNeeded && !token();

/** Return the access token, if there is one that is valid for a while. */
export function token() {
	const tokens = stored(TOKENS);
	return Date.now() < tokens?.expiresAt ? tokens.accessToken : undefined;
}

export function claims() {
	const { idToken } = stored(TOKENS) ?? {};
	return idToken ? claimsOf(idToken) : {};
}

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

/** Exchange the code in the URL, if there is one, for tokens. */
export async function complete() {
	const { state, error, code } = Object.fromEntries(new URLSearchParams(location.search));
	if (!state) return;
	const request = stored(REQUEST);
	history.replaceState(null, "", here());
	sessionStorage.removeItem(REQUEST);
	if (state !== request?.state) fail("mismatch");
	if (error) fail("refused", { error });
	const { token_endpoint } = await discover();
	const body = new URLSearchParams({
		grant_type: "authorization_code",
		client_id: config.clientId,
		redirect_uri: here(),
		code,
		code_verifier: request.verifier,
	});
	const { access_token, id_token, expires_in = 300 } = await json(
		token_endpoint,
		{ method: "POST", body },
	);
	check(claimsOf(id_token), request.nonce);
	const expiresAt = Date.now() + expires_in * 1000 - HALF_MINUTE;
	const tokens = { accessToken: access_token, idToken: id_token, expiresAt };
	sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
}

/** Forget the tokens, and end the issuer's session if it has a page for that. */
export async function end() {
	const id_token_hint = stored(TOKENS)?.idToken;
	forget();
	const { end_session_endpoint } = await discover();
	if (!end_session_endpoint) return location.reload();
	go(end_session_endpoint, {
		client_id: config.clientId,
		id_token_hint,
		post_logout_redirect_uri: here(),
		logout_uri: here(), // Amazon Cognito
	});
}

async function discover() {
	const { issuer } = config;
	const metadata = await json(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
	if (metadata.issuer !== issuer) fail("mismatch");
	return metadata;
}

/** The token came over TLS from the issuer, which stands for its signature (section 3.1.3.7). */
function check({ iss, aud, exp, nonce }, expected) {
	const isForUs = iss === config.issuer && [aud].flat().includes(config.clientId);
	if (!isForUs || nonce !== expected || exp * 1000 < Date.now()) fail("mismatch");
}

const here = () => new URL("./", location).href;
const stored = (name) => JSON.parse(sessionStorage.getItem(name));

function go(endpoint, parameters) {
	const url = new URL(endpoint);
	for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
	location.assign(url);
}

async function json(url, options) {
	const signal = AbortSignal.timeout(HALF_MINUTE);
	const parsed = (response) => response.ok && response.json();
	const content = await fetch(url, { ...options, signal }).then(parsed).catch(() => null);
	return content || fail("unreachable");
}

function claimsOf(token) {
	const payload = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
	const content = Uint8Array.from(payload, (character) => character.charCodeAt(0));
	return JSON.parse(new TextDecoder().decode(content));
}

function base64Url(buffer) {
	const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
	return text.replace(/[+/=]/g, (character) => ({ "+": "-", "/": "_" })[character] ?? "");
}

const bytes = (text) => new TextEncoder().encode(text);
const random = () => crypto.randomUUID() + crypto.randomUUID();
