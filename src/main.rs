//! The program that the browser loads: finishes a sign-in redirect if there is one, then shows the app.
//!
//! What whoever is not signed in needs is one file, the rest another (`cargo xtask` takes them apart): a first visit
//! shows its button after a third of the download, and the rest comes while the administrator reads and signs in.

#[cfg(target_arch = "wasm32")]
mod program {
    use std::rc::Rc;

    use rolegrant::app::{mount_signed_in, mount_signed_out};
    use rolegrant::auth::SignInProblem;
    use rolegrant::browser::{location, panic, spawn};
    use rolegrant::sign_in::{self, Env, SignedIn, Start};
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    /// Whatever is reached only from here is in the file that `fetch_signed_in` fetches.
    #[wasm_split(signed_in, fallible, preload(fetch_signed_in))]
    fn show_signed_in(env: Rc<Env>, arrival: SignedIn) -> Result<(), SplitLoaderError> {
        mount_signed_in(env, arrival);
        Ok(())
    }

    pub(super) fn start() {
        panic::install_hook();
        panic::watch_errors();
        // Whoever comes back from the sign-in page will need the rest.
        if !location::fragment().is_empty() {
            spawn(fetch_ahead());
        }
        spawn(async {
            match sign_in::start().await {
                (Some(env), Start::SignedIn(arrival)) => match fetch_signed_in().await {
                    Ok(()) => {
                        // It is here, so it is shown.
                        let _ = show_signed_in(env, arrival).await;
                    }
                    Err(_) => {
                        arrival.session.end();
                        mount_signed_out(Some(env), SignInProblem::incomplete().into());
                    }
                },
                (env, start) => {
                    let leaving = matches!(start, Start::Redirecting);
                    mount_signed_out(env, start);
                    if !leaving {
                        fetch_ahead().await;
                    }
                }
            }
        });
    }

    /// Where it fails, whoever needs it asks again.
    async fn fetch_ahead() {
        let _ = fetch_signed_in().await;
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {
    program::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), &'static str> {
    Err("Rolegrant is built for wasm32-unknown-unknown and runs in a browser: `cargo xtask demo` builds and shows it.")
}
