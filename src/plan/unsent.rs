//! Changes that were confirmed but not sent, written down for the time in which the browser is at the sign-in page.
//! They are ids and nothing else: no name, no token.

use serde::{Deserialize, Serialize};

use super::{Change, Draft};
use crate::directory::{AppRoleId, AssignmentId, ObjectId};

/// The most changes that are believed. A text that holds more was not written here.
const MOST: usize = 20_000;

/// Identity, API, role; and the assignment, where it is to be removed.
#[derive(Serialize, Deserialize)]
struct Row(ObjectId, ObjectId, AppRoleId, Option<String>);

/// The changes as a text.
pub fn write(changes: &[Change]) -> String {
    let row = |change: &Change| {
        let assignment = match change {
            Change::Assign { .. } => None,
            Change::Remove { assignment, .. } => Some(assignment.to_string()),
        };
        Row(change.identity(), change.api(), change.role(), assignment)
    };
    // Texts in lists: there is nothing in it that JSON could not write.
    serde_json::to_string(&changes.iter().map(row).collect::<Vec<_>>()).unwrap_or_default()
}

/// The changes of a text; what is not exactly what [`write()`] writes is none.
pub fn read(text: &str) -> Option<Draft> {
    let rows: Vec<Row> = serde_json::from_str(text).ok()?;
    let change = |Row(identity, api, role, assignment): Row| match assignment {
        None => Some(Change::Assign { identity, api, role }),
        Some(id) => {
            let assignment: AssignmentId = id.parse().ok()?;
            Some(Change::Remove { assignment, identity, api, role })
        }
    };
    let changes: Option<Vec<_>> = (rows.len() <= MOST).then(|| rows.into_iter().map(change).collect())?;
    changes.map(Draft::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn change() -> impl Strategy<Value = Change> {
        (any::<u128>(), any::<u128>(), any::<u128>(), "[A-Za-z0-9_-]{43}", any::<bool>()).prop_map(
            |(identity, api, role, assignment, removes)| {
                let (identity, api, role) =
                    (ObjectId::from_u128(identity), ObjectId::from_u128(api), AppRoleId::from_u128(role));
                if removes {
                    Change::Remove { assignment: assignment.parse().unwrap(), identity, api, role }
                } else {
                    Change::Assign { identity, api, role }
                }
            },
        )
    }

    proptest! {
        #[test]
        fn changes_come_back_as_they_were(changes in proptest::collection::vec(change(), 0..20)) {
            let draft = Draft::new(changes);
            prop_assert_eq!(read(&write(draft.changes())), Some(draft));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            let _ = read(&text);
        }
    }

    #[test]
    fn what_was_not_written_here_is_none() {
        let id = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
        assert!(read(&format!(r#"[["{id}","{id}","{id}",null]]"#)).is_some());
        for text in [
            String::new(),
            "{}".into(),
            "[[1]]".into(),
            format!(r#"[["{id}","{id}"]]"#),
            format!(r#"[["{id}","{id}","{id}","../x"]]"#),
            format!(r#"[["../x","{id}","{id}",null]]"#),
            format!("[{}]", vec![format!(r#"["{id}","{id}","{id}",null]"#); MOST + 1].join(",")),
        ] {
            assert!(read(&text).is_none(), "{}", &text[..text.len().min(80)]);
        }
    }
}
