//! Names that other people have chosen: shown as text, whole, and unable to pass for another.
//!
//! SEC-110, SEC-111, SEC-113

use e2e::{
    Result, Setup, World,
    find::until,
    pages::{AccountPage, ApiPage, ApisPage, IdentitiesPage, IdentityPage, Outcomes, Question, Shell, SignInPage},
    pictures::Size,
    scenario, scenario_with,
};
use emulator::{Emulator, Fault, Matcher};
use serde_json::{Value, json};

const INJECTION: &str = "<img src=x onerror=alert(1)>";
const API: &str = "Label Printing <script>alert(document.domain)</script>";
const TURNED: &str = "id-payroll\u{202e}lmx.nimda\u{202c}";
const TURNED_VISIBLY: &str = "id-payroll⟨U+202E⟩lmx.nimda⟨U+202C⟩";

/// What names may do nowhere: become an element, an attribute, an id, a style or a link; hide anything or turn the text
/// around, be it in what is shown or what is only read out; stand outside of the window.
const HARM: &str = r##"
    const harm = [];
    const all = [...document.querySelectorAll("*")];
    for (const element of all) {
        const is = element.tagName.toLowerCase();
        if (["img", "b", "iframe", "object", "style"].includes(is) && !element.closest("head")) harm.push(element.outerHTML);
        if (is === "script" && !element.src) harm.push("a script");
        for (const { name, value } of element.attributes) {
            if (name.startsWith("on")) harm.push(`${name} of ${is}`);
            if (name === "id" && !/^[\w-]+$/.test(value)) harm.push(`the id ${value}`);
            if (name === "href" && !/^(https?:\/\/|\/|#page$)/.test(value)) harm.push(`a link to ${value}`);
            if (name === "style" && !/^height: \d+px;$/.test(value)) harm.push(`the style ${value}`);
            if (/[\p{Cf}\p{Cc}\p{Co}]/u.test(value)) harm.push(`something hidden in ${name} of ${is}`);
        }
        if ("value" in element && /[\p{Cf}\p{Cc}]/u.test(element.value)) harm.push("something hidden in a field");
    }
    const texts = document.body.innerText.replace(/[\n\t]/g, "") + document.title;
    if (/[\p{Cf}\p{Cc}\p{Co}]/u.test(texts)) harm.push("something hidden in the text or the title");
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) harm.push(`it scrolls sideways: ${scrollWidth} in ${clientWidth}`);
    return harm.join("\n");
"##;

/// No name has done any harm, in a wide window or in a narrow one.
async fn is_text_alone(world: &World, place: &str) -> Result<()> {
    for size in [Size::Phone, Size::Notebook] {
        world.browser.size(size).await?;
        assert_eq!(world.browser.script(HARM, Vec::new()).await?, "", "{place}, {size:?}");
    }
    Ok(())
}

#[test]
fn names_that_try_to_be_markup_stay_text_on_every_screen() -> Result<()> {
    scenario(async |world| {
        let (list, page, question) = (IdentitiesPage(world), IdentityPage(world), Question(world));
        Shell(world).sign_in_at("/?q=onerror", "Carl Cloud").await?;
        list.is_loaded().await?;
        list.are(&[INJECTION]).await?;
        is_text_alone(world, "the identities").await?;

        list.open(INJECTION).await?;
        let title = world.browser.driver.title().await?;
        assert!(title.contains(INJECTION), "{title}");
        page.holds(API).await?;
        is_text_alone(world, "the identity").await?;

        let proposals = page.look_for_api("Label Printing").await?;
        proposals.saying(API).appears().await?;
        is_text_alone(world, "the proposals").await?;
        page.choose_api("Label Printing").await?;
        page.tick("Labels.Design").await?;
        world.browser.role("searchbox").named("Filter the roles").fill("").await?;
        world.browser.role("form").named("Assign roles").says("<img src=x onerror=alert(2)>").await?;
        is_text_alone(world, "the form").await?;
        page.assign(1).await?;
        Outcomes(world).say("Labels.Design", API).await?;
        Outcomes(world).say("Labels.Design", INJECTION).await?;
        is_text_alone(world, "the outcome").await?;
        Outcomes(world).are_settled().await?;
        assert_eq!(world.graph().count((INJECTION, API, "Labels.Design")).await?, 1);

        page.remove("Labels.Design").await?;
        question.asks("Remove this role?").await?;
        let text = question.dialog().text().await?;
        assert!(text.contains(INJECTION) && text.contains(API), "{text}");
        is_text_alone(world, "the question").await?;
        question.answer("Remove role").await?;
        page.holds_no("Labels.Design").await?;
        assert_eq!(world.graph().count((INJECTION, API, "Labels.Design")).await?, 0);

        Shell(world).apis().await?;
        ApisPage(world).search("Label").await?;
        ApisPage(world).open(API).await?;
        ApiPage(world).roles().saying("<img src=x onerror=alert(2)>").appears().await?;
        ApiPage(world).holders().saying(INJECTION).appears().await?;
        is_text_alone(world, "the API").await
    })
}

#[test]
fn a_name_that_turns_the_text_around_is_shown_with_what_it_hides() -> Result<()> {
    scenario(async |world| {
        let (list, page) = (IdentitiesPage(world), IdentityPage(world));
        Shell(world).sign_in_at("/?q=id-payroll", "Carl Cloud").await?;
        list.is_loaded().await?;
        list.are(&[TURNED_VISIBLY]).await?;
        is_text_alone(world, "the identities").await?;
        list.open(TURNED_VISIBLY).await?;
        let title = world.browser.driver.title().await?;
        assert!(title.contains(TURNED_VISIBLY), "{title}");
        is_text_alone(world, "the identity").await?;

        page.choose_api("Rates API").await?;
        page.tick("Rates.Read").await?;
        page.assign(1).await?;
        page.holds("Rates.Read").await?;
        Outcomes(world).say("Rates.Read", TURNED_VISIBLY).await?;
        is_text_alone(world, "the outcome").await?;
        Outcomes(world).are_settled().await?;
        page.remove("Rates.Read").await?;
        let text = Question(world).dialog().text().await?;
        assert!(text.contains(TURNED_VISIBLY), "{text}");
        is_text_alone(world, "the question").await?;
        let held = world.graph().held_by(world.identity(TURNED)?).await?;
        assert_eq!(held.len(), 1);

        // The API lists the holder by the same visible name.
        Question(world).answer("Cancel").await?;
        world.browser.role("table").named("Roles held").role("link").named("Rates API").click().await?;
        ApiPage(world).holders().saying(TURNED_VISIBLY).appears().await?;
        is_text_alone(world, "the API").await
    })
}

#[test]
fn a_name_of_256_characters_is_readable_to_its_end_and_breaks_nothing() -> Result<()> {
    scenario(async |world| {
        let list = IdentitiesPage(world);
        Shell(world).sign_in_at("/?q=this-name-was-generated", "Carl Cloud").await?;
        list.is_loaded().await?;
        let names = list.names().await?;
        let [name] = names.as_slice() else { anyhow::bail!("{names:?}") };
        assert_eq!(name.chars().count(), 256);
        let widths = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]";
        let fits = async |place: &str| -> Result<()> {
            let found = world.browser.script(widths, Vec::new()).await?;
            assert!(found[0].as_u64() <= found[1].as_u64(), "{place} scrolls sideways: {found}");
            Ok(())
        };
        fits("the list").await?;
        list.open(name).await?;
        fits("the identity").await?;
        let shown = world.browser.role("heading").named(name.as_str()).one().await?;
        let cut = "return arguments[0].scrollWidth > arguments[0].clientWidth";
        assert_eq!(world.browser.script(cut, vec![shown.to_json()?]).await?, false, "the heading is cut off");
        Ok(())
    })
}

/// A text for one place: it turns the text around, would be an image, hides a space of no width, and is long.
fn nasty(place: &str) -> String {
    format!("{place}\u{202e}<img src=x onerror=alert(1)>\u{200b}{}", "long".repeat(20))
}

/// As it must be read.
fn seen(place: &str) -> String {
    format!("{place}⟨U+202E⟩<img src=x onerror=alert(1)>⟨U+200B⟩{}", "long".repeat(20))
}

const SUBSCRIPTION: &str = "7b7f5d2a-0a1d-4f7e-8f57-1a2b3c4d5e6f";
const GRAPH_API: &str = "00000003-0000-0000-c000-000000000000";
/// RoleManagement.ReadWrite.Directory.
const PRIVILEGED: &str = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8";

fn arm_id() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourcegroups/{}/providers/{}/{}",
        nasty("group"),
        nasty("Kind.Of") + "/thing",
        nasty("host")
    )
}

/// A tenant in which every text is somebody's who means harm.
fn hostile_tenant() -> Value {
    let id = |number: u32| format!("aaaaaaaa-0000-4000-8000-{number:012}");
    let texts = |id: &str, value: String, name: &str, description: String| {
        json!({
            "id": id, "value": value, "displayName": nasty(name), "description": description, "isEnabled": true,
            "allowedMemberTypes": ["Application"],
        })
    };
    let role = |id: &str, place: &str| {
        let text = |of: &str| nasty(&format!("{place}-{of}"));
        texts(id, text("value"), place, text("description"))
    };
    let spare = texts(&id(42), String::new(), "spare-name", String::new());
    json!({
        "users": [{
            "id": id(1), "givenName": "Nora", "surname": nasty("surname"),
            "userPrincipalName": nasty("nora"), "directoryRoles": ["Privileged Role Administrator"],
            "signIn": { "consented": ["User.Read", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"] },
        }],
        "groups": [{ "id": id(2), "displayName": nasty("group-holder") }],
        "servicePrincipals": [
            {
                "id": id(10), "appId": id(11), "displayName": nasty("identity"), "managedIdentity": true,
                "alternativeNames": ["isExplicit=False", arm_id()], "createdDateTime": "2026-01-01T00:00:00Z",
                "homepage": "javascript:alert(1)",
            },
            {
                // The same to the eye, and to nobody else: it lacks what does not show.
                "id": id(12), "appId": id(13), "displayName": nasty("identity").replace('\u{200b}', ""),
                "managedIdentity": true, "alternativeNames": [], "createdDateTime": "2026-01-01T00:00:00Z",
            },
            {
                "id": id(20), "appId": GRAPH_API, "displayName": nasty("api"), "managedIdentity": false,
                "appOwnerOrganizationId": id(99), "verifiedPublisher": nasty("publisher"),
                "createdDateTime": "2026-01-01T00:00:00Z", "homepage": "javascript:alert(1)",
                "appRoles": [role(PRIVILEGED, "danger"), role(&id(41), "harmless"), spare],
            },
        ],
        "assignments": [
            { "principalId": id(10), "resourceId": id(20), "appRoleId": id(41), "createdDateTime": "2026-01-01T00:00:00Z" },
            { "principalId": id(2), "resourceId": id(20), "appRoleId": id(41), "createdDateTime": "2026-01-01T00:00:00Z" },
        ],
    })
}

#[test]
fn a_tenant_in_which_every_text_is_hostile_does_no_harm_on_any_screen() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tenant.json");
    std::fs::write(&file, hostile_tenant().to_string())?;
    let setup = Setup { emulator: Emulator::builder().tenant_file(file), ..Setup::default() };
    scenario_with(setup, async |world| {
        let (list, page, question) = (IdentitiesPage(world), IdentityPage(world), Question(world));
        // In the document, even where a cell is too narrow for all of it.
        let says = async |place: &str| {
            until(&format!("the page to show {}", seen(place)), || async {
                let text = world.browser.script("return document.body.innerText", Vec::new()).await?;
                let text = text.as_str().unwrap_or_default();
                Ok(if text.contains(&seen(place)) { Ok(()) } else { Err(format!("it shows {text}")) })
            })
            .await
        };
        let names = json!({ "subscriptions": { SUBSCRIPTION: nasty("subscription") } });
        world.emulator.fail_always(Matcher::app().path_ends_with("/config.json"), Fault::merged(names));
        let organization = json!({ "value": [{ "id": world.emulator.tenant_id(), "displayName": nasty("tenant") }] });
        world.emulator.fail_always(Matcher::graph().path_ends_with("/organization"), Fault::merged(organization));

        // What the sign-in service says when it refuses.
        world.expect_status(400);
        let refusal = json!({ "error": "invalid_client", "error_description": nasty("refusal") });
        world.emulator.fail_next(Matcher::sign_in().path_ends_with("/token"), Fault::status(400).json(&refusal));
        world.open("/").await?;
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Nora").await?;
        world.browser.role("alert").says("What the server said").await?;
        world.browser.script("document.querySelector('details').open = true", Vec::new()).await?;
        world.browser.role("alert").says(&seen("refusal")).await?;
        is_text_alone(world, "the sign-in page").await?;

        // The lists, the bar, the account.
        SignInPage(world).sign_in().await?;
        AccountPage(world).choose("Nora").await?;
        list.is_loaded().await?;
        for place in ["identity", "group", "subscription"] {
            says(place).await?;
        }
        world.browser.role("main").says("Same name twice").await?;
        is_text_alone(world, "the identities").await?;
        world.browser.picture("hostile-identities").await?;
        Shell(world).account_menu("Nora").await?;
        let menu = world.browser.role("dialog").named("Account");
        menu.says(&seen("nora")).await?;
        menu.says(&seen("tenant")).await?;
        menu.says(&seen("surname")).await?;
        is_text_alone(world, "the account menu").await?;
        world.browser.script("document.getElementById('account').hidePopover()", Vec::new()).await?;

        // One identity: head, roles, ids, form, proposals.
        list.open(&seen("identity")).await?;
        let title = world.browser.driver.title().await?;
        assert!(title.starts_with(&seen("identity")), "{title}");
        for place in ["kind.of", "host", "group", "subscription", "harmless-value", "harmless-description", "api"] {
            says(place).await?;
        }
        is_text_alone(world, "the identity").await?;
        world.browser.pictures("hostile-identity").await?;

        // What is copied is the truth.
        let record = "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); };";
        world.browser.script(record, Vec::new()).await?;
        world.browser.role("button").named("Copy resource id").click().await?;
        world.browser.role("status").named("Confirmation").says("Copied the resource id").await?;
        assert_eq!(world.browser.script("return window.copied", Vec::new()).await?, arm_id());

        page.look_for_api("api").await?.saying(seen("api")).appears().await?;
        is_text_alone(world, "the proposals").await?;
        page.choose_api("api").await?;
        world.browser.role("list").named("Roles to choose from").says(&seen("spare-name")).await?;
        world.browser.role("searchbox").named("Filter the roles").fill("danger-value").await?;
        page.role(&seen("danger-value")).click().await?;
        world.browser.role("list").named("Chosen roles").says(&seen("danger-value")).await?;
        is_text_alone(world, "the form").await?;

        // The question names the ids as well.
        page.assign(1).await?;
        question.asks("Assign a privileged role?").await?;
        let text = question.dialog().text().await?;
        for part in
            [&seen("identity"), &seen("danger-value"), &seen("api"), GRAPH_API, "aaaaaaaa-0000-4000-8000-000000000010"]
        {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        is_text_alone(world, "the question before a grant").await?;
        world.browser.pictures("hostile-question").await?;

        // What Graph says when it refuses, and what became of it afterwards.
        let refusal = json!({ "error": {
            "code": nasty("code"), "message": nasty("message") + "\r\nsecond line",
            "innerError": { "request-id": nasty("request") },
        } });
        world.expect_status(403);
        let change = Matcher::graph().method("POST").path_ends_with("/appRoleAssignedTo");
        world.emulator.fail_next(change, Fault::status(403).json(&refusal).header("request-id", "<b>1</b>"));
        question.answer("Assign 1 role").await?;
        Outcomes(world).say(&seen("danger-value"), "What the server said").await?;
        world.browser.script("document.querySelector('#outcomes details').open = true", Vec::new()).await?;
        for part in [&seen("code"), &(seen("message") + " second line"), &seen("identity"), &seen("api")] {
            Outcomes(world).say(&seen("danger-value"), part).await?;
        }
        is_text_alone(world, "the outcome").await?;
        world.browser.picture("hostile-outcome").await?;
        Outcomes(world).are_settled().await?;

        page.remove(&seen("harmless-value")).await?;
        question.asks("Remove this role?").await?;
        let text = question.dialog().text().await?;
        for part in [&seen("identity"), &seen("harmless-value"), &seen("api"), "aaaaaaaa-0000-4000-8000-000000000010"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        is_text_alone(world, "the question before a removal").await?;
        question.answer("Remove role").await?;
        Outcomes(world).say(&seen("harmless-value"), "Removed").await?;
        is_text_alone(world, "the removal").await?;
        Outcomes(world).are_settled().await?;

        // The APIs, and one of them.
        Shell(world).apis().await?;
        for place in ["api", "publisher"] {
            says(place).await?;
        }
        is_text_alone(world, "the APIs").await?;
        ApisPage(world).open(&seen("api")).await?;
        for place in ["publisher", "danger-value", "danger-description", "harmless-value", "spare-name"] {
            says(place).await?;
        }
        ApiPage(world).holders().saying(seen("group-holder")).appears().await?;
        is_text_alone(world, "the API").await?;
        world.browser.pictures("hostile-api").await?;

        // The search takes a text for what it is.
        ApisPage(world).search(".*").await?;
        world.browser.role("main").says("No role for applications fits the search").await?;
        is_text_alone(world, "a search that finds nothing").await?;
        world.open("/setup").await?;
        world.browser.role("heading").named("Set up").appears().await?;
        is_text_alone(world, "the set-up page").await
    })
}
