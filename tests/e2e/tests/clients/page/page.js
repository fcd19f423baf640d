// The page on which Microsoft's own clients run, unchanged. The tests call what hangs on `window.client`; each function
// answers `{ value }` or `{ error }`, so that a refusal is a result like any other.
//
// The address of the page is its redirect URI: whichever path it is opened at, MSAL is to come back there.

const { msal, msalRedirectBridge, MicrosoftGraph } = window;

const told = (work) =>
  work.then(
    (value) => ({ value }),
    (error) => ({
      error: {
        name: error.name,
        code: error.errorCode ?? error.code ?? "",
        suberror: error.subError ?? "",
        status: error.statusCode ?? 0,
        text: error.errorMessage || error.message,
      },
    }),
  );

// In the hidden frame of a silent sign-in the page hands the answer to the one around it, and that is all.
if (window.parent !== window) {
  await msalRedirectBridge.broadcastResponseToMainFrame();
} else {
  await start();
}

async function start() {
  const { cloud, tenant, clientId } = await (await fetch("/config.json")).json();
  const app = new msal.PublicClientApplication({
    auth: {
      clientId,
      authority: `${cloud.authority}/${tenant}`,
      // Without this MSAL asks login.microsoftonline.com whether there is such an authority.
      knownAuthorities: [new URL(cloud.authority).host],
      redirectUri: location.origin + location.pathname,
      postLogoutRedirectUri: `${location.origin}/`,
      clientCapabilities: ["CP1"],
    },
  });
  await app.initialize();
  const account = () => app.getAllAccounts()[0];
  const scopes = (names) => names.map((name) => `${cloud.graph}/${name}`);
  const token = async (names, more = {}) => {
    const { accessToken, fromCache, scopes: granted, account } = await app.acquireTokenSilent({
      scopes: scopes(names),
      account: app.getAllAccounts()[0],
      ...more,
    });
    return { accessToken, fromCache, granted, account };
  };
  const graph = MicrosoftGraph.Client.initWithMiddleware({
    baseUrl: cloud.graph,
    customHosts: new Set([new URL(cloud.graph).hostname]),
    authProvider: { getAccessToken: async () => (await token(["Application.Read.All"])).accessToken },
  });

  window.client = {
    // These leave the page.
    signIn: (names, more) => void app.loginRedirect({ scopes: scopes(names), ...more }),
    signOut: () => void app.logoutRedirect({ account: account() }),
    // These answer.
    accounts: () => told(Promise.resolve(app.getAllAccounts())),
    token: (names, more) => told(token(names, more)),
    silentSignIn: (more) => told(app.ssoSilent({ scopes: scopes(["User.Read"]), ...more })),
    graph: (script) => told(new Function("graph", "MicrosoftGraph", `return (async () => { ${script} })()`)(graph, MicrosoftGraph)),
  };
  // What came back with the address, if anything did.
  window.returned = await told(app.handleRedirectPromise());
}
