//! The files of the app under names that hold a hash of what is in them, and the page that names them.
//!
//! Everything that the page loads is checked by the browser against a hash in the page; what the app fetches later,
//! against one in the script that fetches it (SEC-163).

use crate::process::root;
use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256, Sha384};
use std::{collections::BTreeMap, fs, path::Path};

/// Stands in what is compiled where the hash will be: its files name each other, so they share one, and it is known only
/// when all are there. Nothing else contains it.
pub(crate) const UNNAMED: &str = "00c0ffee00c0ffee";

/// What is published as it is, under its own name: people look for it.
const EXAMPLE: &str = "deploy/config.example.json";

/// The settings, which whoever publishes the app puts there.
pub(crate) const SETTINGS: &str = "config.json";

/// How the names begin of the parts that are fetched later, as the tool that takes the app apart gives them.
const LATER: &str = "split_";

/// Whether a file of the app is fetched later than what the page itself names.
pub(crate) fn comes_later(name: &str) -> bool {
    name.starts_with(LATER)
}

/// Writes the app into `folder`: what is in `compiled`, and what index.html names.
pub(crate) fn publish(compiled: &Path, folder: &Path, base: &str) -> Result<()> {
    let mut files = named(read_all(compiled)?)?;
    let page = fs::read_to_string(root().join("index.html")).context("index.html cannot be read")?;
    let page = page_with_hashes(&page, base, &mut files, &|path| {
        let file = root().join(path);
        fs::read(&file).with_context(|| format!("index.html names {}, which cannot be read", file.display()))
    })?;
    files.insert("index.html".to_owned(), page.into_bytes());
    let example = root().join(EXAMPLE);
    let bytes = fs::read(&example).with_context(|| format!("{} cannot be read", example.display()))?;
    files.insert(EXAMPLE.rsplit('/').next().unwrap_or(EXAMPLE).to_owned(), bytes);

    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (name, bytes) in files {
        let file = folder.join(name);
        fs::write(&file, bytes).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// Files by name.
type Files = BTreeMap<String, Vec<u8>>;

fn read_all(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a compiled file has no name")?.to_owned();
        let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Gives what was compiled its hash, and the parts that are fetched later their integrity.
fn named(compiled: Files) -> Result<Files> {
    let mut files = Files::new();
    for (name, bytes) in compiled {
        let (stem, ending) = name.rsplit_once('.').context("a compiled file has no ending")?;
        let bytes = if ending == "wasm" { without_custom_sections(&bytes)? } else { bytes };
        let name = if name.contains(UNNAMED) { name } else { format!("{stem}-{UNNAMED}.{ending}") };
        files.insert(name, bytes);
    }
    // Each part is fetched at one place in one script.
    let parts: Vec<String> = files.keys().filter(|name| comes_later(name)).cloned().collect();
    for name in &parts {
        let (before, after) = (fetch(&name.replace(&format!("-{UNNAMED}"), ""), None), fetch(name, Some("")));
        let scripts: Vec<_> = files.iter_mut().filter(|(name, _)| name.ends_with(".js")).collect();
        let mut found = 0;
        for (_, script) in scripts {
            let text = std::str::from_utf8(script).context("a compiled script is not text")?;
            found += text.matches(&before).count();
            *script = text.replace(&before, &after).into_bytes();
        }
        if found != 1 {
            bail!("{name} is fetched at {found} places instead of one: `{before}`");
        }
    }
    // The hash is that of everything, as it is without the hash.
    let mut hash = Sha256::new();
    for (name, bytes) in &files {
        hash.update(name);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    let hash = hex(&hash.finalize());
    let mut files: Files =
        files.into_iter().map(|(name, bytes)| (name.replace(UNNAMED, &hash), replaced(&bytes, &hash))).collect();
    for name in parts {
        let name = name.replace(UNNAMED, &hash);
        let integrity = files.get(&name).map(|part| integrity(part)).unwrap_or_default();
        for (_, script) in files.iter_mut().filter(|(name, _)| name.ends_with(".js")) {
            let text = String::from_utf8_lossy(script);
            *script = text.replace(&fetch(&name, Some("")), &fetch(&name, Some(&integrity))).into_bytes();
        }
    }
    Ok(files)
}

/// How a script fetches a part.
fn fetch(part: &str, integrity: Option<&str>) -> String {
    match integrity {
        None => format!("fetch(new URL(\"./{part}\", import.meta.url))"),
        Some(integrity) => format!("fetch(new URL(\"./{part}\", import.meta.url), {{ integrity: \"{integrity}\" }})"),
    }
}

/// The same bytes with the hash in its place. Both have the same length, so that lengths written before them stay true.
fn replaced(bytes: &[u8], hash: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some(at) = rest.windows(UNNAMED.len()).position(|window| window == UNNAMED.as_bytes()) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(hash.as_bytes());
        rest = after.get(UNNAMED.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// A WebAssembly module without what only tools read: names, relocations.
/// <https://webassembly.github.io/spec/core/binary/modules.html>
fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    let cut_short = "a compiled module ends in the middle of a section";
    let (head, mut rest) = module.split_at_checked(8).context(cut_short)?;
    let mut out = head.to_vec();
    while let Some((id, after)) = rest.split_first() {
        let (mut length, mut shift, mut body) = (0_usize, 0, after);
        loop {
            let (byte, after) = body.split_first().context(cut_short)?;
            length |= usize::from(byte & 0x7f) << shift;
            (shift, body) = (shift + 7, after);
            if byte & 0x80 == 0 || shift > 28 {
                break;
            }
        }
        let end = rest.len() - body.len() + length;
        let (section, after) = rest.split_at_checked(end).context(cut_short)?;
        if *id != 0 {
            out.extend_from_slice(section);
        }
        rest = after;
    }
    Ok(out)
}

/// The page, with each file that it names under its new name and with its hash; the files that are not compiled are
/// read, and added. Style sheets become one, in their order.
fn page_with_hashes(
    source: &str,
    base: &str,
    files: &mut Files,
    read: &dyn Fn(&str) -> Result<Vec<u8>>,
) -> Result<String> {
    let (mut page, mut sheet) = (String::new(), None::<(usize, Vec<u8>)>);
    for line in source.lines() {
        let tag = line.trim_start();
        let attribute = if tag.starts_with("<link ") {
            "href=\""
        } else if tag.starts_with("<script ") {
            "src=\""
        } else {
            page.push_str(line);
            page.push('\n');
            continue;
        };
        let (before, after) = line.split_once(attribute).with_context(|| format!("`{tag}` names no file"))?;
        let (path, after) = after.split_once('"').with_context(|| format!("`{tag}` has no end"))?;
        if tag.contains("rel=\"stylesheet\"") {
            let (_, all) = sheet.get_or_insert_with(|| (page.len(), Vec::new()));
            all.extend(read(path)?);
            continue;
        }
        if path == SETTINGS {
            page += &format!("{before}{attribute}{base}{path}\"{after}\n");
            continue;
        }
        let name = match published(files, path) {
            Some(name) => name,
            None => add(files, path, read(path)?),
        };
        let integrity = files.get(&name).map(|bytes| integrity(bytes)).unwrap_or_default();
        page +=
            &format!("{before}{attribute}{base}{name}\" crossorigin=\"anonymous\" integrity=\"{integrity}\"{after}\n");
    }
    if let Some((at, all)) = sheet {
        let integrity = integrity(&all);
        let name = add(files, "style.css", all);
        page.insert_str(
            at,
            &format!(
                "    <link rel=\"stylesheet\" href=\"{base}{name}\" crossorigin=\"anonymous\" integrity=\"{integrity}\">\n"
            ),
        );
    }
    Ok(page)
}

/// The name under which something compiled is published: `rolegrant.js`, `rolegrant_bg.wasm`.
fn published(files: &Files, path: &str) -> Option<String> {
    let plain = |name: &str| {
        let (stem, rest) = name.rsplit_once('-')?;
        Some(format!("{stem}{}", rest.get(UNNAMED.len()..)?))
    };
    files.keys().find(|name| plain(name).as_deref() == Some(path)).cloned()
}

/// Adds a file under a name with its hash; gives the name.
fn add(files: &mut Files, path: &str, bytes: Vec<u8>) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let name = format!("{stem}-{}.{ending}", hex(&Sha256::digest(&bytes)));
    files.insert(name.clone(), bytes);
    name
}

/// The beginning of a hash, as names hold it.
fn hex(hash: &[u8]) -> String {
    hash.iter().take(UNNAMED.len() / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// <https://www.w3.org/TR/SRI/>
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, &str)]) -> Files {
        of.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    /// The smallest module, with a custom section before and after a memory section.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0\x00\x03\x01nx\x05\x03\x01\0\x01\x00\x80\x01\x01n";

    fn compiled() -> Files {
        let mut compiled = files(&[
            ("rolegrant-00c0ffee00c0ffee.js", "import \"./parts-00c0ffee00c0ffee.js\";"),
            ("parts-00c0ffee00c0ffee.js", "const src = fetch(new URL(\"./split_rest.wasm\", import.meta.url));"),
        ]);
        compiled.insert("split_rest.wasm".to_owned(), [MODULE, &[0; 126]].concat());
        compiled
    }

    #[test]
    fn what_is_compiled_shares_a_hash_that_changes_with_any_of_it() {
        let first = named(compiled()).unwrap();
        let hash = |files: &Files| files.keys().next().unwrap().split(['-', '.']).nth(1).unwrap().to_owned();
        assert!(first.keys().all(|name| name.contains(&hash(&first)) && !name.contains(UNNAMED)), "{:?}", first.keys());
        assert!(first.values().all(|bytes| !String::from_utf8_lossy(bytes).contains(UNNAMED)));
        assert_eq!(first, named(compiled()).unwrap());
        let mut other = compiled();
        other.get_mut("rolegrant-00c0ffee00c0ffee.js").unwrap().push(b' ');
        assert_ne!(hash(&first), hash(&named(other).unwrap()));
    }

    #[test]
    fn what_is_fetched_later_is_checked_by_the_browser() {
        let files = named(compiled()).unwrap();
        let (name, part) = files.iter().find(|(name, _)| comes_later(name)).unwrap();
        let script = files.iter().find(|(name, _)| name.starts_with("parts-")).unwrap().1;
        let script = std::str::from_utf8(script).unwrap();
        assert!(script.contains(&fetch(name, Some(&integrity(part)))), "{script}");
        // A tool that fetches in another way is noticed.
        let mut other = compiled();
        other.insert("parts-00c0ffee00c0ffee.js".to_owned(), b"fetch('./split_rest.wasm')".to_vec());
        assert!(named(other).unwrap_err().to_string().contains("fetched at 0 places"));
    }

    #[test]
    fn modules_lose_their_custom_sections_alone() {
        let whole = [MODULE, &[0; 126]].concat();
        assert_eq!(without_custom_sections(&whole).unwrap(), b"\0asm\x01\0\0\0\x05\x03\x01\0\x01");
        for cut in [4, 9, 12, whole.len() - 1] {
            assert!(without_custom_sections(&whole[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn the_page_names_what_is_published() {
        let mut known = named(compiled()).unwrap();
        let read = |path: &str| Ok(path.as_bytes().to_vec());
        let source = "<head>\n    <link rel=\"modulepreload\" href=\"rolegrant.js\">\n    <!-- one -->\n    \
                      <link rel=\"stylesheet\" href=\"style/a.css\">\n    <link rel=\"stylesheet\" href=\"style/b.css\">\n    \
                      <script type=\"module\" src=\"boot.js\"></script>\n</head>\n";
        let page = page_with_hashes(source, "/roles/", &mut known, &read).unwrap();
        let lines: Vec<&str> = page.lines().map(str::trim).collect();
        let tag = |start: &str, ending: &str| {
            let (name, bytes) = known.iter().find(|(name, _)| name.ends_with(ending)).unwrap();
            (format!("{start}\"/roles/{name}\" crossorigin=\"anonymous\" integrity=\"{}\"", integrity(bytes)), bytes)
        };
        assert_eq!(lines.len(), 6, "two sheets have become one: {page}");
        let script = known.keys().find(|name| name.starts_with("rolegrant-")).unwrap();
        assert!(lines[1].starts_with(&format!("<link rel=\"modulepreload\" href=\"/roles/{script}\" crossorigin")));
        let (sheet, bytes) = tag("<link rel=\"stylesheet\" href=", ".css");
        assert_eq!((lines[3], bytes.as_slice()), (format!("{sheet}>").as_str(), b"style/a.cssstyle/b.css".as_slice()));
        assert!(lines[4].starts_with("<script type=\"module\" src=\"/roles/boot-") && lines[4].ends_with("></script>"));
        let refused = page_with_hashes("<link rel=\"icon\">", "/", &mut known, &read).unwrap_err().to_string();
        assert!(refused.contains("names no file"), "{refused}");
    }
}
