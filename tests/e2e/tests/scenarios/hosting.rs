//! Behind a real nginx with the configuration that we ship: the app works there, the policy holds, what was changed on
//! the way does not run; and `cargo xtask check` tells such a host from a careless one.

use crate::delivery::{copy, explained};
use anyhow::Context as _;
use e2e::{
    Host, Result, Setup, World,
    find::until,
    pages::{AccountPage, IdentitiesPage, Shell, SignInPage},
    scenario_with,
};
use emulator::{Emulator, Fault, Matcher, Site};
use hosting::files;
use serde_json::json;
use std::{env, fs, path::Path};

fn behind_nginx(play: impl AsyncFnOnce(&World) -> Result<()>) -> Result<()> {
    scenario_with(Setup { host: Host::Nginx, ..Setup::default() }, play)
}

/// SEC-157: the redirect flow lives with `Cross-Origin-Opener-Policy: same-origin`.
#[test]
fn an_administrator_signs_in_and_sees_every_identity() -> Result<()> {
    behind_nginx(async |world| {
        // A link straight to a page, which nginx answers with index.html.
        world.open("/identities?q=stock").await?;
        SignInPage(world).is_shown().await?;
        Shell(world).sign_in_as("Ada Admin").await?;
        let all = world.graph().identities().await?.len();
        IdentitiesPage(world).status_says(&format!("{all} loaded")).await?;
        world.is_at("/").await?;
        assert!(world.browser.script("return isSecureContext", Vec::new()).await? == true);

        Shell(world).sign_out("Ada Admin").await?;
        let log = world.nginx()?.access_log()?;
        assert!(log.contains("GET /config.json"), "{log}");
        // The answer of the sign-in service is in the fragment, which no host gets to see.
        assert!(!log.contains("code=") && !log.contains("state="), "{log}");
        Ok(())
    })
}

/// What a foreign script would try. Each is refused, and the browser says by which directive.
const PROBES: &str = r#"
    window.refused = [];
    window.through = [];
    const refused = (what) => window.refused.push(what);
    const through = (what) => window.through.push(what);
    addEventListener("securitypolicyviolation", (event) => refused(event.effectiveDirective));
    const [elsewhere, signIn] = arguments;
    const attempt = (what, work) => {
      try { work(); through(what); } catch (error) { refused(`${what}: ${error.name}`); }
    };
    const add = (name, set) => {
      const element = document.createElement(name);
      set(element);
      document.body.append(element);
    };
    // Not in the call of the driver, which may do more than a page.
    setTimeout(() => {
      attempt("eval", () => (0, eval)("1"));
      attempt("Function", () => new Function("return 1")());
      attempt("innerHTML", () => { document.createElement("div").innerHTML = "<b>x</b>"; });
      attempt("createPolicy", () => trustedTypes.createPolicy("own", { createHTML: (text) => text }));
      attempt("handler", () => document.createElement("b").setAttribute("onclick", "through('handler')"));
      attempt("inline script", () => add("script", (it) => { it.textContent = "window.through.push('inline ran')"; }));
      fetch(elsewhere).then(() => through("fetch"), () => refused("fetch"));
      add("img", (it) => { it.src = `${signIn}/x.png`; });
      add("p", (it) => it.setAttribute("style", "color: red"));
      add("iframe", (it) => { it.src = "/"; });
      add("base", (it) => { it.href = elsewhere; });
      add("form", (it) => { it.action = elsewhere; it.method = "post"; });
      document.querySelector("form").submit();
    });
"#;

/// SEC-150, SEC-153, SEC-156: the policy is not only sent, it holds.
#[test]
fn what_a_foreign_script_would_try_is_refused() -> Result<()> {
    behind_nginx(async |world| {
        for said in ["Content Security Policy", "requires 'Trusted", "Trusted Type", "TrustedTypePolicy"] {
            world.expect_in_console(said);
        }
        world.open("/").await?;
        SignInPage(world).is_shown().await?;
        // An origin that answers and is none of the three; and one that may be asked, but for no pictures.
        let origins = vec![json!(world.emulator.app_url()), json!(world.emulator.sign_in_url())];
        world.browser.script(PROBES, origins).await?;
        let expected = [
            "eval: EvalError",
            "Function: EvalError",
            "innerHTML: TypeError",
            "createPolicy: TypeError",
            "handler: TypeError",
            "inline script: TypeError",
            "fetch",
            "connect-src",
            "img-src",
            "style-src-attr",
            "frame-src",
            "base-uri",
            "form-action",
            "require-trusted-types-for",
            "trusted-types",
        ];
        until("everything to be refused", || async {
            let refused = world.browser.script("return window.refused", Vec::new()).await?;
            let missing: Vec<_> = expected
                .iter()
                .filter(|what| !refused.as_array().is_some_and(|it| it.contains(&json!(what))))
                .collect();
            Ok(if missing.is_empty() { Ok(()) } else { Err(format!("not yet {missing:?} among {refused}")) })
        })
        .await?;
        assert_eq!(world.browser.script("return window.through", Vec::new()).await?, json!([]));
        assert!(world.asked(Site::App).is_empty() && world.asked(Site::SignIn).is_empty(), "a request got out");
        Ok(())
    })
}

/// SEC-153
#[test]
fn it_cannot_be_framed() -> Result<()> {
    behind_nginx(async |world| {
        world.expect_in_console("frame-ancestors");
        let address = &world.nginx()?.address;
        world.browser.driver.goto(format!("data:text/html,<iframe src={address}></iframe>")).await?;
        world.browser.driver.enter_frame(0).await?;
        until("the browser's error in place of the app", || async {
            let shown = world.browser.script("return location.href", Vec::new()).await?;
            Ok(if shown == "chrome-error://chromewebdata/" { Ok(()) } else { Err(shown.to_string()) })
        })
        .await?;
        world.browser.driver.enter_default_frame().await?;
        Ok(())
    })
}

/// SEC-011, SEC-153: where a host forgets the header, the page can be framed, and does nothing there.
#[test]
fn in_a_frame_nothing_begins() -> Result<()> {
    let plain = Setup { emulator: Emulator::builder().plain_host(), ..Setup::default() };
    scenario_with(plain, async |world| {
        let framing = format!("<iframe src={}></iframe>", world.emulator.app_url());
        let elsewhere = Matcher::sign_in().path_ends_with("/framing");
        world.emulator.fail_always(elsewhere, Fault::status(200).text("text/html", &framing));
        world.expect_in_console("favicon.ico");
        world.browser.driver.goto(format!("{}/framing", world.emulator.sign_in_url())).await?;
        world.browser.driver.enter_frame(0).await?;
        SignInPage(world).explains("does not run inside another page").await?;
        let here = world.browser.script("return location.href", Vec::new()).await?;
        SignInPage(world).sign_in().await?;
        SignInPage(world).explains("does not run inside another page").await?;
        assert_eq!(world.browser.script("return location.href", Vec::new()).await?, here);
        let asked = world.asked(Site::SignIn);
        assert!(asked.iter().all(|request| !request.path.contains("v2.0")), "a sign-in has begun: {asked:?}");
        world.browser.driver.enter_default_frame().await?;
        Ok(())
    })
}

/// SEC-150, SEC-160, SEC-161: every header on every answer, whatever its status.
#[test]
fn every_answer_has_the_headers() -> Result<()> {
    behind_nginx(async |world| {
        let nginx = world.nginx()?;
        let wasm = fs::read_dir(nginx.files())?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let wasm = wasm.into_iter().find(|name| name.ends_with(".wasm")).context("there is no app")?;
        fs::create_dir(nginx.files().join(".git"))?;
        fs::write(nginx.files().join(".git/HEAD"), "ref")?;
        let html = "text/html; charset=utf-8";
        let site = hosting::Site::published(world.emulator.sign_in_url(), world.emulator.graph_url());
        for (path, status, media_type, lifetime) in [
            ("", 200, html, files::NO_STORE),
            ("index.html", 200, html, files::NO_STORE),
            ("identities/0e2a?q=x", 200, html, files::NO_STORE),
            ("apis/", 200, html, files::NO_STORE),
            ("config.json", 200, "application/json; charset=utf-8", files::NO_STORE),
            ("config.example.json", 200, "application/json; charset=utf-8", files::REVALIDATE),
            (&wasm, 200, "application/wasm", files::IMMUTABLE),
            ("missing-0123456789abcdef.js", 404, html, files::NO_STORE),
            (".git/HEAD", 404, html, files::NO_STORE),
            (".git/config", 404, html, files::NO_STORE),
        ] {
            let answer = world.http.get(nginx.address.join(path)?).send().await?;
            let headers = answer.headers().clone();
            let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let twice = site.headers().iter().any(|(name, _)| headers.get_all(*name).iter().count() != 1);
            for (name, value) in site.headers() {
                assert_eq!(sent(name), value, "{name} of /{path}");
            }
            assert!(!twice, "a header of /{path} is there twice");
            assert_eq!(answer.status(), status, "/{path}");
            assert_eq!(sent("content-type"), media_type, "/{path}");
            assert_eq!(sent("cache-control"), lifetime, "/{path}");
            assert_eq!(sent("server"), "nginx", "/{path} tells the version");
            let index = answer.text().await?.contains("<title>Rolegrant</title>");
            assert_eq!(index, status == 200 && media_type == html, "/{path}");
        }

        // A compressed twin is sent as what it is a twin of.
        let twin = "twin-0123456789abcdef.wasm";
        fs::write(nginx.files().join(twin), "raw")?;
        fs::write(nginx.files().join(format!("{twin}.gz")), "the twin")?;
        let answer = world.http.get(nginx.address.join(twin)?).header("accept-encoding", "br, gzip").send().await?;
        assert_eq!(answer.headers()["content-encoding"], "gzip");
        assert_eq!(answer.headers()["content-type"], "application/wasm");
        assert_eq!(answer.headers()["cache-control"], files::IMMUTABLE);
        assert_eq!(answer.text().await?, "the twin");

        assert_eq!(world.http.post(nginx.address.clone()).send().await?.status(), 405);
        let answer = world.http.get(nginx.plain.join("apis?q=x")?).send().await?;
        assert_eq!(answer.status(), 301);
        assert_eq!(answer.headers()["location"], "https://localhost/apis?q=x");
        world.open("/").await?;
        SignInPage(world).is_shown().await
    })
}

/// A copy of the app with one bit of the last byte changed in the files that are chosen.
fn flipped(chosen: fn(&str) -> bool) -> Result<tempfile::TempDir> {
    let app = tempfile::tempdir()?;
    let mut changed = 0;
    copy(&Setup::default().app, app.path(), |name, mut bytes| {
        if let Some(byte) = bytes.last_mut().filter(|_| chosen(name)) {
            *byte ^= 1;
            changed += 1;
        }
        Some(bytes)
    })?;
    assert_eq!(changed, 1, "one byte in one file");
    Ok(app)
}

/// SEC-155
#[test]
fn a_flipped_byte_in_the_wasm_file_stops_the_app() -> Result<()> {
    explained(flipped(|name| name.ends_with("_bg.wasm"))?.path(), Host::Nginx)
}

/// SEC-155: it is fetched while the sign-in page is shown, and needed after it.
#[test]
fn a_flipped_byte_in_what_is_fetched_later_ends_the_sign_in() -> Result<()> {
    let app = flipped(|name| name.starts_with("split_"))?;
    scenario_with(Setup { app: app.path().to_owned(), host: Host::Nginx, ..Setup::default() }, async |world| {
        world.expect_in_console("integrity");
        world.expect_in_console("Failed to fetch");
        world.open("/").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Ada Admin").await?;
        world.browser.role("alert").says("A part of the app could not be fetched").await?;
        SignInPage(world).is_shown().await?;
        assert!(world.asked(Site::Graph).is_empty(), "nobody is signed in");
        Ok(())
    })
}

/// SEC-155
#[test]
fn a_flipped_byte_in_the_script_stops_the_app() -> Result<()> {
    explained(flipped(|name| name.starts_with("rolegrant") && name.ends_with(".js"))?.path(), Host::Nginx)
}

/// SEC-155: the file that would explain does not run either; the page itself has a sentence for that.
#[test]
fn a_flipped_byte_in_boot_js_stops_everything() -> Result<()> {
    let app = flipped(|name| name.starts_with("boot") && name.ends_with(".js"))?;
    scenario_with(Setup { app: app.path().to_owned(), host: Host::Nginx, ..Setup::default() }, async |world| {
        world.expect_in_console("integrity");
        world.expect_in_console("was preloaded using link preload but not used");
        world.open("/").await?;
        world.browser.role("main").says("Still loading. If this stays, reload the page").await?;
        assert!(world.asked(Site::SignIn).is_empty());
        Ok(())
    })
}

/// What `cargo xtask check` says, and whether it is content.
async fn check(address: &str, authority: Option<&Path>) -> Result<(bool, String)> {
    let mut command = tokio::process::Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--locked", "--package", "xtask", "--", "check", address]);
    if let Some(file) = authority {
        command.arg("--ca").arg(file);
    }
    let output = command.output().await?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok((output.status.success(), said))
}

/// SEC-162
#[test]
fn check_is_content_with_nginx_and_finds_what_is_taken_away() -> Result<()> {
    behind_nginx(async |world| {
        world.open("/").await?;
        SignInPage(world).is_shown().await?;
        let nginx = world.nginx()?;
        let folder = tempfile::tempdir()?;
        let authority = folder.path().join("ca.pem");
        fs::write(&authority, &nginx.certificate)?;
        let address = nginx.address.as_str();
        let (content, said) = check(address, Some(&authority)).await?;
        assert!(content && !said.contains("WRONG"), "{said}");
        for subject in ["config.json", "/rolegrant-", "/boot-", "/missing-0123456789abcdef.js", "/.git/HEAD"] {
            assert!(said.lines().any(|line| line.starts_with("right") && line.contains(subject)), "{subject}: {said}");
        }

        // A file that is not the one that was published, its twin that is left behind, and one that has no business there.
        let names = fs::read_dir(nginx.files())?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let boot = names.into_iter().find(|name| name.starts_with("boot-") && name.ends_with(".js"));
        let boot = nginx.files().join(boot.context("there is no boot.js")?);
        fs::write(&boot, "alert(1)")?;
        fs::write(boot.with_extension("js.gz"), "no gzip")?;
        fs::write(nginx.files().join("nginx.conf"), "")?;
        let (content, said) = check(address, Some(&authority)).await?;
        let wrong: Vec<_> = said.lines().filter(|line| line.starts_with("WRONG")).collect();
        assert!(!content && wrong.len() == 3, "{said}");
        assert!(wrong[0].contains("its content is not what was published"), "{said}");
        assert!(wrong[1].contains("compressed"), "{said}");
        assert!(wrong[2].contains("/nginx.conf: it is served"), "{said}");

        // Without the authority nothing is believed.
        let (content, said) = check(address, None).await?;
        assert!(!content && said.contains("does not answer"), "{said}");
        Ok(())
    })
}

/// SEC-162
#[test]
fn check_names_all_that_a_plain_host_lacks() -> Result<()> {
    let plain = Setup { emulator: Emulator::builder().plain_host(), ..Setup::default() };
    scenario_with(plain, async |world| {
        let address = format!("{}/", world.emulator.app_url());
        let (content, said) = check(&address, None).await?;
        assert!(!content, "{said}");
        for (name, _) in (hosting::Site { published: false, ..hosting::Site::published("", "") }).headers() {
            for path in ["/: ", "/config.json: ", "/missing-0123456789abcdef.js: "] {
                assert!(said.contains(&format!("WRONG  {path}{name} is missing")), "{name} of {path}\n{said}");
            }
        }
        assert!(said.contains("WRONG  config.json: it is the demo's"), "{said}");
        assert!(said.contains("deploy/README.md"), "{said}");
        world.open("/").await?;
        SignInPage(world).is_shown().await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Ada Admin").await?;
        IdentitiesPage(world).is_loaded().await
    })
}
