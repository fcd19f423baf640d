//! How the product looks: theme and size of the window, and pictures for the eye under `target/screenshots/`.

use crate::browser::Browser;
use anyhow::{Context as _, Result};
use serde_json::json;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// What the system tells pages about its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// The default.
    Light,
    /// Dark surfaces.
    Dark,
    /// The system's own few colours, as in Windows' contrast themes.
    Forced,
}

/// The windows that matter: a common notebook, a phone, and the width at which nothing may need to scroll sideways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 1366 × 768
    Notebook,
    /// 390 × 844
    Phone,
    /// 320 × 800: 1280 pixels at 400 %
    Narrow,
}

impl Browser {
    /// Lets the system be of this theme.
    pub async fn theme(&self, theme: Theme) -> Result<()> {
        let (scheme, forced) = match theme {
            Theme::Light => ("light", "none"),
            Theme::Dark => ("dark", "none"),
            Theme::Forced => ("light", "active"),
        };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "forced-colors", "value": forced },
            // Nothing is examined in the middle of a transition.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        Ok(())
    }

    /// Lets the window be of this size.
    pub async fn size(&self, size: Size) -> Result<()> {
        let (width, height) = match size {
            Size::Notebook => (1366, 768),
            Size::Phone => (390, 844),
            Size::Narrow => (320, 800),
        };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// Writes a picture of the window; gives its path.
    pub async fn picture(&self, name: &str) -> Result<PathBuf> {
        let file = folder().join(format!("{name}.png"));
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        let picture = self.driver.screenshot_as_png().await?;
        fs::write(&file, picture).with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }

    /// Pictures of the page as it is, in both themes and at both common sizes; afterwards light and a notebook again.
    pub async fn pictures(&self, name: &str) -> Result<()> {
        for (size, suffix) in [(Size::Phone, "phone"), (Size::Notebook, "notebook")] {
            self.size(size).await?;
            for (theme, colour) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
                self.theme(theme).await?;
                self.picture(&format!("{name}-{suffix}-{colour}")).await?;
            }
        }
        Ok(())
    }
}

/// `target/screenshots`, or where `cargo xtask test` says.
fn folder() -> PathBuf {
    match env::var_os("ROLEGRANT_SCREENSHOTS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots"),
    }
}
