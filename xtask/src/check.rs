//! `cargo xtask check`: asks a deployment for its files as a browser would, and says what is right and wrong with them.
//!
//! What is right is what `hosting` says for the config.json that the deployment itself answers with.

mod judge;
mod page;

use crate::{deployment::origins, publish};
use anyhow::{Context as _, Result, bail};
use flate2::read::GzDecoder;
use hosting::{Site, files, policy};
use reqwest::{
    Certificate, Client, StatusCode,
    header::{ACCEPT_ENCODING, HeaderMap},
    redirect::Policy,
};
use rolegrant::config::Config;
use std::{collections::VecDeque, fs, io::Read as _, path::PathBuf, time::Duration};
use url::Url;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The address of the app, such as https://rolegrant.example.com/
    #[arg(value_name = "URL")]
    address: Url,
    /// Trust this certificate authority, and no other (PEM)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let address = &options.address;
    if !address.path().ends_with('/') || address.query().is_some() || address.fragment().is_some() {
        bail!("{address} is not the address of an app: it ends in a slash, as its redirect URI does");
    }
    let _another_was_first = rustls::crypto::ring::default_provider().install_default();
    let mut client = Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(30));
    if let Some(file) = &options.ca {
        let pem = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        client = client.tls_certs_only([Certificate::from_pem(&pem)?]);
    }
    let mut report = Report::default();
    let deployment = Deployment { address, client: client.build()? };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(deployment.examine(&mut report))?;
    match report.wrong {
        0 => Ok(()),
        1 => bail!("one thing is wrong; deploy/README.md says how to set a host up"),
        wrong => bail!("{wrong} things are wrong; deploy/README.md says how to set a host up"),
    }
}

/// Prints what was found as it is found, and counts.
#[derive(Default)]
struct Report {
    wrong: usize,
}

impl Report {
    /// One subject, and all that is wrong with it.
    fn on(&mut self, subject: &str, right: &str, wrong: impl IntoIterator<Item = String>) {
        let before = self.wrong;
        for what in wrong {
            println!("WRONG  {subject}: {what}");
            self.wrong += 1;
        }
        if self.wrong == before {
            println!("right  {subject}: {right}");
        }
    }

    /// Something that could be better.
    fn hint(&self, subject: &str, what: &str) {
        println!("hint   {subject}: {what}");
    }
}

struct Deployment<'a> {
    address: &'a Url,
    client: Client,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn status(&self, wanted: StatusCode) -> Option<String> {
        (self.status != wanted).then(|| format!("the answer is {}, not {wanted}", self.status))
    }
}

impl Deployment<'_> {
    async fn examine(&self, report: &mut Report) -> Result<()> {
        let address = self.address;
        let local = matches!(address.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        // SEC-165
        let insecure =
            (address.scheme() != "https" && !local).then(|| "is not https: browsers will not run it".to_owned());
        report.on(address.as_str(), "a browser runs an app there", insecure);

        let [authority, graph] = self.configuration(report).await?;
        let site = Site { published: address.scheme() == "https", ..Site::published(&authority, &graph) };

        let index = self.index(report, &site).await?;
        self.fallback(report, &site, &index).await?;
        self.nothing_else(report, &index).await?;
        self.redirect_to_https(report).await;
        Ok(())
    }

    /// config.json, and the two origins that it names.
    async fn configuration(&self, report: &mut Report) -> Result<[String; 2]> {
        let answer = self.get("config.json", "identity").await?;
        let mut wrong: Vec<String> = answer.status(StatusCode::OK).into_iter().collect();
        let config = match Config::parse(&answer.body) {
            Ok(config) => Some(config),
            Err(error) if wrong.is_empty() => {
                wrong.extend(error.problems().iter().map(ToString::to_string));
                None
            }
            Err(_) => None,
        };
        wrong.extend(config.as_ref().filter(|config| config.demo).map(|_| "it is the demo's".to_owned()));
        report.on("config.json", "the app can use it", wrong);
        Ok(match config {
            Some(config) => origins(&config),
            None => {
                report.hint("config.json", "the rest is judged as if it named the global cloud");
                ["https://login.microsoftonline.com", "https://graph.microsoft.com"].map(str::to_owned)
            }
        })
    }

    /// The page and everything that it loads, and what its scripts load then.
    async fn index(&self, report: &mut Report, site: &Site<'_>) -> Result<Answer> {
        let index = self.file(report, site, "", "index.html", |_| None).await?;
        let html = String::from_utf8_lossy(&index.body).into_owned();
        let references = page::references(&html);
        let mut wrong = page::inline(&html);
        if !references.iter().any(|it| it.address.ends_with(".wasm")) {
            wrong.push("it loads no WebAssembly: is this the app?".to_owned());
        }
        let own = page::policy(&html);
        if own.is_none() {
            wrong.push("it has no policy of its own".to_owned());
        }
        report.on("index.html", "nothing is inline", wrong);
        if own.is_some_and(|own| own != policy::meta(&format!("{} {}", site.authority, site.graph))) {
            report.hint(
                "index.html",
                "its own policy does not name the two origins: `cargo xtask dist --config` does that",
            );
        }
        // The settings have the headers as well.
        self.file(report, site, "config.json", "config.json", |_| None).await?;
        let mut references = VecDeque::from(references);
        while let Some(reference) = references.pop_front() {
            // Looked at already; it is the one file that may change.
            if reference.address.ends_with(publish::SETTINGS) {
                continue;
            }
            let fits =
                |body: &[u8]| (!reference.fits(body)).then(|| "its content is not what was published".to_owned());
            let path = &reference.address;
            let answer = self.file(report, site, path, path, fits).await?;
            if path.ends_with(".js") {
                references.extend(page::fetched_later(&String::from_utf8_lossy(&answer.body)));
            }
            self.compressed(report, &reference).await?;
        }
        let server = judge::text(&index.headers, "server");
        if server.contains(|c: char| c.is_ascii_digit()) {
            report.hint("Server", &format!("it tells its version: {server}"));
        }
        Ok(index)
    }

    /// A file as browsers ask for it. A twin that an older version left behind would be another file.
    async fn compressed(&self, report: &mut Report, reference: &page::Reference) -> Result<()> {
        let path = &reference.address;
        let packed = self.get(path, "br, gzip").await?;
        let mut content = Vec::new();
        let unpacked = match judge::text(&packed.headers, "content-encoding").as_str() {
            "br" => brotli::BrotliDecompress(&mut packed.body.as_slice(), &mut content),
            "gzip" => GzDecoder::new(packed.body.as_slice()).read_to_end(&mut content).map(drop),
            _ if path.ends_with(".wasm") => {
                report.hint(path, "it is sent uncompressed; its .br and .gz lie beside it");
                return Ok(());
            }
            _ => return Ok(()),
        };
        if unpacked.is_err() || !reference.fits(&content) {
            let what = "compressed its content is not what was published";
            report.on(path, "", Some(what.to_owned()));
        }
        Ok(())
    }

    /// One file: status, label, lifetime, headers, and what else is asked of its content.
    async fn file(
        &self,
        report: &mut Report,
        site: &Site<'_>,
        path: &str,
        name: &str,
        content: impl Fn(&[u8]) -> Option<String>,
    ) -> Result<Answer> {
        let answer = self.get(path, "identity").await?;
        let mut wrong: Vec<String> = answer.status(StatusCode::OK).into_iter().collect();
        if wrong.is_empty() {
            wrong.extend(content(&answer.body));
        }
        wrong.extend(judge::media_type(&answer.headers, files::media_type(name)));
        wrong.extend(judge::lifetime(&answer.headers, files::lifetime(name)));
        wrong.extend(judge::headers(&answer.headers, site));
        report.on(&format!("/{}", path.trim_start_matches('/')), "content, type, lifetime and headers", wrong);
        Ok(answer)
    }

    /// SEC-161: pages of the app are the index, files that are not there are missing, both with all headers.
    async fn fallback(&self, report: &mut Report, site: &Site<'_>, index: &Answer) -> Result<()> {
        let path = "identities/00000000-0000-0000-0000-000000000000";
        let page = self.get(path, "identity").await?;
        let mut wrong: Vec<String> = page.status(StatusCode::OK).into_iter().collect();
        if page.body != index.body {
            wrong.push("a link straight to a page is not answered with index.html".to_owned());
        }
        wrong.extend(judge::lifetime(&page.headers, files::NO_STORE));
        wrong.extend(judge::headers(&page.headers, site));
        report.on(&format!("/{path}"), "index.html, with all headers", wrong);

        let path = "missing-0123456789abcdef.js";
        let missing = self.get(path, "identity").await?;
        let mut wrong: Vec<String> = missing.status(StatusCode::NOT_FOUND).into_iter().collect();
        wrong.extend(judge::lifetime(&missing.headers, files::NO_STORE));
        wrong.extend(judge::headers(&missing.headers, site));
        report.on(&format!("/{path}"), "missing, with all headers", wrong);
        Ok(())
    }

    /// Nothing of the build, the host or the repository is served.
    async fn nothing_else(&self, report: &mut Report, index: &Answer) -> Result<()> {
        for path in [".git/HEAD", ".env", "nginx.conf", "staticwebapp.config.json", "sbom.cdx.json"] {
            let answer = self.get(path, "identity").await?;
            let served = answer.status.is_success() && answer.body != index.body;
            report.on(&format!("/{path}"), "not served", served.then(|| "it is served".to_owned()));
        }
        Ok(())
    }

    /// Only where both have their usual ports: nobody knows another one.
    async fn redirect_to_https(&self, report: &mut Report) {
        let mut plain = self.address.clone();
        if self.address.scheme() != "https" || self.address.port().is_some() || plain.set_scheme("http").is_err() {
            return;
        }
        let wrong = match self.client.get(plain.clone()).send().await {
            // Nobody answers there, which is as well.
            Err(_) => None,
            Ok(answer) => {
                let to = judge::text(answer.headers(), "location");
                let leads = answer.status().is_redirection() && to.starts_with("https://");
                (!leads).then(|| format!("it answers {} instead of leading to https", answer.status()))
            }
        };
        report.on(plain.as_str(), "leads to https, or to nothing", wrong);
    }

    async fn get(&self, path: &str, codings: &str) -> Result<Answer> {
        let url = self.address.join(path).with_context(|| format!("`{path}` is no address"))?;
        let asked = async {
            let answer = self.client.get(url.clone()).header(ACCEPT_ENCODING, codings).send().await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok::<_, reqwest::Error>(Answer { status, headers, body: answer.bytes().await?.to_vec() })
        };
        asked.await.with_context(|| format!("{url} does not answer"))
    }
}
