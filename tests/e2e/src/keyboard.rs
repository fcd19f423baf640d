//! The keyboard alone: what has the focus, and how one gets to something by the Tab key.

use crate::{browser::Browser, find::until};
use anyhow::{Result, bail};
use thirtyfour::{Key, TypingData};

/// What has the focus, as assistive technology names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Focus {
    /// The computed role.
    pub role: String,
    /// The computed name.
    pub name: String,
}

impl Browser {
    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) -> Result<()> {
        Ok(self.driver.action_chain().send_keys(keys).perform().await?)
    }

    /// Presses a key while Control is held.
    pub async fn press_control(&self, key: char) -> Result<()> {
        Ok(self
            .driver
            .action_chain()
            .key_down(Key::Control)
            .send_keys(key.to_string())
            .key_up(Key::Control)
            .perform()
            .await?)
    }

    /// What has the focus now.
    pub async fn focus(&self) -> Result<Focus> {
        let element = self.driver.active_element().await?;
        let path = |what: &str| format!("element/{}/computed{what}", element.element_id());
        let role = self.ask(path("role")).await?.as_str().unwrap_or_default().to_owned();
        let name = self.ask(path("label")).await?.as_str().unwrap_or_default().to_owned();
        Ok(Focus { role, name: name.split_whitespace().collect::<Vec<_>>().join(" ") })
    }

    /// Waits until the focus is on this.
    pub async fn focus_is(&self, role: &str, name: &str) -> Result<()> {
        until(&format!("the focus to be on {role} “{name}”"), || async {
            let focus = self.focus().await?;
            Ok(if focus.role == role && focus.name.starts_with(name) { Ok(()) } else { Err(format!("{focus:?}")) })
        })
        .await
    }

    /// Presses Tab until the focus is on this; each stop on the way must show that it has the focus.
    pub async fn tab_to(&self, role: &str, name: &str) -> Result<()> {
        let mut way = Vec::new();
        for _ in 0..60 {
            self.press(Key::Tab).await?;
            let focus = self.focus().await?;
            let shown = self.script(SHOWN, Vec::new()).await?;
            if shown != "" {
                bail!("the focus is on {focus:?}, but cannot be seen there: {shown}");
            }
            if focus.role == role && focus.name.starts_with(name) {
                return Ok(());
            }
            way.push(format!("{} “{}”", focus.role, focus.name));
        }
        bail!("the Tab key does not lead to {role} “{name}”, only to {way:#?}")
    }
}

/// What is wrong if the focused element is outside of the window, covered, or without an outline or a shadow around it.
/// Nothing is if it is the body: between the last and the first element the focus is on the browser itself.
const SHOWN: &str = r#"
const element = document.activeElement;
if (!element || element === document.body) return "";
// A link may be broken into lines.
const box = element.getClientRects()[0] || element.getBoundingClientRect();
const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
const labels = [...(element.labels || [])];
if (!there) return `it is outside of the window, at ${box.left}, ${box.top}`;
if (!element.contains(there) && !labels.some((label) => label.contains(there))) {
  return `it is covered by ${there.outerHTML.slice(0, 200)}`;
}
const ringed = (style) =>
  (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
const shown = ringed(getComputedStyle(element)) || ringed(getComputedStyle(element, "::after"));
return shown ? "" : "it has neither an outline nor a shadow";
"#;
