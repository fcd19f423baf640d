//! `cargo xtask dist`: the app for a static host, compressed beforehand, and the budget that keeps it small.

use crate::{app, deployment::Deployment, growth, process::root, publish, sbom};
use anyhow::{Context as _, Result, bail};
use flate2::{Compression, write::GzEncoder};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// What a browser transfers until somebody can sign in: html, js, wasm and css, in brotli. Bytes.
const BUDGET: usize = 180_000;

/// What the whole app may weigh, in the same bytes. This number falls with every saving, and rises only with a commit
/// that says for what.
///
/// The last rises: by 95,000 for the plan, with what collects, imports, compares and reviews (20 kB), the engine that
/// applies (18 kB), its records and receipts (21 kB), their screens (12 kB), texts and scripts (9 kB), and the code that
/// all of it shares; by 3,000 for receipts of single changes, lines that a phone shows whole, and word of retries; by
/// 24,000 for the lists: their quicker search, their export as files, the filters by state, subscription and role held,
/// the choice of columns, and the matrix of holders and roles; by 13,000 for lists of 100,000 that load and answer
/// several times faster (7 kB), waits that count down and records that agree with their pages (4 kB), and the order of
/// short tables; by 24,000 for being two files, each compressed by itself, of which a first visit waits for one; and by
/// 11,000 for the list that a reload begins with (8 kB) and the reading of twenty lists of holders a request (3 kB).
/// The last 2,000 are room: the bytes differ a little from machine to machine.
const CEILING: usize = 447_000;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The path under which the app will be served
    #[arg(long, value_name = "PATH", default_value = "/")]
    base: String,
    /// The deployment's config.json: it goes among the files, and the host's configuration is written for its cloud
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    // Read first, so that nobody waits minutes to be told what is wrong with it.
    let deployment = options.config.as_deref().map(Deployment::read).transpose()?;
    let folder = root().join("dist");
    app::build(&folder, &options.base)?;
    if let Some(deployment) = &deployment {
        deployment.put_into(&folder)?;
    }
    let sizes = compress(&folder)?;
    report(&sizes);
    check(&sizes)?;

    // Beside the files and never among them: a host serves all that it finds there.
    let beside = root().join("dist-host");
    if beside.exists() {
        fs::remove_dir_all(&beside).with_context(|| format!("{} cannot be emptied", beside.display()))?;
    }
    fs::create_dir_all(&beside).with_context(|| format!("{} cannot be made", beside.display()))?;
    let crates = sbom::write(&beside.join("sbom.cdx.json"))?;
    println!("\n{} is ready for a static host.", folder.display());
    println!("{} has its bill of materials ({crates} crates)", beside.display());
    match &deployment {
        Some(deployment) => {
            deployment.write_host_files(&beside, &options.base)?;
            println!("and the configuration of nginx and of Azure Static Web Apps. deploy/README.md says what to do.");
        }
        None => {
            println!("and with `--config config.json` the host's configuration too. deploy/README.md says what to do.")
        }
    }
    Ok(())
}

/// One file of the app and what it weighs on the way to the browser, in bytes.
#[derive(Clone)]
pub(crate) struct Size {
    name: String,
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Size {
    /// Whether a browser transfers it to run the app.
    fn counts(&self) -> bool {
        extension(Path::new(&self.name)).is_some_and(|kind| ["html", "js", "wasm", "css"].contains(&kind))
    }

    /// Whether the sign-in waits for it.
    fn comes_first(&self) -> bool {
        self.counts() && !publish::comes_later(&self.name)
    }
}

/// Leaves a `.br` and a `.gz` beside each file. The same files give the same bytes: neither format is given a date.
pub(crate) fn compress(folder: &Path) -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    for file in files(folder)? {
        match extension(&file) {
            Some("br" | "gz") | None => continue,
            // People change it where it is published: a twin would go on answering with the old settings.
            Some(_) if file.ends_with(publish::SETTINGS) => continue,
            Some(_) => {}
        }
        let raw = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let gzip = gzip(&raw)?;
        let brotli = brotli(&raw)?;
        for (suffix, body) in [("gz", &gzip), ("br", &brotli)] {
            let name = format!("{}.{suffix}", file.display());
            fs::write(&name, body).with_context(|| format!("{name} cannot be written"))?;
        }
        let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
        sizes.push(Size { name, raw: raw.len(), gzip: gzip.len(), brotli: brotli.len() });
    }
    sizes.sort_by(|one, other| other.brotli.cmp(&one.brotli).then_with(|| one.name.cmp(&other.name)));
    Ok(sizes)
}

/// Prints one line a file.
pub(crate) fn report(sizes: &[Size]) {
    println!("\n{:>10} {:>10} {:>10}  file", "bytes", "gzip", "brotli");
    for Size { name, raw, gzip, brotli } in sizes {
        println!("{raw:>10} {gzip:>10} {brotli:>10}  {name}");
    }
}

/// Fails when the app outweighs its budget.
pub(crate) fn check(sizes: &[Size]) -> Result<()> {
    let sum = |counts: fn(&Size) -> bool| sizes.iter().filter(|size| counts(size)).map(|size| size.brotli).sum();
    let (first, whole): (usize, usize) = (sum(Size::comes_first), sum(Size::counts));
    if !sizes.iter().any(|size| size.counts() && size.name.ends_with(".wasm")) {
        bail!("there is no app here: no WebAssembly file was built");
    }
    println!("{first:>32}  until somebody can sign in (html, js, wasm and css in brotli; the budget is {BUDGET})");
    println!("{whole:>32}  in all; it fails above {CEILING}");
    print!("{}", growth::report(whole)?);
    for (weight, most, what) in [(first, BUDGET, "what the sign-in waits for"), (whole, CEILING, "the app")] {
        if weight > most {
            bail!(
                "{what} is {} bytes over {most}, the most that it may weigh\n\
                 Next: see what grew (`cargo tree`, twiggy), and make it small again or argue for another budget",
                weight - most
            );
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

fn extension(file: &Path) -> Option<&str> {
    file.extension()?.to_str()
}

fn gzip(raw: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(raw)?;
    Ok(encoder.finish()?)
}

fn brotli(mut raw: &[u8]) -> Result<Vec<u8>> {
    // The strongest level, and the largest window that browsers accept.
    let strongest = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut raw, &mut packed, &strongest)?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::{BUDGET, CEILING, Size, check, compress};
    use std::{collections::BTreeMap, fs, path::Path};

    fn size(name: &str, brotli: usize) -> Size {
        Size { name: name.to_owned(), raw: 3 * brotli, gzip: 2 * brotli, brotli }
    }

    #[test]
    fn the_sign_in_and_the_whole_have_their_own_limits() {
        let (main, rest) = (size("app.wasm", BUDGET - 1_000), size("split_rest.wasm", CEILING - BUDGET));
        assert!(check(&[main.clone(), rest.clone(), size("a.js", 1_000), size("favicon.svg", 5_000)]).is_ok());
        assert!(check(&[main.clone(), size("a.js", 1_000), size("a.css", 1)]).is_err(), "the sign-in is too heavy");
        assert!(check(&[main, rest, size("split_more.wasm", 1_001)]).is_err(), "the whole is too heavy");
    }

    #[test]
    fn an_empty_folder_is_no_small_app() {
        assert!(check(&[size("index.html", 10)]).is_err());
    }

    /// SEC-163: the same files give the same bytes, in whatever order and at whatever time they were written.
    #[test]
    fn packing_twice_gives_the_same_bytes() {
        let names = ["index.html", "a.js", "b.css", "config.json"];
        let packed = |names: &mut dyn Iterator<Item = &str>| {
            let folder = tempfile::tempdir().unwrap();
            for name in names {
                fs::write(folder.path().join(name), name.repeat(1_000)).unwrap();
            }
            compress(folder.path()).unwrap();
            contents(folder.path())
        };
        let first = packed(&mut names.into_iter());
        assert_eq!(first, packed(&mut names.into_iter().rev()));
        assert!(first.contains_key("index.html.br") && first.contains_key("a.js.gz"));
        assert!(!first.contains_key("config.json.gz"), "a host would go on answering with it after a change");
        // The date in a gzip header (RFC 1952): none.
        assert_eq!(first["a.js.gz"][4..8], [0; 4]);
    }

    fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
    }
}
