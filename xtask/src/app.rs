//! Builds the app as it is shipped: compiled for size, taken apart into what the sign-in needs and what is fetched after
//! it, and published under names that hold a hash.

use crate::{
    process::{cargo, output_of, root, run, target_dir, timed},
    publish::{self, UNNAMED},
    tools,
};
use anyhow::{Context as _, Result, anyhow, bail};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the app is left for demo and tests. Not `dist/`, which is what the last `cargo xtask dist` made of it.
pub(crate) fn folder() -> PathBuf {
    target_dir().join("app")
}

/// Builds the app into `folder`, to be served at `base`: a path that begins and ends with a slash.
///
/// Cargo is always called: it knows best whether there is anything to do, and the rest takes a few seconds.
pub(crate) fn build(folder: &Path, base: &str) -> Result<()> {
    if !base.starts_with('/') || !base.ends_with('/') || base.starts_with("//") {
        bail!("`{base}` cannot be the path of the app: it begins and ends with one slash, as in /roles/");
    }
    let wasm_bindgen = tools::for_app()?;
    tools::tidy();
    tools::fetch_crates()?;
    timed("building the app", || {
        let linked = compile()?;
        let compiled = target_dir().join("compiled");
        if compiled.exists() {
            fs::remove_dir_all(&compiled).with_context(|| format!("{} cannot be emptied", compiled.display()))?;
        }
        fs::create_dir_all(&compiled).with_context(|| format!("{} cannot be made", compiled.display()))?;
        let main = take_apart(&linked, &compiled)?;
        bind(&wasm_bindgen, &main, &compiled)?;
        fs::remove_file(&main).with_context(|| format!("{} cannot be removed", main.display()))?;
        publish::publish(&compiled, folder, base)
    })
}

/// Compiles and links; gives the WebAssembly file.
fn compile() -> Result<PathBuf> {
    let mut flags = without_paths_of_this_machine()?;
    // What refers to what, which taking the app apart needs to know.
    flags.push("\u{1f}-Clink-arg=--emit-relocs");
    let target = "wasm32-unknown-unknown";
    run(
        cargo()
            .args(["build", "--quiet", "--locked", "--release", "--package", "rolegrant", "--bin", "rolegrant"])
            .args(["--target", target])
            // In place of any flags from outside.
            .env("CARGO_ENCODED_RUSTFLAGS", flags),
        "Next: the lines above tell which file and why",
    )?;
    Ok(target_dir().join(target).join("release/rolegrant.wasm"))
}

/// Puts what is reached only through a function marked `#[wasm_split]` into files of their own. Gives the main file,
/// which wasm-bindgen has still to see.
fn take_apart(linked: &Path, into: &Path) -> Result<PathBuf> {
    let whole = fs::read(linked).with_context(|| format!("{} cannot be read", linked.display()))?;
    let main = into.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&whole);
    let (script, parts) = (format!("./rolegrant-{UNNAMED}.js"), format!("./parts-{UNNAMED}.js"));
    options.output_dir = into;
    options.main_out_path = &main;
    options.main_module = &script;
    options.link_name = &parts;
    wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("{} cannot be taken apart: {error:#}", linked.display()))?;
    Ok(main)
}

/// Joins the main file to the browser's functions.
fn bind(wasm_bindgen: &Path, main: &Path, into: &Path) -> Result<()> {
    run(
        Command::new(wasm_bindgen)
            .args(["--target", "web", "--no-typescript", "--remove-name-section", "--remove-producers-section"])
            // The other parts take these from it.
            .arg("--keep-lld-exports")
            .args(["--out-name", &format!("rolegrant-{UNNAMED}"), "--out-dir"])
            .arg(into)
            .arg(main),
        "Next: the lines above tell why",
    )
}

/// The compiler's flags that make the same file on every machine: panic messages name the source file they come from,
/// by a path that would differ from one folder, home or registry to the next. One trace of `CARGO_HOME` stays, which
/// deploy/README.md names.
fn without_paths_of_this_machine() -> Result<OsString> {
    let ask = |arguments: &[&str]| output_of(Command::new("rustc").args(arguments)).context("rustc cannot be asked");
    let version = ask(&["-vV"])?;
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown");
    let library = Path::new(&ask(&["--print", "sysroot"])?).join("lib/rustlib/src/rust");
    let mut renamed = vec![
        (root(), "/rolegrant".to_owned()),
        (target_dir(), "/rolegrant/target".to_owned()),
        // Where the compiler itself says that its library is.
        (library, format!("/rustc/{commit}")),
    ];
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let registries = home.context("there is no home folder")?.join("registry/src");
    for registry in fs::read_dir(&registries).with_context(|| format!("{} cannot be listed", registries.display()))? {
        renamed.push((registry?.path(), "/crates".to_owned()));
    }
    let mut flags = OsString::new();
    for (from, to) in renamed {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    Ok(flags)
}
