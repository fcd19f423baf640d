use proptest::prelude::*;

use super::super::testing::{grant, hostile};
use super::*;
use crate::directory::testing::{api, assignment, identity, role};

/// Identities 1 and 2 are twins; API 10 has a role of each kind, APIs 11 and 12 are twins. Identity 3 holds role 100.
fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    catalog.add_identities(vec![
        identity(1, "twin"),
        identity(2, "TWIN"),
        identity(3, "mi, \"x\"\ny"),
        identity(4, "mi-a"),
        identity(7, ""),
    ]);
    let roles = vec![
        role(100, "Read"),
        role(101, "Write"),
        AppRole { enabled: false, ..role(102, "Old") },
        AppRole { for_applications: false, for_users: true, ..role(103, "Approve") },
        AppRole { for_applications: false, for_users: true, ..role(104, "Write") },
        role(105, "case"),
        role(106, "Case"),
        role(107, ""),
    ];
    catalog.add_apis(vec![Api { roles, ..api(10, "Orders") }, api(11, "Rates"), api(12, "rates")]);
    catalog.set_held_by(ObjectId::from_u128(3), vec![assignment(3, 10, 100), assignment(3, 10, 999)]);
    catalog
}

fn import(text: &str) -> Import {
    read(text.as_bytes(), &catalog()).unwrap()
}

fn problem(text: &str) -> String {
    read(text.as_bytes(), &catalog()).unwrap_err().to_string()
}

fn guid(value: u128) -> String {
    ObjectId::from_u128(value).to_string()
}

/// Why a row is not clear; empty if it is.
fn why(row: &str) -> String {
    let Import { clear, unclear, .. } = import(&format!("action,identity,api,role\n{row}\n"));
    assert_eq!(clear.len() + unclear.len(), 1);
    unclear.into_iter().next().map(|unclear| unclear.why).unwrap_or_default()
}

#[test]
fn reads_names_application_ids_and_object_ids() {
    let app = |id: u128| AppId::from_u128(id << 64).to_string();
    for (identity, api, role) in [
        ("mi-a".to_owned(), "Orders".to_owned(), "Write".to_owned()),
        ("MI-A ".into(), " orders".into(), "WRITE".into()),
        (guid(4), guid(10), guid(101)),
        (app(4), app(10).to_uppercase(), " Write ".into()),
    ] {
        for action in ["", "assign", "Assign "] {
            let read = import(&format!("identity,action,api,role\r\n{identity},{action},{api},{role}\r\n"));
            assert_eq!(read.clear, [Clear { at: 2, grant: grant(4, 10, 101), wish: Wish::Assign }], "{identity}");
            assert_eq!(read.unclear, []);
        }
    }
}

/// SEC-115
#[test]
fn says_of_every_unclear_row_why() {
    let (one, two) = (guid(1), guid(2));
    for (row, says) in [
        ("assign,mi-a,Orders,Read", String::new()),
        ("assign,mi-a,Orders,Case", String::new()),
        ("grant,mi-a,Orders,Read", "The action \"grant\" is neither \"assign\" nor \"remove\"".into()),
        ("assign,mi-b,Orders,Read", "No identity with the name or id \"mi-b\" is known in the tenant".into()),
        ("assign,,Orders,Read", "The identity is missing".into()),
        ("assign,\u{200B},Orders,Read", "The identity is missing".into()),
        ("assign,mi-a,,Read", "The API is missing".into()),
        ("assign,mi-a,Orders,", "The role is missing".into()),
        (
            "assign,Twin,Orders,Read",
            format!("2 identities answer to \"Twin\": write the object id of one, {one} or {two}"),
        ),
        ("assign,mi-a,Order,Read", "No API with the name or id \"Order\" is known in the tenant".into()),
        (
            "assign,mi-a,Rates,Read",
            format!(
                "2 APIs answer to \"Rates\": write the object id of one, {} (application id {}) or {} (application id {})",
                guid(11),
                AppId::from_u128(11 << 64),
                guid(12),
                AppId::from_u128(12 << 64),
            ),
        ),
        ("assign,mi-a,Orders,Sell", "\"Orders\" has no role \"Sell\"".into()),
        (
            "assign,mi-a,Orders,CASE",
            format!("2 roles have the value \"CASE\": write the id of one, {} or {}", guid(105), guid(106)),
        ),
        ("assign,mi-a,Orders,Old", "The API does not offer this role at present".into()),
        ("assign,mi-a,Orders,Approve", "Only users and groups may hold this role".into()),
        (&format!("assign,mi-a,Orders,{}", guid(55)), "The API does not declare this role".into()),
        (
            &format!("assign,{},Orders,Read", guid(55)),
            format!("No identity with the name or id \"{}\" is known in the tenant", guid(55)),
        ),
        ("remove,mi-a,Orders,Read", "The identity does not hold this role".into()),
        (&format!("remove,{},Orders,Read", guid(3)), String::new()),
        // What is held can be removed, though its API declares it no more.
        (&format!("remove,{},Orders,{}", guid(3), guid(999)), String::new()),
        // What is held already is clear: the review will say so.
        (&format!("assign,{},Orders,Read", guid(3)), String::new()),
        ("assign,mi-a,Orders", "It has 3 cells, and the first line has 4".into()),
        ("assign,mi-a,Orders,Read,x", "It has 5 cells, and the first line has 4".into()),
        ("assign,mi-a,Orders,Read,,", String::new()),
        (
            "as\u{202E}sign,mi-a,Orders,Read",
            "The action \"as⟨U+202E⟩sign\" is neither \"assign\" nor \"remove\"".into(),
        ),
        // An export's guard against formulas is not taken away: it would be guessing.
        ("assign,'mi-a,Orders,Read", "No identity with the name or id \"'mi-a\" is known in the tenant".into()),
    ] {
        assert_eq!(why(row), says, "{row}");
    }
}

#[test]
fn an_id_is_no_name() {
    let mut catalog = catalog();
    catalog.add_identities(vec![identity(5, &guid(4))]);
    let text = format!("identity,api,role\n{},Orders,Read\n", guid(4));
    assert_eq!(read(text.as_bytes(), &catalog).unwrap().clear[0].grant, grant(4, 10, 100));
    // An application id that is another's object id means neither.
    catalog.add_identities(vec![crate::directory::Identity { app_id: AppId::from_u128(4), ..identity(6, "six") }]);
    let unclear = read(text.as_bytes(), &catalog).unwrap().unclear;
    assert!(unclear[0].why.starts_with("2 identities answer to"), "{}", unclear[0].why);
}

#[test]
fn points_at_what_comes_twice() {
    let read = import(
        "action,identity,api,role\nassign,mi-a,Orders,Read\n\n,MI-A,orders,Read\nassign,mi-a,Orders,Write\nremove,mi-a,Orders,Read\n",
    );
    assert_eq!(read.clear.iter().map(|clear| clear.at).collect::<Vec<_>>(), [2, 5]);
    let same = Unclear { at: 4, text: ", MI-A, orders, Read".into(), why: "It is the same as line 2".into() };
    assert_eq!(read.unclear[0], same);
    assert_eq!((read.unclear[1].at, read.unclear[1].why.as_str()), (6, "The identity does not hold this role"));
    let text = format!("action,identity,api,role\nassign,{id},Orders,Read\nremove,{id},Orders,Read\n", id = guid(3));
    assert_eq!(import(&text).unclear[0].why, "It is the opposite of line 2");
}

#[test]
fn reads_what_excel_writes() {
    let expected = [
        Clear { at: 2, grant: grant(3, 10, 100), wish: Wish::Remove(None) },
        Clear { at: 4, grant: grant(4, 10, 101), wish: Wish::Assign },
    ];
    for separator in [",", ";", "\t"] {
        for end in ["\n", "\r\n", "\r"] {
            for mark in ["", "\u{FEFF}"] {
                let lines = [
                    format!("{mark}Action,Identity,API,Role"),
                    format!("remove,\"mi, \"\"x\"\"{end}y\",Orders,\"Read\""),
                    "assign,\"mi-a\",Orders,Write".to_owned(),
                    ",,,".to_owned(),
                ];
                let text = lines.map(|line| line.replace(',', separator)).join(end);
                // The comma in the name is one of the name again.
                let text = text.replace(&format!("mi{separator} "), "mi, ");
                let read = import(&text);
                assert_eq!((read.clear.as_slice(), read.unclear.as_slice()), (&expected[..], &[][..]), "{text:?}");
                assert_eq!(read.unit, "line");
            }
        }
    }
}

/// By its first line Excel tells itself what stands between the cells, whatever the country.
#[test]
fn reads_the_line_that_is_for_excel_alone() {
    for (separator, end) in [(";", "\r\n"), (",", "\n"), ("\t", "\r")] {
        let lines = ["sep=,", "identity,api,role", "mi-a,Orders,Write", "mi-b,Orders,Read", "mi-a,Orders"];
        let read = import(&format!("\u{FEFF}{}", lines.map(|line| line.replace(',', separator)).join(end)));
        assert_eq!(read.clear, [Clear { at: 3, grant: grant(4, 10, 101), wish: Wish::Assign }], "{separator:?}");
        assert_eq!(read.unclear.iter().map(|unclear| unclear.at).collect::<Vec<_>>(), [4, 5], "as an editor counts");
        assert_eq!(read.unclear[1].why, "It has 2 cells, and the second line has 3");
    }
    for (text, says) in [
        ("sep=;\nidentity,api,role\n", "The second line names a column \"identity,api,role\", which is not known: "),
        ("sep=;", "The second line does not name the column \"identity\": "),
        ("sep=|\nidentity|api|role\n", "The first line names a column \"sep=|\", which is not known: "),
        ("sep=;;\nidentity;api;role\n", "The first line names a column \"sep=\", which is not known: "),
        ("sep=;\nsep=;\nidentity;api;role\n", "The second line names a column \"sep=\", which is not known: "),
    ] {
        assert!(problem(text).starts_with(says), "{text:?}: {}", problem(text));
    }
}

/// SEC-115: the header is strict, and what is wrong is named.
#[test]
fn refuses_a_table_that_it_does_not_understand() {
    let columns = ": the columns are action (which may be missing), identity, api and role.";
    for (text, says) in [
        ("", "The file is empty.".to_owned()),
        (" \n", "The file is empty.".into()),
        ("identity,api\nx,y\n", format!("The first line does not name the column \"role\"{columns}")),
        ("identity,api,role,note\n", format!("The first line names a column \"note\", which is not known{columns}")),
        ("identity,api,role,Role\n", format!("The first line names the column \"Role\" twice{columns}")),
        (
            "mi-a Orders Read\n",
            format!("The first line names a column \"mi-a Orders Read\", which is not known{columns}"),
        ),
        ("identity,api,role\nx,\"y,z\n\n", "Line 2 begins a quoted cell that never ends.".into()),
        ("identity,api,role\nx,\"y\"z,r\n", "Line 2 has text behind a closing quote.".into()),
        ("{\"a\":1}", "The file is JSON, but not a list of objects.".into()),
        ("{\"format\":\"rolegrant-plan\"}", "The file is a plan or a receipt, not a table of changes.".into()),
        ("[1]", "Entry 1 is not an object.".into()),
        ("[{},", "The file is not valid JSON: line 1, column 4.".into()),
        (
            "[{\"Identity\":\"x\"}]",
            "Entry 1 has a member \"Identity\", which is not known: the members are action, identity, api, role."
                .into(),
        ),
    ] {
        assert_eq!(problem(text), says, "{text}");
    }
    let utf_16 = [0xFF, 0xFE, b'i', 0];
    assert_eq!(
        read(&utf_16, &catalog()).unwrap_err().to_string(),
        "The file is not in UTF-8: in Excel, save it as \"CSV UTF-8\"."
    );
}

/// SEC-115: sizes are limited.
#[test]
fn has_bounds() {
    let row = "mi-a,Orders,Read\n";
    let most = format!("identity,api,role\n{}", row.repeat(20_000));
    assert_eq!(import(&most).unclear.len(), 19_999);
    assert_eq!(problem(&(most + row)), "The file has more than 20000 rows.");
    let entry = "{},".repeat(20_000);
    assert_eq!(import(&format!("[{entry}{{}}]").replacen("{},", "", 1)).unclear.len(), 20_000);
    assert_eq!(problem(&format!("[{entry}{{}}]")), "The file has more than 20000 rows.");
    assert_eq!(problem(&" ".repeat(LARGEST_FILE + 1)), "The file is larger than 20 MB.");
}

#[test]
fn reads_json_by_the_same_rules() {
    let read = import(
        r#" [{"identity": "mi-a", "api": "Orders", "role": "Read"},
             {"action": "remove", "identity": "mi-a", "api": "Orders", "role": "Write"},
             {"identity": 4, "api": "Orders", "role": "Read"},
             {"identity": "mi-a", "api": "Orders"},
             {"identity": "MI-A", "api": "Orders", "role": "Read"}]"#,
    );
    assert_eq!(read.clear, [Clear { at: 1, grant: grant(4, 10, 100), wish: Wish::Assign }]);
    let whys: Vec<_> = read.unclear.iter().map(|unclear| (unclear.at, unclear.why.as_str())).collect();
    assert_eq!(
        whys,
        [
            (2, "The identity does not hold this role"),
            (3, "\"identity\" is not a text"),
            (4, "The role is missing"),
            (5, "It is the same as entry 1")
        ]
    );
    assert_eq!(read.unit, "entry");
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        hostile(),
        prop::sample::select(vec!["mi-a", "Orders", "Read", "assign", "remove", "twin", ""]).prop_map(str::to_owned)
    ]
}

proptest! {
    /// Each row is either clear or explained, whatever is in it, and both forms are read alike.
    #[test]
    fn nothing_is_lost(rows in prop::collection::vec([cell(), cell(), cell(), cell()], 1..8), separator in prop::sample::select(vec![',', ';', '\t'])) {
        let write = |cells: &[String]| -> String {
            let cells: Vec<_> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            cells.join(&separator.to_string()) + "\r\n"
        };
        let header = COLUMNS.map(str::to_owned);
        let text: String = std::iter::once(&header).chain(&rows).map(|row| write(row)).collect();
        let from_csv = import(&text);
        let blank = rows.iter().filter(|row| row.iter().all(|cell| cell.trim().is_empty())).count();
        prop_assert_eq!(from_csv.clear.len() + from_csv.unclear.len() + blank, rows.len());
        for unclear in &from_csv.unclear {
            prop_assert!(!unclear.why.is_empty() && !unclear.text.is_empty());
            prop_assert!(!unclear.why.contains(['\u{202E}', '\n', '\r', '\u{2066}', '\0']), "{}", unclear.why);
        }
        // What the quotes hold comes back as it was, but that all line ends are one.
        let entries: Vec<_> = rows.iter().map(|row| {
            let one_end = |text: &String| text.replace("\r\n", "\n").replace('\r', "\n");
            let members = COLUMNS.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), one_end(cell).into()));
            serde_json::Value::Object(members.collect())
        }).collect();
        let from_json = import(&serde_json::Value::Array(entries).to_string());
        let grants = |import: &Import| import.clear.iter().map(|clear| (clear.grant, clear.wish.clone())).collect::<Vec<_>>();
        prop_assert_eq!(grants(&from_csv), grants(&from_json));
        prop_assert_eq!(from_csv.unclear.len() + blank, from_json.unclear.len());
    }

    #[test]
    fn any_text_is_read(bytes in prop::collection::vec(any::<u8>(), 0..200), text in hostile()) {
        let catalog = catalog();
        let _ = read(&bytes, &catalog);
        let _ = read(format!("identity;api;role\n{text}").as_bytes(), &catalog);
        let _ = read(format!("[{{\"identity\":\"{text}\"}}]").as_bytes(), &catalog);
    }
}
