//! What stands in the way of a change, said before anything is sent, and the ways out: activate the role, check again,
//! try all the same.

use leptos::prelude::*;

use super::button::button;
use super::icon::{Picture, icon};
use super::labels::name;
use super::toast::Toasts;
use crate::browser;
use crate::directory::{Act, Family};
use crate::signals::Memo;
use crate::tenant::{Lack, Tenant};
use crate::view::{El, View, el, live};

/// A note while something stands in the way; its first sentence has the id, for the buttons that it explains.
pub fn rights_note(id: &'static str, lack: impl Fn() -> Option<Lack> + Send + Sync + 'static) -> View {
    let lack = Memo::new(lack);
    live(move || lack.get().map(|shown| note(id, shown, lack)))
}

fn note(id: &'static str, shown: Lack, lack: Memo<Option<Lack>>) -> El {
    let Lack { certain, act, family, apis } = shown;
    let tenant = Tenant::here();
    let toasts = expect_context::<Toasts>();
    let may_not = if certain { "You may not " } else { "You might not be able to " };
    let verb = if act == Act::Assign { "assign" } else { "remove" };
    let sentence = el("strong")
        .attr("id", id)
        .attr("tabindex", "-1")
        .child(may_not)
        .child(verb)
        .child(" roles of ")
        .child(name(&apis))
        .child(": the directory role ")
        .child(family.role_needed())
        .child(" is missing.");
    let way = match (certain, act, family) {
        (true, ..) => {
            "Activate the role, or ask somebody who has it. A custom role is not seen from here: if you have one, try \
             anyway."
        }
        (false, Act::Remove, Family::Guarded) => {
            "Microsoft documents this for assigning them, but not for removing them. You can try: Microsoft Graph decides."
        }
        _ => "A custom role may do, too. You can try: Microsoft Graph decides.",
    };
    let my_roles = tenant.env().config.cloud.entra_admin_center().map(|center| {
        el("a")
            .class("button small")
            .attr("href", format!("{center}/#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/aadmigratedroles"))
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer")
            .child("Activate a role ")
            .child(icon(Picture::External))
    });
    let check = move || {
        browser::spawn(async move {
            tenant.check_rights_again().await;
            let goes = lack.try_get_untracked() == Some(None);
            toasts.say(if goes { "Checked: you can go ahead" } else { "Checked: the directory role is still missing" });
            if goes {
                // And with the note the button.
                browser::page::focus("page-heading");
            }
        });
    };
    let checking = move || if tenant.reading_rights.get() { "Checking…" } else { "Check again" };
    let insist = move || {
        // This button goes; the warning that stays has the focus.
        browser::page::focus(id);
        tenant.insists.set(true);
    };
    el("div").class("note calm").child(sentence).child(el("span").child(way)).child(
        el("div")
            .class("tools")
            .child(my_roles)
            .child(button("button small", check).child(live(checking)))
            .child(certain.then(|| button("button plain small", insist).child("Try anyway"))),
    )
}
