//! The program that the browser loads: finishes a sign-in redirect if there is one, then shows the app.

#[cfg(target_arch = "wasm32")]
fn main() {
    rolegrant::browser::panic::install_hook();
    rolegrant::browser::panic::watch_errors();
    rolegrant::browser::spawn(async {
        let (env, start) = rolegrant::sign_in::start().await;
        rolegrant::app::mount(env, start);
    });
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), &'static str> {
    Err("Rolegrant is built for wasm32-unknown-unknown and runs in a browser: `cargo xtask demo` builds and shows it.")
}
