//! What happens when the app's own code is wrong: one calm sentence in the page, and the place in the code in the
//! console. Never the panic's message, which may quote data or a secret (SEC-130).

use super::page;

/// Installs the hook, once.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        web_sys::console::error_2(&"Rolegrant stopped at".into(), &place.into());
        page::replace_all_by(
            "Rolegrant stopped because of an error of its own. Nothing more is sent. Reload the page; what was \
             assigned or removed before is kept, and the list will show it.",
        );
    }));
}
