//! A directory whose answers lag behind what it was told: the app believes what Graph has accepted.

use e2e::{
    Result, Setup, World,
    find::until,
    pages::{IdentitiesPage, IdentityPage, Outcomes, Question, Shell},
    scenario_with,
};
use emulator::{Emulator, Replication, SeenRequest, Site};
use std::time::Duration;

const SYNC: &str = "id-stock-sync";
const SHIPMENTS: &str = "Shipment Tracking API";
const ROLE: &str = "Shipments.Read.All";
const LAG: Duration = Duration::from_secs(600);

/// F-17, F-18
#[test]
fn what_was_assigned_and_removed_is_shown_before_the_directory_lists_it() -> Result<()> {
    lagging(Replication::Delayed(LAG))
}

/// F-19
#[test]
fn replicas_that_disagree_do_not_make_rows_flicker() -> Result<()> {
    lagging(Replication::Alternating(LAG))
}

/// Over TLS, as the real one.
fn lagging(replication: Replication) -> Result<()> {
    let emulator = Emulator::builder().tls().replication(replication);
    scenario_with(Setup { emulator, ..Setup::default() }, async |world| {
        let page = IdentityPage(world);
        Shell(world).sign_in_at_identity(SYNC, "Carl Cloud").await?;
        page.choose_api(SHIPMENTS).await?;
        page.tick(ROLE).await?;
        page.assign(1).await?;
        Outcomes(world).say(ROLE, "Assigned").await?;
        for _ in 0..3 {
            visit_again(world).await?;
            page.holds(ROLE).await?;
        }
        assert!(world.emulator.directory().holds(SYNC, SHIPMENTS, ROLE));

        world.emulator.advance_clock(2 * LAG);
        page.remove(ROLE).await?;
        Question(world).answer("Remove role").await?;
        Outcomes(world).say(ROLE, "Removed").await?;
        for _ in 0..3 {
            visit_again(world).await?;
            page.holds("Stock.Adjust").await?;
            page.holds_no(ROLE).await?;
        }
        assert!(!world.emulator.directory().holds(SYNC, SHIPMENTS, ROLE));
        Ok(())
    })
}

/// Goes to the list and back to the identity, and waits until its roles have been read again.
async fn visit_again(world: &World) -> Result<()> {
    let reads = || {
        let asked = world.asked(Site::Graph).into_iter();
        let read = |request: &SeenRequest| request.method == "GET" && request.path.ends_with("/appRoleAssignments");
        asked.filter(read).count()
    };
    Shell(world).identities().await?;
    let list = IdentitiesPage(world);
    list.search(SYNC).await?;
    let before = reads();
    list.open(SYNC).await?;
    until("the roles to be read again", || async {
        Ok(if reads() > before { Ok(()) } else { Err("they were not".to_owned()) })
    })
    .await
}
