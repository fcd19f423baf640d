//! Medians, and the table of what was measured beside its goals.

/// The middle one.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.into_iter().collect();
    percentile(&values, 0.5)
}

/// The value that this share of them does not exceed.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// The table; it is printed as it grows.
pub(crate) struct Figures {
    /// How many goals are missed.
    pub(crate) missed: usize,
}

impl Figures {
    /// The head of the table.
    pub(crate) fn new() -> Self {
        println!("{:<58} {:>12} {:>10} {:>7}  {:<12}", "figure", "measured", "bare", "ratio", "goal");
        Self { missed: 0 }
    }

    /// A figure that is to be at most so many times what the bare page needs; or is only told.
    pub(crate) fn ratio(&mut self, name: &str, measured: f64, bare: f64, goal: Option<f64>) {
        let ratio = measured / bare;
        let words = goal.map_or_else(String::new, |goal| format!("≤ {goal} ×"));
        self.line(name, &format!("{measured:.0} ms"), &format!("{bare:.0} ms"), &format!("{ratio:.2}"), &words);
        self.judge(goal.map(|goal| ratio <= goal));
    }

    /// A figure that is to be at most this.
    pub(crate) fn most(&mut self, name: &str, measured: f64, unit: &str, goal: Option<f64>) {
        let words = goal.map_or_else(String::new, |goal| format!("≤ {goal} {unit}"));
        // As finely as the goal is given.
        let measured = (measured * 10.0).round() / 10.0;
        self.line(name, &format!("{measured} {unit}"), "", "", &words);
        self.judge(goal.map(|goal| measured <= goal));
    }

    fn line(&self, name: &str, measured: &str, bare: &str, ratio: &str, goal: &str) {
        print!("{name:<58} {measured:>12} {bare:>10} {ratio:>7}  {goal:<12} ");
    }

    fn judge(&mut self, met: Option<bool>) {
        println!("{}", met.map_or("", |met| if met { "met" } else { "MISSED" }));
        self.missed += usize::from(met == Some(false));
    }
}
