//! `/plan`: what has been collected, held against the directory; its review; and its apply.

use std::rc::Rc;

use leptos::ev;
use leptos::prelude::*;

use crate::activity::Standing as ApplyStanding;
use crate::applying::Reviewed;
use crate::browser;
use crate::components::apply_card::apply_card;
use crate::components::button::button;
use crate::components::dialog::ConfirmDialog;
use crate::components::import::Import;
use crate::components::labels::{disabled_tag, name, privileged_tag, tag, twin_tag};
use crate::components::list::{counted, skeleton};
use crate::components::page_head::page_head;
use crate::components::problem::{Problem, problem_note};
use crate::components::review_card::review_card;
use crate::components::search_box::pill;
use crate::components::table::{Shape, actions_head, column_head, data_table, line_cell};
use crate::directory::{Act, Rights, Sorted, grouped, risk, visible};
use crate::navigation::link_to;
use crate::plan::diff::{Line, Obstacle, Standing};
use crate::plan::{Diff, Digest, Names};
use crate::route::Route;
use crate::signals::{Memo, RwSignal};
use crate::tenant::Tenant;
use crate::view::{El, View, either, el, live, many, show};

/// A review under way, as long as the plan is not changed.
pub type Review = RwSignal<Option<Rc<Reviewed>>>;

/// Which lines are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Remove,
    Nothing,
    Impossible,
    Privileged,
}

impl Kind {
    fn fits(self, line: &Line) -> bool {
        match (self, &line.standing) {
            (Self::Add, Standing::ToAdd) | (Self::Remove, Standing::ToRemove(_)) => true,
            (Self::Nothing, Standing::AlreadyThere(_) | Standing::AlreadyGone) => true,
            (Self::Impossible, Standing::Impossible(_)) => true,
            (Self::Privileged, Standing::ToAdd) => line.privileged,
            _ => false,
        }
    }
}

/// The page of the plan.
pub fn plan_page() -> View {
    let tenant = Tenant::here();
    let review: Review = RwSignal::new(None);
    let problem = RwSignal::new(None::<Problem>);
    let intro =
        "What would change, held against the directory. Nothing is sent before you have reviewed and applied it.";
    // Whatever is collected or dropped ends a review: what was reviewed is what is applied.
    Effect::new(move |_| {
        tenant.planning.basket.track();
        review.set(None);
    });
    let broken_off = RwSignal::new(false);
    browser::spawn(async move {
        let list = tenant.activity.list().await.map(|(applies, _)| applies).unwrap_or_default();
        broken_off.set(list.iter().any(|apply| apply.standing == ApplyStanding::BrokenOff && apply.is_open()));
    });
    let broken_note = || {
        el("div").class("note warn").child(el("strong").child("The page was closed while changes were sent")).child(
            el("span")
                .child("What became of it stands in ")
                .child(el("a").attr("href", link_to(Route::Activity)).child("Activity"))
                .child(", with the way on."),
        )
    };
    let running = Memo::new(move || tenant.applying.is_running());
    let import = Import::new(tenant);
    let some = move || tenant.planning.count() > 0;
    let collected =
        move || either(some, move || collected(tenant, import, review, problem), move || empty(tenant, import));
    let reviewing = move || live(move || review.get().map(|reviewed| review_card(tenant, reviewed, review)));
    many![
        page_head(|| "Plan".to_owned(), el("p").child(intro)),
        show(move || !running.get(), move || import.dialog()),
        show(move || broken_off.get() && !running.get(), broken_note),
        apply_card(tenant),
        live(move || problem.get().map(problem_note)),
        show(move || !running.get(), move || either(move || review.with(Option::is_some), reviewing, collected),),
    ]
}

/// What an empty plan says.
fn empty(tenant: Tenant, import: Import) -> El {
    el("div")
        .class("card pad")
        .child(el("strong").child("Nothing is planned"))
        .child(el("span").child(
            "A plan collects changes of many identities, shows them against what the directory says now, and applies \
             them in one go. Select identities in their list, or add roles on the page of one.",
        ))
        .child(el("div").class("tools").child(ways_in(tenant, import, true)))
}

/// The ways by which changes come into the plan.
fn ways_in(tenant: Tenant, import: Import, first: bool) -> View {
    let class = if first { "button main" } else { "button" };
    many![
        el("a")
            .class(class)
            .attr("href", link_to(Route::Collect))
            .on(ev::click, move |_| tenant.planning.begin_anew())
            .child("Add roles for several identities…"),
        import.button(),
    ]
}

/// The basket as a diff.
fn collected(tenant: Tenant, import: Import, review: Review, problem: RwSignal<Option<Problem>>) -> View {
    // Against half a directory everything would be new.
    let loaded = Memo::new(move || tenant.is_loaded());
    let diff = Memo::new(move || if loaded.get() { diff_now(tenant) } else { Diff::default() });
    let only = RwSignal::new(None::<Kind>);
    let shown = Memo::new(move || {
        let kind = only.get();
        diff.with(|diff| {
            let fits = |(_, line): &(usize, &Line)| kind.is_none_or(|kind| kind.fits(line));
            diff.lines().iter().enumerate().filter(fits).map(|(at, _)| at).collect::<Vec<_>>()
        })
    });
    let counted = move |kind: Kind, label: &'static str| {
        let count = move || diff.with(|diff| diff.lines().iter().filter(|line| kind.fits(line)).count());
        let toggle = move || only.update(|only| *only = if *only == Some(kind) { None } else { Some(kind) });
        show(
            move || count() > 0 || only.get() == Some(kind),
            move || pill(label, move || only.get() == Some(kind), toggle).child(" ").child(live(count)),
        )
    };
    let head = el("div")
        .class("tools")
        .child(counted(Kind::Add, "To assign"))
        .child(counted(Kind::Remove, "To remove"))
        .child(counted(Kind::Nothing, "Nothing to do"))
        .child(counted(Kind::Impossible, "Not possible"))
        .child(counted(Kind::Privileged, "Privileged"))
        .child(el("span").class("grow"))
        .child(ways_in(tenant, import, false));
    let headings = move || {
        many![
            column_head("Change", "middle"),
            column_head("Identity", "wide"),
            column_head("API", "wide api"),
            column_head("Role", "wide"),
            actions_head("small"),
        ]
    };
    let table = move || {
        data_table(
            "Changes",
            Shape::Lines,
            headings(),
            move || shown.with(Vec::len),
            move |at| {
                let (here, beside) = shown.with(|shown| {
                    let beside = shown.get(at + 1).or_else(|| shown.get(at.checked_sub(1)?)).copied();
                    Some((*shown.get(at)?, beside))
                })?;
                diff.with(|diff| {
                    let beside = beside.and_then(|beside| diff.lines().get(beside)).map(key_of);
                    diff.lines().get(here).map(|line| row(tenant, line, beside))
                })
            },
            move |key| {
                let is = |at: &usize| diff.with(|diff| diff.lines().get(*at).is_some_and(|line| key_of(line) == key));
                shown.with(|shown| shown.iter().position(is))
            },
        )
    };
    let waiting = move || {
        many![el("p").class("soft").attr("role", "status").child("Reading what the directory says now…"), skeleton(),]
    };
    many![head, either(move || loaded.get(), table, waiting), tray(tenant, loaded, diff, review, problem),]
}

fn diff_now(tenant: Tenant) -> Diff {
    // Who insists on trying is not held up.
    let rights = if tenant.insists.get() { Rights::default() } else { tenant.rights.get() };
    tenant.planning.basket.with(|basket| tenant.read(|catalog| Diff::new(basket, catalog, &rights)))
}

fn key_of(line: &Line) -> String {
    let grant = line.grant;
    format!("{} {} {}", grant.identity, grant.api, grant.role)
}

/// One wish and what it would come to. Dropped, it leaves the focus to the one beside it.
fn row(tenant: Tenant, line: &Line, beside: Option<String>) -> El {
    let grant = line.grant;
    let (names, how) = tenant.read_once(|catalog| {
        let how = catalog.api(grant.api).and_then(|api| risk(api.app_id, grant.role)).map(|risk| risk.how);
        (Names::of(catalog, grant), how)
    });
    let (class, word, why) = match &line.standing {
        Standing::ToAdd => ("tag good", "Assign", String::new()),
        Standing::ToRemove(_) => ("tag bad", "Remove", String::new()),
        Standing::AlreadyThere(_) => {
            ("tag", "Already assigned", "The identity holds the role: nothing to do.".to_owned())
        }
        Standing::AlreadyGone => {
            ("tag", "Already removed", "The identity does not hold the role: nothing to do.".to_owned())
        }
        Standing::Impossible(obstacle) => ("tag warn", word_of(*obstacle), obstacle.to_string()),
    };
    let or_id = |name: String, id: String| if name.is_empty() { id } else { name };
    let (identity, api) = (or_id(names.identity, grant.identity.to_string()), or_id(names.api, grant.api.to_string()));
    let role = or_id(names.role, grant.role.to_string());
    let drop_it = {
        let label = format!("Drop {} of {} for {}", visible(&role), visible(&api), visible(&identity));
        let drop_it = move || {
            tenant.planning.take_out(grant);
            browser::page::focus_soon(beside.clone().unwrap_or_else(|| "page-heading".to_owned()));
        };
        button("button plain small", drop_it).attr("id", key_of(line)).attr("aria-label", label).child("Drop")
    };
    let cell = |text: &str, to: Route, twin: bool| {
        el("div")
            .class("name-cell")
            .child(el("a").attr("href", link_to(to)).child(name(text)))
            .child(twin.then(twin_tag))
    };
    let disabled = matches!(line.standing, Standing::Impossible(Obstacle::RoleDisabled));
    let role_cell = el("div")
        .class("name-cell")
        .child(el("code").child(name(&role)))
        .child(how.filter(|_| line.act == Act::Assign).map(privileged_tag))
        .child(disabled.then(disabled_tag));
    el("tr")
        .key(key_of(line))
        .child(
            line_cell()
                .attr("title", why.clone())
                .child(tag(class).child(word))
                .child(el("span").class("unseen").child(why)),
        )
        .child(line_cell().attr("title", grant.identity.to_string()).child(cell(
            &identity,
            Route::Identity(grant.identity),
            line.twin_identity,
        )))
        .child(line_cell().class("api").attr("title", grant.api.to_string()).child(cell(
            &api,
            Route::Api(grant.api),
            line.twin_api,
        )))
        .child(line_cell().attr("title", visible(&role)).child(role_cell))
        .child(line_cell().class("actions").child(drop_it))
}

fn word_of(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::IdentityGone => "Identity is gone",
        Obstacle::ApiGone => "API is gone",
        Obstacle::RoleGone => "Role is gone",
        Obstacle::RoleDisabled => "Role is disabled",
        Obstacle::RoleForUsers => "Role is for people",
        Obstacle::AssignedAnew => "Assigned anew",
        Obstacle::NotAllowed(_) => "You may not",
    }
}

/// What can be done with the plan, in sight on every long list.
fn tray(
    tenant: Tenant,
    loaded: Memo<bool>,
    diff: Memo<Diff>,
    review: Review,
    problem: RwSignal<Option<Problem>>,
) -> El {
    let count = move || diff.with(|diff| diff.counts().to_add + diff.counts().to_remove);
    let reading = RwSignal::new(false);
    let begin = move || {
        if reading.get_untracked() {
            return;
        }
        reading.set(true);
        problem.set(None);
        browser::spawn(async move {
            // The plan is held against what the directory says at this moment, not when the page was opened.
            let apis = tenant
                .planning
                .basket
                .with_untracked(|basket| basket.wishes().map(|(grant, _)| grant.api).collect::<Sorted<_>>());
            let result = match tenant.refresh_holders(apis).await {
                Ok(()) => freeze(tenant).await,
                Err(error) => Err(error),
            };
            reading.set(false);
            match result {
                Ok(reviewed) => {
                    // What was applied before has had its time; it is in Activity.
                    tenant.applying.dismiss();
                    review.set(Some(Rc::new(reviewed)));
                    browser::page::focus_soon("review");
                }
                Err(error) => problem.set(Some(error)),
            }
        });
    };
    let words = move || match count() {
        _ if reading.get() || !loaded.get() => "Reading…".to_owned(),
        0 => "Nothing to apply".to_owned(),
        count => format!("Review {}…", counted(count, "change")),
    };
    let emptying = RwSignal::new(false);
    let question = ConfirmDialog {
        open: emptying,
        id: "empty-heading",
        title: Box::new(|| "Empty the plan?".to_owned()),
        action: Box::new(|| "Empty it".to_owned()),
        confirm: Box::new(move || {
            tenant.planning.empty();
            browser::page::focus_soon("page-heading");
        }),
        body: Box::new(move || {
            let all = tenant.planning.count();
            el("p").child(format!("It holds {}. The directory stays as it is.", counted(all, "change"))).into()
        }),
    };
    el("div")
        .class("tray")
        // How many of them would change anything is not known before.
        .child(el("strong").attr("role", "status").child(live(move || match loaded.get() {
            true => counted(count(), "change"),
            false => format!("{} collected", grouped(tenant.planning.count())),
        })))
        .child(el("span").class("soft").child(live(move || {
            let all = tenant.planning.count();
            (loaded.get() && all != count()).then(|| format!("of {} collected", grouped(all)))
        })))
        .child(el("span").class("grow"))
        .child(button("button plain", move || emptying.set(true)).child("Empty the plan"))
        .child(
            button("button main", begin)
                .live("disabled", move || count() == 0)
                .live("aria-disabled", move || reading.get().then_some("true"))
                .child(live(words)),
        )
        .child(question.view())
}

/// Fixes what was read just now as the plan that can be applied.
async fn freeze(tenant: Tenant) -> Result<Reviewed, Problem> {
    let diff = untrack(|| diff_now(tenant));
    let plan = diff.freeze();
    let (names, risks) = tenant.read_once(|catalog| {
        let names = plan.steps().iter().map(|change| Names::of(catalog, change.grant())).collect();
        let danger = |change: &crate::plan::Change| {
            let api = catalog.api(change.api()).filter(|_| change.act() == Act::Assign)?;
            risk(api.app_id, change.role()).map(|risk| risk.how)
        };
        (names, plan.steps().iter().map(danger).collect())
    });
    let present = diff.present();
    let account = tenant.session().account().tenant;
    match Digest::of(&browser::crypto::WebCrypto, account, plan.steps()).await {
        Ok(digest) => Ok(Reviewed { plan, names, risks, present, digest }),
        Err(_) => Err(Problem {
            what: "The plan could not be given its mark".to_owned(),
            next_step: "Reload the page; the plan stays.".to_owned(),
            ..Problem::default()
        }),
    }
}
