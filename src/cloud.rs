//! The clouds that Microsoft Entra runs in: where each one's sign-in and Graph are.
//!
//! Nothing else in the app names a host of Microsoft's but for links to help: endpoints come from the authority's own
//! discovery document, scopes are written with the cloud's own Graph.

use url::Url;

/// Where sign-in and Microsoft Graph are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// The cloud's name, for people.
    pub name: String,
    /// The origin of the sign-in service; its path is `/`.
    pub authority: Url,
    /// The origin of Microsoft Graph; its path is `/`.
    pub graph: Url,
}

/// A cloud with a name of its own.
pub struct KnownCloud {
    /// Its name in `config.json`.
    pub key: &'static str,
    /// Its name for people.
    pub name: &'static str,
    authority: &'static str,
    graph: &'static str,
    /// Where it is known.
    admin_center: Option<&'static str>,
}

/// All of them. <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>; the last three
/// as msal-browser 5 lists them (`AuthorityMetadata.ts`) and as the Graph SDK for PowerShell does.
pub const KNOWN: [KnownCloud; 7] = [
    KnownCloud {
        key: "global",
        name: "Global",
        authority: "https://login.microsoftonline.com",
        graph: "https://graph.microsoft.com",
        admin_center: Some("https://entra.microsoft.com"),
    },
    KnownCloud {
        key: "usgov",
        name: "US Government (GCC High)",
        authority: "https://login.microsoftonline.us",
        graph: "https://graph.microsoft.us",
        admin_center: Some("https://entra.microsoft.us"),
    },
    KnownCloud {
        key: "usgov-dod",
        name: "US Government (DoD)",
        authority: "https://login.microsoftonline.us",
        graph: "https://dod-graph.microsoft.us",
        admin_center: Some("https://entra.microsoft.us"),
    },
    KnownCloud {
        key: "china",
        name: "China (21Vianet)",
        authority: "https://login.partner.microsoftonline.cn",
        graph: "https://microsoftgraph.chinacloudapi.cn",
        admin_center: Some("https://entra.microsoftonline.cn"),
    },
    KnownCloud {
        key: "bleu",
        name: "France (Bleu)",
        authority: "https://login.sovcloud-identity.fr",
        graph: "https://graph.svc.sovcloud.fr",
        admin_center: None,
    },
    KnownCloud {
        key: "delos",
        name: "Germany (Delos)",
        authority: "https://login.sovcloud-identity.de",
        graph: "https://graph.svc.sovcloud.de",
        admin_center: None,
    },
    KnownCloud {
        key: "govsg",
        name: "Singapore (GovSG)",
        authority: "https://login.sovcloud-identity.sg",
        graph: "https://graph.svc.sovcloud.sg",
        admin_center: None,
    },
];

impl Cloud {
    /// The cloud of this name in `config.json`.
    pub fn known(key: &str) -> Option<Self> {
        let known = KNOWN.iter().find(|known| known.key == key)?;
        // The addresses above are right, so parsing them succeeds.
        let (authority, graph) = (Url::parse(known.authority).ok()?, Url::parse(known.graph).ok()?);
        Some(Self { name: known.name.to_owned(), authority, graph })
    }

    /// Its name in `config.json`, where it is one of those that have one.
    pub fn key(&self) -> Option<&'static str> {
        let graph = self.graph.as_str().trim_end_matches('/');
        KNOWN.iter().find(|known| known.graph == graph).map(|known| known.key)
    }

    /// The address of the Entra admin center, where the cloud is one whose is known.
    pub fn entra_admin_center(&self) -> Option<&'static str> {
        let authority = self.authority.as_str().trim_end_matches('/');
        KNOWN.iter().find(|known| known.authority == authority)?.admin_center
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::rc::Rc;

    use serde_json::{Value, json};

    use super::*;
    use crate::auth::scopes::Wanted;
    use crate::auth::testing::{
        CLIENT_ID, Fake, HandClock, REDIRECT_URI, TENANT, claims, form, id_token_header, jwks, service_with_clock,
        sign, token_answer,
    };
    use crate::auth::{Ask, Purpose, Secret, Service, Session, authorize};
    use crate::config::Config;
    use crate::graph::{Graph, GraphErrorKind, Write};

    const ID: &str = "1a10be6e-ef86-4b7e-9253-e80f501ffd5a";
    const ASSIGNMENT: &str = "47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M";

    /// Drives the app's own code through everything it ever asks in a cloud: discovery, the sign-in page, tokens, keys,
    /// renewal with more rights, every request of Graph, next links, signing out. Looks at every address.
    async fn every_address(key: &str, authority: &str, graph: &str) {
        let tenant = format!("https://{authority}/{TENANT}");
        let config =
            Config::parse(json!({"cloud": key, "tenant": TENANT, "clientId": CLIENT_ID}).to_string().as_bytes())
                .unwrap();
        let (fake, clock) = (Rc::new(Fake::new()), Rc::new(HandClock::default()));
        let service = Rc::new(Service { cloud: config.cloud.clone(), ..service_with_clock(&fake, clock.clone()) });

        // What Entra says of itself in this cloud.
        let issuer = format!("{tenant}/v2.0");
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{tenant}/oauth2/v2.0/token"),
            "jwks_uri": format!("{tenant}/discovery/v2.0/keys"),
            "end_session_endpoint": format!("{tenant}/oauth2/v2.0/logout"),
        });
        fake.answer_json("openid-configuration", 200, &document);
        fake.answer_json("openid-configuration", 200, &document);
        let mut keys = jwks();
        keys["keys"][0]["issuer"] = issuer.as_str().into();
        fake.answer_json("keys", 200, &keys);

        let metadata = service.discover().await.unwrap();
        let ask = Ask {
            purpose: Purpose::SignIn,
            tenant: TENANT.into(),
            wanted: Wanted::Read,
            claims: None,
            hint: None,
            account: None,
            return_path: "/".into(),
        };
        let (leaving, pending) = authorize(&service, &metadata, ask).await.unwrap();
        let tokens = |write: bool| {
            let mut claims = claims();
            claims["iss"] = issuer.as_str().into();
            claims["nonce"] = pending.nonce.reveal().into();
            let mut answer = token_answer();
            let names = if write { "AppRoleAssignment.ReadWrite.All" } else { "User.Read" };
            answer["scope"] = format!("https://{graph}/Application.Read.All https://{graph}/{names}").into();
            answer["id_token"] = sign(&id_token_header(), &claims).into();
            answer
        };
        fake.answer_json("token", 200, &tokens(false));
        fake.answer_json("token", 200, &tokens(true));
        let session = Rc::new(Session::open(service.clone(), &pending, &Secret::new("the-code")).await.unwrap());
        assert!(!session.may_write());
        session.ask_write().await.unwrap();
        assert!(session.may_write(), "the scope names this cloud's Graph");
        let leaving_for_good = session.sign_out_url().unwrap();

        ask_everything_of_graph(&fake, &Graph::new(fake.clone(), clock.clone(), session, config.cloud.graph), graph)
            .await;

        let mut asked = BTreeSet::new();
        for request in fake.requests() {
            let host = request.url.host_str().unwrap().to_owned();
            assert_eq!(request.url.origin().ascii_serialization(), format!("https://{host}"), "{}", request.url);
            let token = request.headers.iter().any(|(name, _)| name.starts_with("Auth"));
            assert_eq!(token, host == graph, "the token goes to Graph and nowhere else: {}", request.url);
            if request.url.path().ends_with("/token") {
                only_this_graph(&form(&request)["scope"], graph);
            }
            asked.insert((host, request.url.path().to_owned()));
        }
        for url in [&leaving, &leaving_for_good] {
            asked.insert((url.host_str().unwrap().to_owned(), url.path().to_owned()));
        }
        let parameter = |url: &Url, name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        only_this_graph(&parameter(&leaving, "scope"), graph);
        assert_eq!(parameter(&leaving_for_good, "post_logout_redirect_uri"), REDIRECT_URI);

        let sign_in = [
            "discovery/v2.0/keys",
            "oauth2/v2.0/authorize",
            "oauth2/v2.0/logout",
            "oauth2/v2.0/token",
            "v2.0/.well-known/openid-configuration",
        ];
        let of_graph = [
            "$batch".to_owned(),
            "organization".to_owned(),
            "servicePrincipals".to_owned(),
            format!("servicePrincipals/{ID}"),
            format!("servicePrincipals/{ID}/appRoleAssignedTo"),
            format!("servicePrincipals/{ID}/appRoleAssignedTo/{ASSIGNMENT}"),
            format!("servicePrincipals/{ID}/appRoleAssignments"),
        ];
        let wanted: BTreeSet<_> = sign_in
            .iter()
            .map(|path| (authority.to_owned(), format!("/{TENANT}/{path}")))
            .chain(of_graph.iter().map(|path| (graph.to_owned(), format!("/v1.0/{path}"))))
            .collect();
        assert_eq!(asked, wanted);
    }

    /// Every scope of an API is one of this cloud's Graph.
    fn only_this_graph(scope: &str, graph: &str) {
        let of_apis: Vec<_> = scope.split(' ').filter(|scope| scope.contains('/')).collect();
        assert!(
            of_apis.len() >= 2 && of_apis.iter().all(|scope| scope.starts_with(&format!("https://{graph}/"))),
            "{scope}"
        );
    }

    /// Every function of `graph` that sends something, once.
    async fn ask_everything_of_graph(fake: &Fake, client: &Graph, graph: &str) {
        let assignment = json!({"id": ASSIGNMENT, "principalId": ID, "resourceId": ID, "appRoleId": ID});
        let principal = json!({"id": ID, "appId": ID, "displayName": "x", "appRoles": []});
        let list = |row: &Value| json!({"value": [row]});
        let id = ID.parse().unwrap();

        // A list of two pages, then one that leads to the global cloud's Graph, or from there to another.
        let next = format!("https://{graph}/v1.0/servicePrincipals?$skiptoken=a");
        fake.answer_json("servicePrincipals", 200, &json!({"value": [principal], "@odata.nextLink": next}));
        fake.answer_json("servicePrincipals", 200, &list(&principal));
        client.identities(|_| {}).await.unwrap();
        let elsewhere = if graph == "graph.microsoft.com" { "graph.microsoft.us" } else { "graph.microsoft.com" };
        let next = format!("https://{elsewhere}/v1.0/servicePrincipals?$skiptoken=a");
        fake.answer_json("servicePrincipals", 200, &json!({"value": [principal], "@odata.nextLink": next}));
        assert_eq!(client.apis(|_| {}).await.unwrap_err().kind(), &GraphErrorKind::ForeignLink);

        fake.answer_json(ID, 200, &principal);
        client.identity(id).await.unwrap();
        fake.answer_json(ID, 200, &principal);
        client.api(id).await.unwrap();
        fake.answer_json("appRoleAssignments", 200, &list(&assignment));
        client.held_by(id).await.unwrap();
        fake.answer_json("appRoleAssignedTo", 200, &list(&assignment));
        client.holders_of(id).await.unwrap();
        fake.answer_json("appRoleAssignedTo", 201, &assignment);
        let assign = Write::Assign { identity: id, api: id, role: ID.parse().unwrap() };
        let remove = Write::Remove { api: id, assignment: ASSIGNMENT.parse().unwrap() };
        assert!(client.batch(std::slice::from_ref(&assign)).await[0].is_ok());
        fake.answer_json(ASSIGNMENT, 204, &Value::Null);
        assert!(client.batch(std::slice::from_ref(&remove)).await[0].is_ok());
        let both = json!([{"id": "0", "status": 201, "body": assignment}, {"id": "1", "status": 204}]);
        fake.answer_json("$batch", 200, &json!({ "responses": both }));
        assert!(client.batch(&[assign, remove]).await.iter().all(Result::is_ok));
        fake.answer_json("organization", 200, &list(&json!({"id": ID, "displayName": "Contoso"})));
        client.organization().await.unwrap();
    }

    macro_rules! one_test_a_cloud {
        ($($name:ident: $key:literal, $authority:literal, $graph:literal;)*) => {
            $(
                /// SEC-007, SEC-080, SEC-081
                #[tokio::test]
                async fn $name() {
                    every_address($key, $authority, $graph).await;
                }
            )*

            #[test]
            fn every_cloud_is_tested() {
                assert_eq!(KNOWN.map(|known| known.key), [$($key),*]);
            }
        };
    }

    // The table a second time, from the documentation and not from the code.
    one_test_a_cloud! {
        the_global_cloud: "global", "login.microsoftonline.com", "graph.microsoft.com";
        the_us_government: "usgov", "login.microsoftonline.us", "graph.microsoft.us";
        the_us_department_of_defense: "usgov-dod", "login.microsoftonline.us", "dod-graph.microsoft.us";
        china: "china", "login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn";
        france: "bleu", "login.sovcloud-identity.fr", "graph.svc.sovcloud.fr";
        germany: "delos", "login.sovcloud-identity.de", "graph.svc.sovcloud.de";
        singapore: "govsg", "login.sovcloud-identity.sg", "graph.svc.sovcloud.sg";
    }

    #[test]
    fn the_admin_center_is_the_clouds_own() {
        let center = |key| Cloud::known(key).unwrap().entra_admin_center();
        assert_eq!(center("global"), Some("https://entra.microsoft.com"));
        assert_eq!(center("usgov-dod"), Some("https://entra.microsoft.us"));
        assert_eq!(center("china"), Some("https://entra.microsoftonline.cn"));
        assert_eq!(center("bleu"), None);
        assert_eq!(crate::auth::testing::cloud().entra_admin_center(), None);
        assert_eq!(Cloud::known("azure"), None);
    }
}
