//! Changes that were written elsewhere: a table or a plan file, pasted, chosen or dropped. What was understood and what
//! was not is shown first; only a press puts it into the plan, and a bad file loses nothing (SEC-115).

use leptos::ev::{self, Event};
use leptos::prelude::*;

use super::button::button;
use super::copy::copy_button;
use super::dialog::modal;
use super::labels::{code, name, tag};
use super::list::counted;
use super::toast::Toasts;
use crate::browser;
use crate::browser::open_file;
use crate::directory::Act;
use crate::plan::import::{self, Unclear};
use crate::plan::{Change, Grant, LARGEST_FILE, MOST_CHANGES, Names, PlanFile, Wish};
use crate::planning::Tally;
use crate::signals::RwSignal;
use crate::tenant::Tenant;
use crate::view::{El, View, el, live, many, show};

/// The most rows of a kind that are shown.
const SHOWN: usize = 100;

/// How a table begins, to begin one with.
const EXAMPLE: &str = "action,identity,api,role\nassign,id-stock-sync,Microsoft Graph,User.Read.All\n";

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Understood {
    /// Whose plan it is, if it is a plan.
    plan: Option<PlanFile>,
    /// What would be added.
    wishes: Vec<(Grant, Wish)>,
    /// What is not clear.
    unclear: Vec<Unclear>,
    /// What numbers the unclear.
    unit: &'static str,
    /// What came of adding the wishes, which are gone then.
    added: Option<Tally>,
}

/// The dialog and its button. A handle: copies show the same one.
#[derive(Clone, Copy)]
pub struct Import {
    tenant: Tenant,
    open: RwSignal<bool>,
    /// What was pasted; it stays whatever becomes of it.
    text: RwSignal<String>,
    /// What came of reading the last input.
    result: RwSignal<Option<Result<Understood, String>>>,
}

/// The id of the button.
const OPENER: &str = "import";

impl Import {
    /// Closed, with nothing read.
    pub fn new(tenant: Tenant) -> Self {
        Self { tenant, open: RwSignal::new(false), text: RwSignal::default(), result: RwSignal::default() }
    }

    /// The button that opens it.
    pub fn button(self) -> El {
        button("button", move || self.open.set(true)).attr("id", OPENER).child("Import…")
    }

    /// The dialog. Whatever becomes of the page below, it stays, with what was not clear.
    pub fn dialog(self) -> El {
        let closed = move || {
            self.open.set(false);
            // The button may be another one by now.
            browser::page::focus_soon(OPENER);
        };
        modal("import-heading", "import-text", move || self.open.get(), closed, move || self.content())
            .class("large-dialog")
    }

    fn content(self) -> El {
        let take_file = move |event: &Event| {
            let Some(file) = open_file::file_of(event) else { return };
            browser::spawn(async move {
                match open_file::read(&file, LARGEST_FILE).await {
                    Ok(bytes) => self.read(&bytes).await,
                    Err(error) => self.result.set(Some(Err(error.to_string()))),
                }
            });
        };
        let read_text = move || {
            browser::spawn(async move { self.read(self.text.get_untracked().as_bytes()).await });
        };
        let loading = || {
            el("p").class("sub").attr("role", "status").child(
                "The lists are still loading. When they are there, names can be told apart and the input can be read.",
            )
        };
        let paste = el("textarea")
            .class("field area")
            .attr("id", "import-text")
            .attr("rows", "5")
            .attr("spellcheck", "false")
            .attr("placeholder", EXAMPLE)
            .attr("aria-describedby", "import-help")
            .live_value(move || self.text.get())
            .on(ev::input, move |event| self.text.set(event_target_value(&event)));
        let file = el("input")
            .attr("id", "import-file")
            .attr("type", "file")
            .attr("accept", ".csv,.json,.txt,text/csv,application/json")
            .live("disabled", move || !self.tenant.is_loaded())
            .on(ev::change, move |event| take_file(&event));
        el("div")
            .class("dialog-body")
            .on(ev::dragover, |event| event.prevent_default())
            .on(ev::drop, move |event| {
                event.prevent_default();
                take_file(&event);
            })
            .child(el("h2").attr("id", "import-heading").child("Import changes"))
            .child(el("p").attr("id", "import-help").class("soft").child(
                "A table in CSV or JSON with the columns identity, api, role and, if you like, action (assign or \
                 remove), by names, role values or ids; or a plan file. Nothing is added before you have seen what was \
                 understood.",
            ))
            .child(
                el("div")
                    .class("labelled")
                    .child(el("label").attr("for", "import-text").child("Paste the table or the plan"))
                    .child(paste),
            )
            .child(
                el("div")
                    .class("tools")
                    .child(
                        button("button", read_text)
                            .live("disabled", move || {
                                self.text.with(|text| text.trim().is_empty()) || !self.tenant.is_loaded()
                            })
                            .child("Read what was pasted"),
                    )
                    .child(el("label").attr("for", "import-file").child("or choose a file, or drop it here:"))
                    .child(file),
            )
            .child(show(move || !self.tenant.is_loaded(), loading))
            .child(
                el("div")
                    .attr("role", "status")
                    .attr("id", "import-result")
                    .attr("tabindex", "-1")
                    .class("stack")
                    .child(live(move || {
                        self.result.get().map(|result| match result {
                            Ok(understood) => self.understood(&understood),
                            Err(problem) => el("div")
                                .class("note bad")
                                .child(el("strong").child("It could not be read"))
                                .child(el("span").child(name(&problem)))
                                .into(),
                        })
                    })),
            )
            .child(
                el("div")
                    .class("dialog-actions")
                    .child(button("button", move || self.open.set(false)).child("Close"))
                    .child(live(move || self.add_button())),
            )
    }

    /// Reads either kind; what was read before is forgotten.
    async fn read(self, bytes: &[u8]) {
        if !untrack(|| self.tenant.is_loaded()) {
            return self.result.set(Some(Err("The lists are still loading: try again in a moment.".to_owned())));
        }
        let is_object = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().starts_with(b"{");
        let result = if is_object { self.read_plan(bytes).await } else { self.read_table(bytes) };
        self.result.set(Some(result));
        browser::page::focus("import-result");
    }

    fn read_table(self, bytes: &[u8]) -> Result<Understood, String> {
        let read = self.tenant.read_once(|catalog| import::read(bytes, catalog)).map_err(|error| error.to_string())?;
        let wishes = read.clear.into_iter().map(|clear| (clear.grant, clear.wish)).collect();
        Ok(Understood { wishes, unclear: read.unclear, unit: read.unit, ..Understood::default() })
    }

    async fn read_plan(self, bytes: &[u8]) -> Result<Understood, String> {
        let here = self.tenant.session().account().tenant;
        let plan = PlanFile::read(bytes, here).map_err(|error| error.to_string())?;
        match plan.is_whole(&browser::crypto::WebCrypto).await {
            Ok(true) => {}
            Ok(false) => {
                return Err(
                    "The plan was damaged or changed on its way: its changes are not those of its digest. Ask \
                            for it once more."
                        .to_owned(),
                );
            }
            Err(error) => return Err(error.to_string()),
        }
        let wish = |change: &Change| match change {
            Change::Assign { .. } => Wish::Assign,
            Change::Remove { assignment, .. } => Wish::Remove(Some(assignment.clone())),
        };
        let wishes = plan.changes.iter().map(|(change, _)| (change.grant(), wish(change))).collect();
        Ok(Understood { plan: Some(plan), wishes, ..Understood::default() })
    }

    /// What was read, before it is added.
    fn understood(self, read: &Understood) -> View {
        let Understood { plan, wishes, unclear, unit, added } = read;
        let about = plan.as_ref().map(|plan| {
            el("p")
                .child("A plan of ")
                .child(name(&plan.made_by.name))
                .child(format!(", by its own account, of {}, with the digest ", plan.made_at))
                .child(code(&plan.digest.short()))
                .child(". Compare the digest with what you were told by another way.")
        });
        let rest = |of: usize| (of > SHOWN).then(|| el("p").class("soft").child(format!("and {} more", of - SHOWN)));
        let row = |(grant, wish): &(Grant, Wish)| self.row(*grant, wish);
        let understood = (!wishes.is_empty()).then(|| {
            many![
                el("ul")
                    .class("roles")
                    .attr("tabindex", "0")
                    .attr("aria-label", "Changes understood")
                    .child(wishes.iter().take(SHOWN).map(row).collect::<View>()),
                rest(wishes.len()),
            ]
        });
        let line = |it: &Unclear| format!("{} {}: {}. {}", capital(unit), it.at, it.why, it.text);
        let item = |it: &Unclear| {
            el("li")
                .child(el("div").child(format!("{} {}: {}", capital(unit), it.at, it.why)))
                .child(el("div").class("sub").child(name(&it.text)))
        };
        let lost = (!unclear.is_empty()).then(|| {
            let all = unclear.iter().map(line).collect::<Vec<_>>().join("\n");
            el("div")
                .class("note warn")
                .child(
                    el("div")
                        .class("tools")
                        .child(el("strong").child(format!("{} not clear, and left out", counted(unclear.len(), "row"))))
                        .child(copy_button("unclear rows", all)),
                )
                .child(el("ul").class("stack").child(unclear.iter().take(SHOWN).map(item).collect::<View>()))
                .child(rest(unclear.len()))
        });
        let sum = match added {
            Some(tally) => tally.to_string(),
            None => format!("{} understood", counted(wishes.len(), "change")),
        };
        many![about, el("strong").child(sum), understood, lost]
    }

    fn row(self, grant: Grant, wish: &Wish) -> El {
        let (class, word, joint) = match wish.act() {
            Act::Assign => ("tag good", "Assign", " to "),
            Act::Remove => ("tag bad", "Remove", " from "),
        };
        // As the directory calls them, not the file.
        let names = self.tenant.read_once(|catalog| Names::of(catalog, grant));
        let or_id = |text: String, id: String| name(if text.is_empty() { &id } else { &text });
        el("li").child(el("span").child(tag(class).child(word))).child(
            el("div").child(el("code").child(or_id(names.role, grant.role.to_string()))).child(
                el("span")
                    .child(or_id(names.api, grant.api.to_string()))
                    .child(joint)
                    .child(or_id(names.identity, grant.identity.to_string())),
            ),
        )
    }

    fn add_button(self) -> Option<El> {
        let count = self.result.with(|result| match result {
            Some(Ok(read)) => read.wishes.len(),
            _ => 0,
        });
        let toasts = expect_context::<Toasts>();
        let room = MOST_CHANGES.saturating_sub(self.tenant.planning.count());
        let add = move || {
            let Some(Ok(mut read)) = self.result.get_untracked() else { return };
            let tally = self.tenant.planning.collect(std::mem::take(&mut read.wishes));
            // What is left to put right stays in sight.
            if read.unclear.is_empty() {
                self.text.set(String::new());
                self.result.set(None);
                self.open.set(false);
            } else {
                read.added = Some(tally);
                self.result.set(Some(Ok(read)));
                browser::page::focus("import-result");
            }
            toasts.say(tally.to_string());
        };
        (count > 0).then(|| {
            button("button main", add).attr("disabled", count > room).child(if count > room {
                format!("The plan has room for {room} more")
            } else {
                format!("Add {} to the plan", counted(count, "change"))
            })
        })
    }
}

fn capital(unit: &str) -> &'static str {
    if unit == "line" { "Line" } else { "Entry" }
}
