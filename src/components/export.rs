//! "Export…" above a table: what the table shows, all of it, as a file.

use std::rc::Rc;

use super::button::button;
use super::dialog::modal;
use super::list::counted;
use crate::browser;
use crate::directory::Catalog;
use crate::export::{Format, Origin, Sheet};
use crate::signals::RwSignal;
use crate::tenant::Tenant;
use crate::view::{View, el, many};

/// The button that has the focus first.
const CSV: &str = "export-csv";

/// Calls back with the table, made out of the catalog.
pub type Draw = dyn Fn(&Catalog, &mut dyn FnMut(Sheet<'_>));

/// The button and its dialog. `of` says what is in the table, `count` says how many there are, `complete` whether all of
/// them and all that they say have been read.
pub fn export(
    of: &'static str,
    count: impl Fn() -> usize + Copy + 'static,
    complete: impl Fn() -> bool + Copy + 'static,
    draw: impl Fn(&Catalog, &mut dyn FnMut(Sheet<'_>)) + 'static,
) -> View {
    dialog(of, Rc::new(count), Rc::new(complete), Rc::new(draw))
}

fn dialog(of: &'static str, count: Rc<dyn Fn() -> usize>, complete: Rc<dyn Fn() -> bool>, draw: Rc<Draw>) -> View {
    let tenant = Tenant::here();
    let open = RwSignal::new(false);
    let content = move || {
        let rows = counted(count(), "row");
        let saves = Format::ALL.map(|format| {
            let (complete, draw) = (complete.clone(), draw.clone());
            let save = move || {
                save(tenant, complete(), format, &*draw);
                open.set(false);
            };
            let button = button("button main", save).child(format.label());
            if format == Format::Csv { button.attr("id", CSV) } else { button }
        });
        el("div")
            .class("dialog-body")
            .child(el("h2").attr("id", "export-heading").child(format!("Export {of}")))
            .child(el("p").child(format!("{rows}: all that match, in the order shown, with names and ids.")))
            .child((!complete()).then(|| {
                let text = "Not everything has been read: the file holds what is here, and its name says that it is incomplete.";
                el("p").class("note warn").child(text)
            }))
            .child(
                el("div")
                    .class("dialog-actions")
                    .child(button("button", move || open.set(false)).child("Cancel"))
                    .child(saves.into_iter().collect::<View>()),
            )
    };
    many![
        button("button", move || open.set(true)).child("Export…"),
        modal("export-heading", CSV, move || open.get(), move || open.set(false), content),
    ]
}

fn save(tenant: Tenant, complete: bool, format: Format, draw: &Draw) {
    let origin = Origin { tenant: tenant.session().account().tenant, at: tenant.now(), complete };
    tenant.read_once(|catalog| {
        draw(catalog, &mut |sheet| {
            let name = sheet.file_name(&origin, format);
            browser::download::save_pieces(&name, format.media_type(), |piece| sheet.write(&origin, format, piece));
        });
    });
}
