//! Names that other people have chosen: shown as text, whole, and unable to pass for another.

use e2e::{
    Result, World,
    pages::{ApiPage, ApisPage, IdentitiesPage, IdentityPage, Outcomes, Question, Shell},
    scenario,
};

const INJECTION: &str = "<img src=x onerror=alert(1)>";
const API: &str = "Label Printing <script>alert(document.domain)</script>";
const TURNED: &str = "id-payroll\u{202e}lmx.nimda\u{202c}";
const TURNED_VISIBLY: &str = "id-payroll⟨U+202E⟩lmx.nimda⟨U+202C⟩";

/// No name has become an element, and nothing on the page turns the direction of the text.
async fn is_text_alone(world: &World, place: &str) -> Result<()> {
    let made = r#"return [...document.querySelectorAll("img, script:not([src]), b, [onerror], [onclick]")].map((e) => e.outerHTML).join()"#;
    assert_eq!(world.browser.script(made, Vec::new()).await?, "", "{place}");
    let hidden = r#"return /[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText)"#;
    assert_eq!(world.browser.script(hidden, Vec::new()).await?, false, "{place}");
    let titles = r#"return [...document.querySelectorAll("[title], [aria-label]")].some((e) => /[\u202a-\u202e\u2066-\u2069]/.test(e.title + e.ariaLabel))"#;
    assert_eq!(world.browser.script(titles, Vec::new()).await?, false, "a tooltip or label: {place}");
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
