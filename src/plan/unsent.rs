//! Changes that were confirmed but not sent, written down for the time in which the browser is at the sign-in page.
//! They are ids and nothing else: no name, no token.

use super::{Change, Draft};
/// The most changes that are believed. A text that holds more was not written here.
const MOST: usize = 20_000;

/// The changes as a text: a line each, of identity, API and role, and of the assignment where it is to be removed.
pub fn write(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        text += &format!("{} {} {}", change.identity(), change.api(), change.role());
        if let Change::Remove { assignment, .. } = change {
            text += &format!(" {assignment}");
        }
        text.push('\n');
    }
    text
}

/// The changes of a text; what is not exactly what [`write()`] writes is none.
pub fn read(text: &str) -> Option<Draft> {
    let lines = text.split_terminator('\n');
    let changes: Option<Vec<_>> = (lines.clone().count() <= MOST).then(|| lines.map(change).collect())?;
    changes.map(Draft::new)
}

fn change(line: &str) -> Option<Change> {
    let mut words = line.split(' ');
    let (identity, api, role) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    match (words.next(), words.next()) {
        (None, _) => Some(Change::Assign { identity, api, role }),
        (Some(id), None) => Some(Change::Remove { assignment: id.parse().ok()?, identity, api, role }),
        (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{AppRoleId, ObjectId};
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
        assert!(read(&format!("{id} {id} {id}\n")).is_some());
        for text in [
            "\n".to_owned(),
            "{}".into(),
            "1 1 1".into(),
            format!(r#"[["{id}","{id}","{id}",null]]"#),
            format!("{id} {id}"),
            format!("{id}  {id} {id}"),
            format!("{id} {id} {id} "),
            format!("{id} {id} {id} ../x"),
            format!("{id} {id} {id} 47nZsM8O_UuNq5Jz3QValCxBBiqJea9Drc9CMK4Ru_M x"),
            format!("../x {id} {id}"),
            format!("{id} {id} {id}\n").repeat(MOST + 1),
        ] {
            assert!(read(&text).is_none(), "{}", &text[..text.len().min(80)]);
        }
    }
}
