//! A table as spreadsheets write it: RFC 4180, and also with `;` or a tab between the cells, as Excel does where the
//! comma is the decimal sign, perhaps below a line `sep=;` that says so; and with any kind of line end.

use super::{COLUMNS, FileProblem, MOST_CHANGES, Row, short, too_many};

const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// The rows below the line which names the columns.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, FileProblem> {
    let told = told(text);
    let mut records = Records { rest: text, line: 1, separator: told.unwrap_or_else(|| separator(text)) };
    let heading = if told.is_some() { "second line" } else { "first line" };
    if told.is_some() {
        records.next()?;
    }
    let (_, header) = records.next()?.unwrap_or_default();
    let places = places(heading, &header)?;
    let mut rows = Vec::new();
    while let Some((at, cells)) = records.next()? {
        // Excel writes such lines below the last one.
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == MOST_CHANGES {
            return Err(too_many());
        }
        let text = cells.join(", ");
        let beyond = cells.iter().skip(header.len()).any(|cell| !cell.trim().is_empty());
        let cells = if cells.len() < header.len() || beyond {
            Err(format!("It has {} cells, and the {heading} has {}", cells.len(), header.len()))
        } else {
            Ok(places.map(|place| place.and_then(|place| cells.get(place)).cloned().unwrap_or_default()))
        };
        rows.push(Row { at, cells, text });
    }
    Ok(rows)
}

/// What stands between cells: the first in the first line that could.
fn separator(text: &str) -> char {
    first_line(text).find(SEPARATORS).and_then(|at| text.get(at..)?.chars().next()).unwrap_or(',')
}

/// The same where the first line, which is none of the table's, tells it to Excel: `sep=;`.
fn told(text: &str) -> Option<char> {
    let mut told = first_line(text).strip_prefix("sep=")?.chars();
    told.next().filter(|told| SEPARATORS.contains(told)).filter(|_| told.next().is_none())
}

fn first_line(text: &str) -> &str {
    text.split(['\r', '\n']).next().unwrap_or_default()
}

/// Where each of [`COLUMNS`] is; `heading` says which line names them.
fn places(heading: &str, header: &[String]) -> Result<[Option<usize>; 4], FileProblem> {
    let problem = |wrong: String| {
        let columns = "the columns are action (which may be missing), identity, api and role";
        Err(FileProblem::new(format!("The {heading}"), format!("{wrong}: {columns}")))
    };
    let mut places = [None; 4];
    for (place, name) in header.iter().enumerate() {
        let known = COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(name.trim()));
        match known.and_then(|known| places.get_mut(known)) {
            None => return problem(format!("names a column \"{}\", which is not known", short(name))),
            Some(Some(_)) => return problem(format!("names the column \"{}\" twice", short(name))),
            Some(free) => *free = Some(place),
        }
    }
    match COLUMNS.iter().zip(places).skip(1).find(|(_, place)| place.is_none()) {
        Some((missing, _)) => problem(format!("does not name the column \"{missing}\"")),
        None => Ok(places),
    }
}

/// The records of a text, one after the other.
struct Records<'a> {
    rest: &'a str,
    /// The line on which `rest` begins, counted as an editor counts.
    line: usize,
    separator: char,
}

impl Records<'_> {
    /// The next record with the line on which it begins.
    fn next(&mut self) -> Result<Option<(usize, Vec<String>)>, FileProblem> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (at, mut cells) = (self.line, Vec::new());
        loop {
            cells.push(self.cell()?);
            match self.take() {
                Some(character) if character == self.separator => {}
                // An end of the line, or of the text.
                _ => return Ok(Some((at, cells))),
            }
        }
    }

    /// The next cell; what ends it is left.
    fn cell(&mut self) -> Result<String, FileProblem> {
        let ends = [self.separator, '\r', '\n'];
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find(ends).unwrap_or(self.rest.len());
            let (cell, rest) = self.rest.split_at_checked(end).unwrap_or_default();
            self.rest = rest;
            return Ok(cell.to_owned());
        };
        let begin = self.line;
        self.rest = quoted;
        let mut cell = String::new();
        loop {
            match self.take() {
                None => return Err(FileProblem::new(format!("Line {begin}"), "begins a quoted cell that never ends")),
                Some('"') if !self.rest.starts_with('"') => break,
                Some('"') => {
                    self.take();
                    cell.push('"');
                }
                Some(character) => cell.push(character),
            }
        }
        if self.rest.is_empty() || self.rest.starts_with(ends) {
            Ok(cell)
        } else {
            Err(FileProblem::new(format!("Line {}", self.line), "has text behind a closing quote"))
        }
    }

    /// The next character; the end of a line is one, however it is written.
    fn take(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let mut character = characters.next()?;
        if character == '\r' {
            character = '\n';
            if characters.as_str().starts_with('\n') {
                characters.next();
            }
        }
        self.line += usize::from(character == '\n');
        self.rest = characters.as_str();
        Some(character)
    }
}
