//! Times in words.

use std::time::Duration;

/// About how long: `90 seconds`, `3 minutes`, `28 hours`; never less than it is.
pub fn human(time: Duration) -> String {
    let secs = time.as_secs().max(1);
    match secs {
        1 => "1 second".to_owned(),
        2..=119 => format!("{secs} seconds"),
        120..=7199 => format!("{} minutes", secs.div_ceil(60)),
        _ => format!("{} hours", secs.div_ceil(3600)),
    }
}
