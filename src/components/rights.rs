//! What stands in the way of a change, said before anything is sent, and the ways out: activate the role, check again,
//! try all the same.

use leptos::prelude::*;

use super::button::button;
use super::icon::{Picture, icon};
use super::toast::Toasts;
use crate::browser;
use crate::tenant::{Lack, Tenant};
use crate::view::{El, View, el, live};

/// A note while something stands in the way; its first sentence has the id, for the buttons that it explains. `what`
/// says what may not be done.
pub fn rights_note(
    id: &'static str,
    what: &'static str,
    lack: impl Fn() -> Option<Lack> + Send + Sync + 'static,
) -> View {
    let lack = Memo::new(move |_| lack());
    live(move || lack.get().map(|shown| note(id, what, shown, lack)))
}

fn note(id: &'static str, what: &'static str, shown: Lack, lack: Memo<Option<Lack>>) -> El {
    let Lack { certain, family } = shown;
    let tenant = Tenant::here();
    let toasts = expect_context::<Toasts>();
    let needed = family.role_needed();
    let sentence = if certain {
        format!("You may not {what}: the directory role {needed} is missing.")
    } else {
        format!("Perhaps you may not {what}: it needs the directory role {needed}.")
    };
    let way = if certain {
        "Activate the role, or ask somebody who has it. A custom role is not seen from here: if you have one, try anyway."
    } else {
        "A custom role may do, too. Microsoft Graph decides."
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
            toasts.say("Your directory roles have been read again");
            if lack.try_get_untracked() == Some(None) {
                // The note goes, and with it the button.
                browser::page::focus("page-heading");
            }
        });
    };
    let verb = move || if tenant.reading_rights.get() { "Checking…" } else { "Check again" };
    let insist = move || {
        // This button goes; the warning that stays has the focus.
        browser::page::focus(id);
        tenant.insists.set(true);
    };
    el("div")
        .class("note calm")
        .child(el("strong").attr("id", id).attr("tabindex", "-1").child(sentence))
        .child(el("span").child(way))
        .child(
            el("div")
                .class("tools")
                .child(my_roles)
                .child(button("button small", check).child(live(verb)))
                .child(certain.then(|| button("button plain small", insist).child("Try anyway"))),
        )
}
