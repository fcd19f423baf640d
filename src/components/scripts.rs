//! The plan for other tools: copied as a script, or saved as a file that another administrator opens.

use std::rc::Rc;

use leptos::prelude::*;

use super::button::button;
use super::toast::Toasts;
use crate::applying::Reviewed;
use crate::browser;
use crate::plan::script::{Language, Script};
use crate::plan::{Grant, Names, Person, PlanFile};
use crate::tenant::Tenant;
use crate::view::{El, View, el};

/// The ways out of the app for a reviewed plan.
pub fn scripts(tenant: Tenant, reviewed: Rc<Reviewed>) -> El {
    let toasts = expect_context::<Toasts>();
    let copy = |language: Language| {
        let reviewed = reviewed.clone();
        let copy = move || {
            let text = script(tenant, &reviewed, language);
            browser::spawn(async move {
                toasts.say(match browser::clipboard::copy(&text).await {
                    Ok(()) => format!("Copied the plan as {}", language.label()),
                    Err(_) => "The browser did not allow copying".to_owned(),
                });
            });
        };
        button("button small", copy).child(language.label())
    };
    let copies = Language::ALL.map(copy);
    let save = {
        let reviewed = reviewed.clone();
        move || {
            let file = plan_file(tenant, &reviewed);
            browser::download::save(&file.file_name(), "application/json", &file.write());
        }
    };
    el("details")
        .class("note calm")
        .child(el("summary").child("Do it another way: as a script, or by a colleague"))
        .child(el("p").child(
            "The same changes for a pipeline or a change board; a second run changes nothing. Terraform and Bicep say \
             what there shall be, so removals are in the first two alone.",
        ))
        .child(
            el("div")
                .class("tools")
                .child(el("span").child("Copy as"))
                .child(copies.map(View::from).into_iter().collect::<View>()),
        )
        .child(el("p").child("As a file, the plan can be opened, reviewed and applied by another administrator."))
        .child(el("div").class("tools").child(button("button small", save).child("Save the plan file")))
}

fn script(tenant: Tenant, reviewed: &Reviewed, language: Language) -> String {
    let env = tenant.env();
    let names = |grant: Grant| tenant.read_once(|catalog| Names::of(catalog, grant));
    Script {
        tenant: tenant.session().account().tenant,
        cloud: &env.config.cloud,
        at: tenant.now(),
        digest: reviewed.digest,
        plan: &reviewed.plan,
        present: &reviewed.present,
        names: &names,
    }
    .write(language)
}

fn plan_file(tenant: Tenant, reviewed: &Reviewed) -> PlanFile {
    let session = tenant.session();
    let account = session.account();
    PlanFile {
        tenant: account.tenant,
        made_by: Person { name: account.name.clone(), id: account.object_id },
        made_at: tenant.now(),
        digest: reviewed.digest,
        changes: reviewed.plan.steps().iter().cloned().zip(reviewed.names.iter().cloned()).collect(),
    }
}
