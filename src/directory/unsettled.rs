//! What was written a moment ago and may not be read yet: the directory answers from many replicas, which hear of a
//! write one after the other. What Graph accepted is true, whatever an older replica says meanwhile.
//! <https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra>

use std::time::Duration;

use super::{Assignment, AssignmentId, Timestamp};

/// How long a read may contradict a write that was accepted. Lists were seen to lag by a minute, rarely by five.
pub const SETTLING: Duration = Duration::from_secs(5 * 60);

/// The writes of the last minutes.
#[derive(Debug, Default)]
pub struct Unsettled {
    made: Vec<(Timestamp, Assignment)>,
    removed: Vec<(Timestamp, AssignmentId)>,
}

impl Unsettled {
    /// Graph has made this assignment.
    pub fn made(&mut self, now: Timestamp, assignment: Assignment) {
        self.removed.retain(|(_, id)| *id != assignment.id);
        self.made.push((now, assignment));
    }

    /// Graph has removed this assignment, or has none of this id.
    pub fn removed(&mut self, now: Timestamp, id: AssignmentId) {
        self.made.retain(|(_, made)| made.id != id);
        self.removed.push((now, id));
    }

    /// What a read says, put right by the writes that it may not have heard of. `asked` tells which assignments the
    /// read was about.
    pub fn over(
        &self,
        mut rows: Vec<Assignment>,
        asked: impl Fn(&Assignment) -> bool,
        now: Timestamp,
    ) -> Vec<Assignment> {
        let recent = |at: Timestamp| now < at + SETTLING;
        rows.retain(|row| !self.removed.iter().any(|(at, id)| recent(*at) && row.id == *id));
        for (at, made) in &self.made {
            if recent(*at) && asked(made) && !rows.iter().any(|row| row.id == made.id) {
                rows.push(made.clone());
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::ObjectId;
    use crate::directory::testing::assignment;

    const NOW: Timestamp = Timestamp::from_unix_millis(1_800_000_000_000);

    fn of_one(row: &Assignment) -> bool {
        row.principal == ObjectId::from_u128(1)
    }

    #[test]
    fn an_older_replica_neither_hides_nor_revives() {
        let (kept, made, gone) = (assignment(1, 2, 3), assignment(1, 2, 4), assignment(1, 2, 5));
        let mut unsettled = Unsettled::default();
        unsettled.made(NOW, made.clone());
        unsettled.made(NOW, assignment(9, 2, 4));
        unsettled.removed(NOW, gone.id.clone());
        let old = vec![kept.clone(), gone.clone()];
        let new = vec![kept.clone(), made.clone()];
        assert_eq!(unsettled.over(old.clone(), of_one, NOW), new);
        assert_eq!(unsettled.over(new.clone(), of_one, NOW), new, "nothing twice");
        assert_eq!(unsettled.over(old.clone(), of_one, NOW + SETTLING), old, "after a while a read is believed");
    }

    #[test]
    fn the_last_write_counts() {
        let row = assignment(1, 2, 3);
        let mut unsettled = Unsettled::default();
        unsettled.made(NOW, row.clone());
        unsettled.removed(NOW, row.id.clone());
        assert_eq!(unsettled.over(vec![row.clone()], of_one, NOW), []);
        unsettled.made(NOW, row.clone());
        assert_eq!(unsettled.over(Vec::new(), of_one, NOW), [row]);
    }
}
