//! What a request costs, and what its answer says of the quotas.

use hyper::{Method, StatusCode};

use super::auth::Caller;
use super::errors::GraphError;
use crate::http::{Answer, Incoming};
use crate::tenant::TENANT_ID;
use crate::throttle::{Cost, Metered, Narrow};
use crate::world::World;

/// A metered request.
pub(crate) struct Meter {
    cost: Cost,
    metered: Option<Metered>,
    app: String,
}

impl Meter {
    /// Charges a request to its app.
    pub(crate) fn read(world: &World, request: &Incoming, caller: &Caller) -> Self {
        let cost = cost(request);
        let metered = world.throttle.meter(world.options.throttling, &caller.app, cost, world.clock.now());
        Self { cost, metered, app: caller.app.clone() }
    }

    /// The refusal, if a quota is used up.
    pub(crate) fn refusal(&self) -> Option<GraphError> {
        let full = self.metered.as_ref().is_some_and(|metered| metered.retry_after.is_some());
        full.then(|| GraphError::of_status(StatusCode::TOO_MANY_REQUESTS))
    }

    /// Writes cost and quota into the answer's headers.
    pub(crate) fn tell(&self, answer: &mut Answer) {
        answer.set("x-ms-resource-unit", &self.cost.units.to_string());
        let Some(metered) = &self.metered else { return };
        if metered.share > 0.8 {
            answer.set("x-ms-throttle-limit-percentage", &format!("{:.2}", metered.share));
        }
        if let Some(seconds) = metered.retry_after {
            answer.set("retry-after", &seconds.to_string());
            answer.set("x-ms-throttle-scope", &format!("{}/{}/{TENANT_ID}", metered.scope, self.app));
            answer.set("x-ms-throttle-information", metered.reason);
        }
    }
}

/// `GET applications` and `GET …/appRoleAssignments` 2, everything else 1; `$select` −1, `$expand` +1, `$top` below 20
/// −1, never below 1. A write is one write besides.
fn cost(request: &Incoming) -> Cost {
    let path = request.path.trim_end_matches('/').to_ascii_lowercase();
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Cost { units: 1, writes: 1, narrow: None };
    }
    let pairs = request.query_pairs();
    let option = |name: &str| pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let select = option("$select");
    let mut units: u32 = if path.ends_with("/applications") || path.ends_with("/approleassignments") { 2 } else { 1 };
    units += u32::from(option("$expand").is_some());
    units = units.saturating_sub(u32::from(select.is_some()));
    let short = option("$top").and_then(|top| top.parse::<u32>().ok()).is_some_and(|top| top < 20);
    units = units.saturating_sub(u32::from(short));
    let narrow = if path.starts_with("/v1.0/auditlogs") {
        Some(Narrow::Reports)
    } else {
        select
            .is_some_and(|names| names.split(',').any(|name| name.trim().eq_ignore_ascii_case("keyCredentials")))
            .then_some(Narrow::Keys)
    };
    Cost { units: units.max(1), writes: 0, narrow }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use hyper::body::Bytes;

    use super::*;

    #[test]
    fn costs_as_documented() {
        let cases = [
            ("GET", "/v1.0/applications", "", 2, 0),
            ("GET", "/v1.0/applications", "%24select=id", 1, 0),
            ("GET", "/v1.0/servicePrincipals", "", 1, 0),
            ("GET", "/v1.0/servicePrincipals/x/appRoleAssignments", "", 2, 0),
            ("GET", "/v1.0/servicePrincipals/x/appRoleAssignments", "$top=19", 1, 0),
            ("GET", "/v1.0/servicePrincipals/x/appRoleAssignments", "$top=20", 2, 0),
            ("GET", "/v1.0/servicePrincipals/x/appRoleAssignments", "$expand=y", 3, 0),
            ("GET", "/v1.0/servicePrincipals/x/appRoleAssignments", "$select=id&$top=5", 1, 0),
            ("GET", "/v1.0/servicePrincipals/x/appRoleAssignedTo", "", 1, 0),
            ("POST", "/v1.0/applications", "", 1, 1),
            ("DELETE", "/v1.0/servicePrincipals/x/appRoleAssignedTo/y", "", 1, 1),
        ];
        for (method, path, query, units, writes) in cases {
            let request = Incoming {
                method: method.parse().unwrap(),
                path: path.to_owned(),
                query: query.to_owned(),
                headers: HeaderMap::new(),
                body: Bytes::new(),
            };
            let cost = cost(&request);
            assert_eq!((cost.units, cost.writes, cost.narrow), (units, writes, None), "{method} {path}?{query}");
        }
    }
}
