//! A real nginx with the configuration that we ship, over TLS: the site's file is written by `hosting`, its places filled
//! in with a temporary folder and free ports. What is around it here is what every nginx has in its nginx.conf.

use crate::find::until;
use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use emulator::Running;
use hosting::{Site, nginx};
use rcgen::{CertifiedKey, KeyPair, PublicKeyData as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{
    cell::RefCell,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
};
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};
use url::Url;

/// Where an nginx will be: known before it runs, since its address is registered at the sign-in service.
pub(crate) struct Place {
    folder: TempDir,
    https: TcpListener,
    http: TcpListener,
    certified: CertifiedKey<KeyPair>,
}

/// A running nginx. Dropped, it ends.
pub struct Nginx {
    /// The app's address.
    pub address: Url,
    /// The address from which it leads to that.
    pub plain: Url,
    /// Its certificate, PEM.
    pub certificate: String,
    /// The SHA-256 of the certificate's public key.
    pub(crate) spki: String,
    folder: TempDir,
    _process: Child,
}

impl Place {
    pub(crate) fn find() -> Result<Self> {
        Ok(Self {
            folder: tempfile::tempdir()?,
            // Held until nginx takes them, so that nobody else does.
            https: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
            http: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
            certified: rcgen::generate_simple_self_signed(["localhost".to_owned()])?,
        })
    }

    /// The app's address.
    pub(crate) fn address(&self) -> Result<Url> {
        Ok(Url::parse(&format!("https://localhost:{}/", self.https.local_addr()?.port()))?)
    }

    /// Starts nginx before this app, with the emulator's origins in its config.json.
    pub(crate) async fn serve(self, app: &Path, emulator: &Running) -> Result<Nginx> {
        let folder = self.folder.path();
        let within = |name: &str| folder.join(name).display().to_string();
        let files = folder.join("www");
        fs::create_dir(&files)?;
        for entry in fs::read_dir(app)? {
            let entry = entry?;
            fs::copy(entry.path(), files.join(entry.file_name()))?;
        }
        let config = json!({
            "cloud": { "name": "Emulator", "authority": emulator.sign_in_url(), "graph": emulator.graph_url() },
            "tenant": emulator.tenant_id(),
            "clientId": emulator.client_id(),
        });
        fs::write(files.join("config.json"), config.to_string())?;
        fs::write(folder.join("certificate.pem"), self.certified.cert.pem())?;
        fs::write(folder.join("key.pem"), self.certified.signing_key.serialize_pem())?;

        let address = self.address()?;
        let plain = Url::parse(&format!("http://localhost:{}/", self.http.local_addr()?.port()))?;
        let listen = [&self.https, &self.http].map(|socket| socket.local_addr().map(|address| address.to_string()));
        let [https, http] = listen;
        let (https, http) = (https?, http?);
        let machine = nginx::Machine {
            https: &[&https],
            http: &[&http],
            name: "localhost",
            certificate: &within("certificate.pem"),
            key: &within("key.pem"),
            root: &within("www"),
        };
        let site = Site::published(emulator.sign_in_url(), emulator.graph_url());
        fs::write(folder.join("rolegrant.conf"), nginx::site(&site, "/", &machine))?;
        fs::write(folder.join("nginx.conf"), around(folder))?;

        let log = within("error.log");
        drop((self.https, self.http));
        let process = Command::new(program())
            .args(["-p", &within(""), "-c", &within("nginx.conf"), "-e", &log])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("nginx cannot be started; `cargo xtask test e2e` installs it or says how")?;
        let process = RefCell::new(process);
        until("nginx to answer", || async {
            if let Some(status) = process.borrow_mut().try_wait()? {
                bail!("nginx ended ({status}): {}", fs::read_to_string(&log).unwrap_or_default());
            }
            Ok(TcpStream::connect(&https).await.map(drop).map_err(|error| error.to_string()))
        })
        .await?;
        Ok(Nginx {
            address,
            plain,
            certificate: self.certified.cert.pem(),
            spki: STANDARD.encode(Sha256::digest(self.certified.signing_key.subject_public_key_info())),
            folder: self.folder,
            _process: process.into_inner(),
        })
    }
}

impl Nginx {
    /// The folder of the files that it serves.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("www")
    }

    /// Every request so far, as it notes them.
    pub fn access_log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("access.log"))?)
    }
}

fn program() -> &'static str {
    // Debian keeps it where the PATH of people does not lead.
    if Path::new("/usr/sbin/nginx").is_file() { "/usr/sbin/nginx" } else { "nginx" }
}

/// One process in the foreground, without rights, that keeps everything in one folder.
fn around(folder: &Path) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.iter().map(|kind| format!("    {kind}_temp_path {folder}/{kind};\n")).collect();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nevents {{}}\nhttp {{\n{temporary}    \
         access_log {folder}/access.log;\n    include {folder}/rolegrant.conf;\n}}\n"
    )
}
