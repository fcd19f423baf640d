// An OpenID provider that nobody here wrote (npm oidc-provider), where Rolegrant expects a tenant's: at
// {authority}/{tenant}/v2.0. And behind it just enough of a Graph to see whose token it is that comes.
//
//   node provider.mjs APP_ORIGIN TENANT_ID CLIENT_ID TOKEN_SECONDS
//
// It prints one JSON object a line: first its two origins, then what it granted and what Graph was asked.

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import Provider, { interactionPolicy } from "oidc-provider";

const [app, tenant, client, seconds] = process.argv.slice(2);
const account = { tid: tenant, oid: "0b7d6f0e-6f1c-4a56-8f0e-3f6a5f1b2c3d", name: "Olga Openid", preferred_username: "olga@example.test" };
const say = (line) => console.log(JSON.stringify(line));
// Whoever started this is gone.
process.stdin.resume().on("end", () => process.exit());

async function listen(answer) {
  const server = createServer((request, response) => {
    Promise.resolve(answer(request, response)).catch((error) => {
      say({ failed: String(error) });
      response.writeHead(500).end(String(error));
    });
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  return `http://localhost:${server.address().port}`;
}

const page = (title) => `<!DOCTYPE html><html lang=en><title>${title}</title><link rel=icon href=data:,>`;

let provider;
const mount = `/${tenant}/v2.0`;
const authority = await listen(signIn);
const graph = await listen(answerAsGraph);

// Entra may be asked to let people choose an account; the standard names that prompt, the provider leaves it to us.
const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);

provider = new Provider(`${authority}${mount}`, {
  clients: [
    {
      client_id: client,
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: [`${app}/`],
      post_logout_redirect_uris: [`${app}/`],
    },
  ],
  clientBasedCORS: (_, origin) => origin === app,
  jwks: { keys: [{ ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
  scopes: ["openid", "offline_access", ...["User.Read", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"].map((name) => `${graph}/${name}`)],
  claims: { openid: ["sub", "tid", "oid"], profile: ["name", "preferred_username"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  ttl: { AccessToken: Number(seconds), AuthorizationCode: 60, IdToken: 3600, RefreshToken: 86400, Session: 3600, Grant: 86400, Interaction: 600 },
  cookies: { keys: ["tests alone"] },
  features: {
    devInteractions: { enabled: false },
    // Its own page for this asks another site for a font.
    rpInitiatedLogout: {
      logoutSource(context, form) {
        context.body = `${page("Sign out")}${form}<button form="op.logoutForm" name=logout value=yes>Yes, sign me out</button>`;
      },
    },
  },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...account }) }),
  // Whoever signs in here has consented to all of it.
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({ clientId: client, accountId: context.oidc.session.accountId });
    grant.addOIDCScope(context.oidc.params.scope);
    await grant.save();
    return grant;
  },
});

provider.on("grant.success", ({ oidc, body }) => {
  say({
    granted: oidc.params.grant_type,
    confidences: [
      ["an access token", body.access_token],
      ["a refresh token", body.refresh_token],
      ["an id token", body.id_token],
      ["an authorization code", oidc.params.code],
      ["a code verifier", oidc.params.code_verifier],
    ].filter(([, value]) => value),
  });
});
for (const failure of ["authorization.error", "grant.error", "end_session.error", "server_error"]) {
  provider.on(failure, (_, error) => say({ failed: `${failure}: ${error.message} ${error.error_description ?? ""}` }));
}

async function signIn(request, response) {
  const url = new URL(request.url, authority);
  if (url.pathname.startsWith("/interaction/")) {
    if (request.method === "POST") {
      await provider.interactionFinished(request, response, { login: { accountId: "olga" }, select_account: {}, consent: {} });
      return;
    }
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`${page("Sign in")}<form method=post><button>${account.name}</button></form>`);
    return;
  }
  if (!url.pathname.startsWith(`${mount}/`)) {
    response.writeHead(404).end();
    return;
  }
  // Refresh tokens need the prompt `consent` or "other conditions" (OpenID Connect Core 1.0, section 11). Entra has such,
  // namely that consent was given once; this provider cannot be told of any.
  if (url.pathname === `${mount}/auth` && url.searchParams.get("prompt") === "select_account") {
    url.searchParams.set("prompt", "select_account consent");
  }
  request.originalUrl = url.pathname + url.search;
  request.url = request.originalUrl.slice(mount.length);
  await provider.callback()(request, response);
}

const identity = {
  id: "7d1f9a36-2f0b-4a6d-9c55-0a1b2c3d4e5f",
  appId: "8e2f9a36-2f0b-4a6d-9c55-0a1b2c3d4e5f",
  displayName: "id-of-another-house",
  servicePrincipalType: "ManagedIdentity",
  accountEnabled: true,
  alternativeNames: [],
};

async function answerAsGraph(request, response) {
  const answer = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  response.setHeader("access-control-allow-origin", "*");
  if (request.method === "OPTIONS") {
    response.writeHead(204, { "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "" }).end();
    return;
  }
  const token = await provider.AccessToken.find((request.headers.authorization ?? "").replace(/^Bearer /, ""));
  const may = token?.isValid && token.scope.split(" ").includes(`${graph}/Application.Read.All`);
  const { pathname, searchParams } = new URL(request.url, graph);
  say({ graph: pathname, taken: Boolean(may) });
  if (!may) {
    answer(401, { error: { code: "InvalidAuthenticationToken", message: "The provider does not know this token." } });
  } else if (pathname === "/v1.0/organization") {
    answer(200, { value: [{ id: tenant, displayName: "Another House" }] });
  } else if (pathname === "/v1.0/servicePrincipals") {
    answer(200, { value: searchParams.get("$filter")?.includes("ManagedIdentity") ? [identity] : [] });
  } else if (pathname === `/v1.0/servicePrincipals/${identity.id}`) {
    answer(200, identity);
  } else if (pathname.endsWith("/appRoleAssignments") || pathname.startsWith("/v1.0/me/")) {
    answer(200, { value: [] });
  } else {
    answer(404, { error: { code: "Request_ResourceNotFound", message: `There is no ${pathname}.` } });
  }
}

say({ authority, graph });
