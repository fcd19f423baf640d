//! Finding elements as people and assistive technology do: by role and accessible name.
//!
//! A quick look in the page picks candidates; what counts is the role and the name that Chromium computes for its
//! accessibility tree. Every step waits until it can be done, and on giving up tells what was there instead.

use crate::browser::Browser;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::{
    fmt,
    future::Future,
    time::{Duration, Instant},
};
use thirtyfour::{By, Key, WebElement};

/// How long a condition may take to come true on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(40);

/// Elements of a role, perhaps of a name, perhaps inside another element.
#[derive(Clone)]
pub struct Locator<'a> {
    browser: &'a Browser,
    role: &'static str,
    name: Name,
    within: Vec<(&'static str, Name)>,
}

#[derive(Clone, Debug)]
enum Name {
    Any,
    Is(String),
    Begins(String),
    Contains(String),
    /// No name at all: rows and items have none. What they say inside.
    Says(String),
}

impl Name {
    fn fits(&self, name: &str) -> bool {
        match self {
            // What is said inside, the look in the page has settled.
            Name::Any | Name::Says(_) => true,
            Name::Is(wanted) => name == wanted,
            Name::Begins(wanted) => name.starts_with(wanted.as_str()),
            Name::Contains(wanted) => name.contains(wanted.as_str()),
        }
    }

    fn text(&self) -> &str {
        match self {
            Name::Any => "",
            Name::Is(text) | Name::Begins(text) | Name::Contains(text) | Name::Says(text) => text,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Any => Ok(()),
            Name::Is(text) => write!(f, " “{text}”"),
            Name::Begins(text) => write!(f, " “{text}…”"),
            Name::Contains(text) => write!(f, " “…{text}…”"),
            Name::Says(text) => write!(f, " that says “{text}”"),
        }
    }
}

impl fmt::Display for Locator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.role, self.name)?;
        for (role, name) in self.within.iter().rev() {
            write!(f, " in {role}{name}")?;
        }
        Ok(())
    }
}

impl Browser {
    /// The elements of an ARIA role that are shown: `button`, `link`, `checkbox`, `heading`, …
    pub fn role(&self, role: &'static str) -> Locator<'_> {
        Locator { browser: self, role, name: Name::Any, within: Vec::new() }
    }
}

impl<'a> Locator<'a> {
    /// Those with this accessible name.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Name::Is(name.into());
        self
    }

    /// Those whose accessible name begins so.
    pub fn beginning(mut self, name: impl Into<String>) -> Self {
        self.name = Name::Begins(name.into());
        self
    }

    /// Those whose accessible name contains this.
    pub fn containing(mut self, name: impl Into<String>) -> Self {
        self.name = Name::Contains(name.into());
        self
    }

    /// Those that say this inside, such as rows and items, which have no name of their own.
    pub fn saying(mut self, text: impl Into<String>) -> Self {
        self.name = Name::Says(text.into());
        self
    }

    /// Elements of a role inside this one.
    pub fn role(&self, role: &'static str) -> Locator<'a> {
        let mut within = self.within.clone();
        within.push((self.role, self.name.clone()));
        Locator { browser: self.browser, role, name: Name::Any, within }
    }

    /// All that are there now.
    pub async fn all(&self) -> Result<Vec<WebElement>> {
        let mut scopes = vec![None];
        for (role, name) in &self.within {
            let mut inner = Vec::new();
            for scope in &scopes {
                inner.extend(matching(self.browser, role, name, scope.as_ref()).await?.0);
            }
            scopes = inner.into_iter().map(Some).collect();
        }
        let mut found = Vec::new();
        for scope in &scopes {
            found.extend(matching(self.browser, self.role, &self.name, scope.as_ref()).await?.0);
        }
        Ok(found)
    }

    /// How many there are now.
    pub async fn count(&self) -> Result<usize> {
        Ok(self.all().await?.len())
    }

    /// Whether there is one now.
    pub async fn is_there(&self) -> Result<bool> {
        Ok(self.count().await? > 0)
    }

    /// The one, as soon as there is exactly one.
    pub async fn one(&self) -> Result<WebElement> {
        let found = until(&format!("one {self}"), || async {
            let mut found = self.all().await?;
            match (found.pop(), found.len()) {
                (Some(one), 0) => Ok(Ok(one)),
                (_, others) => {
                    Ok(Err(if others > 0 { format!("there are {}", others + 1) } else { "there is none".into() }))
                }
            }
        })
        .await;
        match found {
            Ok(one) => Ok(one),
            Err(error) => Err(error.context(self.what_is_there().await)),
        }
    }

    /// The first, as soon as there is one.
    pub async fn first(&self) -> Result<WebElement> {
        until(&format!("some {self}"), || async {
            Ok(self.all().await?.into_iter().next().ok_or_else(|| "there is none".to_owned()))
        })
        .await
    }

    /// Waits until there is one; more are no harm.
    pub async fn appears(&self) -> Result<()> {
        match self.first().await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.context(self.what_is_there().await)),
        }
    }

    /// Waits until there is none.
    pub async fn vanishes(&self) -> Result<()> {
        until(&format!("no {self}"), || async {
            Ok(match self.count().await? {
                0 => Ok(()),
                count => Err(format!("there are {count}")),
            })
        })
        .await
    }

    /// Waits until there are so many.
    pub async fn are(&self, wanted: usize) -> Result<()> {
        until(&format!("{wanted} of {self}"), || async {
            let count = self.count().await?;
            Ok(if count == wanted { Ok(()) } else { Err(format!("there are {count}")) })
        })
        .await
    }

    /// Clicks the one, as soon as it can be.
    pub async fn click(&self) -> Result<()> {
        until(&format!("a click on {self}"), || async {
            let element = self.one().await?;
            if !element.is_enabled().await? {
                return Ok(Err("it is disabled".to_owned()));
            }
            // Something may still lie above it, or it may just be replaced: both pass.
            Ok(element.click().await.map_err(|error| error.to_string()))
        })
        .await
    }

    /// Clicks the one while Shift is held.
    pub async fn click_with_shift(&self) -> Result<()> {
        let element = self.one().await?;
        let chain = self.browser.driver.action_chain().key_down(Key::Shift).click_element(&element).key_up(Key::Shift);
        Ok(chain.perform().await?)
    }

    /// Chooses one of the options of the browser's own selection field.
    pub async fn choose(&self, option: &str) -> Result<()> {
        until(&format!("the option “{option}” of {self}"), || async {
            let option = self.one().await?.find(By::XPath(format!("option[. = \"{option}\"]"))).await;
            Ok(match option {
                Ok(option) => option.click().await.map_err(|error| error.to_string()),
                Err(_) => Err("it is not there".to_owned()),
            })
        })
        .await
    }

    /// Replaces what stands in a field, by typing.
    pub async fn fill(&self, text: &str) -> Result<()> {
        let field = self.one().await?;
        // What the last step scrolled to may have put it below the bar, where nobody would click it either.
        field.scroll_into_view().await?;
        field.click().await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(Key::Backspace + "").await?;
        if !text.is_empty() {
            field.send_keys(text).await?;
        }
        Ok(())
    }

    /// What it says.
    pub async fn text(&self) -> Result<String> {
        Ok(self.one().await?.text().await?)
    }

    /// What every one of them says.
    pub async fn texts(&self) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.all().await? {
            texts.push(element.text().await?);
        }
        Ok(texts)
    }

    /// What stands in the field.
    pub async fn value(&self) -> Result<String> {
        Ok(self.one().await?.prop("value").await?.unwrap_or_default())
    }

    /// Waits until what it says contains this.
    pub async fn says(&self, wanted: &str) -> Result<()> {
        until(&format!("{self} to say “{wanted}”"), || async {
            let texts = self.texts().await?;
            let said = texts.iter().any(|text| squeezed(text).contains(wanted));
            Ok(if said { Ok(()) } else { Err(format!("it says {texts:?}")) })
        })
        .await
    }

    /// For the error: what there is of that role.
    async fn what_is_there(&self) -> String {
        match matching(self.browser, self.role, &Name::Any, None).await {
            Ok((_, names)) => format!("what there is of the role {}: {names:?}", self.role),
            Err(error) => format!("the page could not be asked: {error}"),
        }
    }
}

/// Tries until it succeeds. The inner result is the condition, with what is in its way; the outer one is a failure of
/// the means, which ends the waiting only if it stays: pages change under one's hands.
pub async fn until<T, F>(what: &str, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<std::result::Result<T, String>>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        let obstacle = match attempt().await {
            Ok(Ok(success)) => return Ok(success),
            Ok(Err(obstacle)) => obstacle,
            Err(error) => format!("{error:#}"),
        };
        if Instant::now() > deadline {
            bail!("waited {} s for {what}: {obstacle}", PATIENCE.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The elements of a role and name below another, and the names of all that were considered.
async fn matching(
    browser: &Browser,
    role: &str,
    name: &Name,
    scope: Option<&WebElement>,
) -> Result<(Vec<WebElement>, Vec<String>)> {
    let scope = scope.map_or(Ok(Value::Null), WebElement::to_json)?;
    let found = browser
        .driver
        .execute(CANDIDATES, vec![json!(role), json!(name.text()), json!(matches!(name, Name::Says(_))), scope])
        .await?;
    let mut elements = Vec::new();
    let mut names = Vec::new();
    for element in found.elements()? {
        let computed = |what: &str| {
            let path = format!("element/{}/computed{what}", element.element_id());
            async move {
                let value = browser.ask(path).await?;
                value.as_str().map(str::to_owned).with_context(|| format!("no computed {value}"))
            }
        };
        let computed_role = computed("role").await?;
        if !plays(role, &computed_role) {
            continue;
        }
        let label = computed("label").await?;
        let label = squeezed(&label);
        if name.fits(&label) {
            elements.push(element);
        }
        names.push(label);
    }
    Ok((elements, names))
}

/// With one space wherever there is any white space, such as the end of a line.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether an element of this computed role is one of those asked for.
fn plays(role: &str, computed: &str) -> bool {
    match role {
        "dialog" => matches!(computed, "dialog" | "alertdialog"),
        "table" => matches!(computed, "table" | "grid"),
        "cell" => matches!(computed, "cell" | "gridcell"),
        _ => role == computed,
    }
}

/// Elements that may have the role, are shown, and say the text somewhere in what a name is made of.
const CANDIDATES: &str = r#"
const [role, text, inside, scope] = arguments;
const selectors = {
  alert: "[role=alert]",
  button: "button:not([role]), input[type=submit], input[type=button], summary, [role=button]",
  cell: "td:not([role]), [role=cell], [role=gridcell]",
  checkbox: "input[type=checkbox], [role=checkbox]",
  columnheader: "th:not([role]), [role=columnheader]",
  combobox: "select, [role=combobox]",
  dialog: "dialog, [role=dialog], [role=alertdialog]",
  form: "form, [role=form]",
  group: "fieldset, [role=group], details",
  heading: "h1, h2, h3, h4, [role=heading]",
  link: "a[href], [role=link]",
  list: "ul:not([role]), ol:not([role]), [role=list]",
  listitem: "li:not([role]), [role=listitem]",
  main: "main, [role=main]",
  navigation: "nav, [role=navigation]",
  option: "option, [role=option]",
  radio: "input[type=radio], [role=radio]",
  region: "section, [role=region]",
  row: "tr:not([role]), [role=row]",
  searchbox: "input[type=search], [role=searchbox]",
  status: "output, [role=status]",
  table: "table, [role=table], [role=grid]",
  textbox: "input[type=text]:not([role]), input:not([type]):not([role]), textarea, [role=textbox]",
};
const squeeze = (value) => (value || "").replace(/\s+/g, "");
const wanted = squeeze(text);
const names = (element) => {
  if (inside) return [element.textContent];
  const parts = [element.getAttribute("aria-label"), element.title, element.alt, element.placeholder, element.textContent];
  for (const id of (element.getAttribute("aria-labelledby") || "").split(" ")) {
    parts.push(id && document.getElementById(id)?.textContent);
  }
  for (const label of element.labels || []) parts.push(label.textContent);
  if (element.matches("input[type=submit], input[type=button]")) parts.push(element.value);
  for (const image of element.querySelectorAll("[aria-label], [alt]")) {
    parts.push(image.getAttribute("aria-label"), image.getAttribute("alt"));
  }
  return parts;
};
const selector = selectors[role] || `[role="${role}"]`;
const shown = (element) =>
  element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert], [aria-hidden=true]");
return [...(scope || document).querySelectorAll(selector)].filter(
  (element) => shown(element) && (!wanted || names(element).some((name) => squeeze(name).includes(wanted))),
);
"#;

/// A number as the app shows it: `12,987`.
pub fn shown(number: usize) -> String {
    let (thousands, rest) = (number / 1_000, number % 1_000);
    if thousands == 0 { rest.to_string() } else { format!("{},{rest:03}", shown(thousands)) }
}
