//! What the app has weighed from change to change, so that growth is seen the day it happens. `xtask/sizes.txt` has a
//! line a change, the oldest first: the day, the bytes that a first visit transfers, and what changed.

use anyhow::{Context as _, Result, bail};

const RECORD: &str = include_str!("../sizes.txt");
/// So many of the last changes are shown.
const SHOWN: usize = 5;
/// From so many bytes on a change is worth a line.
const WORTH_A_LINE: usize = 500;

struct Change<'a> {
    day: &'a str,
    bytes: usize,
    what: &'a str,
}

/// The last lines of the record, with what each added, and what has been added since; `today` in bytes.
pub(crate) fn report(today: usize) -> Result<String> {
    table(RECORD, today)
}

fn table(record: &str, today: usize) -> Result<String> {
    let changes = read(record)?;
    let last = changes.last().context("xtask/sizes.txt has no line yet")?;
    let mut table = format!("\n{:>10} {:>10} {:>10}  recorded in xtask/sizes.txt\n", "day", "brotli", "more");
    let from = changes.len().saturating_sub(SHOWN);
    for (at, Change { day, bytes, what }) in changes.iter().enumerate().skip(from) {
        let before = at.checked_sub(1).and_then(|before| changes.get(before));
        let more = before.map_or_else(String::new, |before| growth(before.bytes, *bytes));
        table += &format!("{day:>10} {bytes:>10} {more:>10}  {what}\n");
    }
    table += &format!("{:>10} {today:>10} {:>10}  since the last line\n", "today", growth(last.bytes, today));
    if last.bytes.abs_diff(today) >= WORTH_A_LINE {
        table += &format!("Next: add a line for it, since it is {WORTH_A_LINE} bytes or more\n");
    }
    Ok(table)
}

fn read(record: &str) -> Result<Vec<Change<'_>>> {
    let mut changes = Vec::new();
    for (at, line) in record.lines().enumerate() {
        let mut parts = line.splitn(3, ' ');
        let (day, bytes, what) = (parts.next(), parts.next(), parts.next().map(str::trim));
        match (day, bytes.map(str::parse), what) {
            (Some(day), Some(Ok(bytes)), Some(what)) if is_day(day) && !what.is_empty() => {
                changes.push(Change { day, bytes, what });
            }
            _ => bail!(
                "line {} of xtask/sizes.txt cannot be read: `{line}`\n\
                 Next: write it as `2026-11-26 396541 what changed`",
                at + 1
            ),
        }
    }
    Ok(changes)
}

/// Whether it has the form of a day, `2026-11-26`.
fn is_day(text: &str) -> bool {
    let fits = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}

fn growth(before: usize, after: usize) -> String {
    let sign = if after < before { '-' } else { '+' };
    format!("{sign}{}", before.abs_diff(after))
}

#[cfg(test)]
mod tests {
    use super::{RECORD, read, report, table};

    const TWO: &str = "2026-11-25 370000 the plan\n2026-11-26 390000 the lists: search, export\n";

    #[test]
    fn each_change_is_shown_with_what_it_added() {
        let shown = table(TWO, 389_990).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[2], "2026-11-25     370000             the plan");
        assert_eq!(lines[3], "2026-11-26     390000     +20000  the lists: search, export");
        assert_eq!(lines[4], "     today     389990        -10  since the last line");
        assert_eq!(lines.len(), 5, "ten bytes are not worth a line");
        assert!(table(TWO, 390_500).unwrap().contains("+500  since the last line\nNext: add a line"));
    }

    #[test]
    fn of_a_long_record_the_end_is_shown() {
        let record: String = (0..9).map(|at| format!("2026-11-0{at} {} change {at}\n", 1000 + at)).collect();
        let shown = table(&record, 1_008).unwrap();
        assert!(!shown.contains("change 3") && shown.contains("1004         +1  change 4"), "{shown}");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for line in
            ["", "2026-11-26 396541", "2026-11-26 396541  ", "396541 lists", "26-11-2026 1 x", "2026-11-26 1.5 x"]
        {
            let error = table(&format!("{TWO}{line}\n"), 1).unwrap_err().to_string();
            assert!(error.contains(&format!("line 3 of xtask/sizes.txt cannot be read: `{line}`")), "{error}");
        }
        assert!(table("", 1).unwrap_err().to_string().contains("no line yet"));
    }

    #[test]
    fn the_record_can_be_read() {
        assert!(report(396_541).is_ok());
        assert!(read(RECORD).unwrap().is_sorted_by_key(|change| change.day), "the oldest comes first");
    }
}
