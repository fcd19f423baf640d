//! Which line may be sent when. The removals and grants of one identity keep the plan's order, so that nothing is
//! granted before what was to go first is gone, and one assignment is never written twice at once.

use std::collections::HashMap;

use super::FrozenPlan;
use crate::directory::Act;

/// The stretches into which the lines of each identity fall: grants alone, or removals alone.
pub(super) struct Order {
    /// Which stretch a line belongs to.
    of_line: Vec<usize>,
    stretches: Vec<Stretch>,
}

struct Stretch {
    act: Act,
    before: Option<usize>,
    /// Lines that are not settled.
    open: usize,
    /// Something in it, or before it, was left undone or is not known.
    broken: bool,
}

/// Whether a line may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Now,
    /// Earlier ones are not settled yet.
    Later,
    /// What should have come before it is not known, or was not done.
    Never,
}

impl Order {
    pub(super) fn new(plan: &FrozenPlan) -> Self {
        let (mut of_line, mut stretches): (_, Vec<Stretch>) = (Vec::new(), Vec::new());
        let mut last = HashMap::new();
        for change in plan.steps() {
            let before: Option<usize> = last.get(&change.identity()).copied();
            let same = before.filter(|at| stretches.get(*at).is_some_and(|known| known.act == change.act()));
            let at = same.unwrap_or_else(|| {
                stretches.push(Stretch { act: change.act(), before, open: 0, broken: false });
                stretches.len() - 1
            });
            last.insert(change.identity(), at);
            if let Some(stretch) = stretches.get_mut(at) {
                stretch.open += 1;
            }
            of_line.push(at);
        }
        Self { of_line, stretches }
    }

    pub(super) fn turn(&self, line: usize) -> Turn {
        match self.stretch(line).and_then(|stretch| self.stretches.get(stretch.before?)) {
            None => Turn::Now,
            Some(before) if before.broken => Turn::Never,
            Some(before) if before.open > 0 => Turn::Later,
            Some(_) => Turn::Now,
        }
    }

    /// A line is settled; badly, if it is not known what became of it or it was left.
    pub(super) fn settle(&mut self, line: usize, badly: bool) {
        if let Some(stretch) = self.of_line.get(line).and_then(|at| self.stretches.get_mut(*at)) {
            stretch.open -= 1;
            stretch.broken |= badly;
        }
    }

    fn stretch(&self, line: usize) -> Option<&Stretch> {
        self.stretches.get(*self.of_line.get(line)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::testing::assignment;
    use crate::plan::{Change, Draft};

    fn grant(identity: u128, role: u128) -> Change {
        let row = assignment(identity, 2, role);
        Change::Assign { identity: row.principal, api: row.resource, role: row.role }
    }

    fn removal(identity: u128, role: u128) -> Change {
        let row = assignment(identity, 2, role);
        Change::Remove { assignment: row.id, identity: row.principal, api: row.resource, role: row.role }
    }

    #[test]
    fn removals_and_grants_of_one_identity_keep_their_order() {
        let plan = [removal(1, 1), removal(1, 2), grant(1, 3), grant(2, 3), removal(1, 4), grant(1, 4)];
        let mut order = Order::new(&Draft::new(plan.to_vec()).freeze());
        let turns = |order: &Order| (0..6).map(|line| order.turn(line)).collect::<Vec<_>>();
        use Turn::*;
        assert_eq!(turns(&order), [Now, Now, Later, Now, Later, Later]);
        order.settle(0, false);
        assert_eq!(order.turn(2), Later);
        order.settle(1, false);
        assert_eq!(turns(&order)[2..], [Now, Now, Later, Later]);
        order.settle(2, true);
        assert_eq!(turns(&order)[3..], [Now, Never, Later]);
        order.settle(4, true);
        assert_eq!(order.turn(5), Never);
    }
}
