//! The tree of a page in a real document: what is built, what is kept when it is drawn again, and what goes.

use std::cell::Cell;
use std::rc::Rc;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::tick;
use rolegrant::signals::Memo;
use rolegrant::view::{View, either, el, live, many, mount};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// Mounts a view inside an element of its own, and gives that element.
fn shown(id: &'static str, view: impl FnOnce() -> View + 'static) -> Element {
    mount(move || el("div").attr("id", id).child(view()).into());
    document().get_element_by_id(id).unwrap()
}

fn html(of: &Element) -> String {
    of.inner_html().replace("<!---->", "")
}

fn first(of: &Element, selector: &str) -> Element {
    of.query_selector(selector).unwrap().unwrap()
}

#[wasm_bindgen_test]
fn elements_texts_and_attributes_are_built() {
    let root = shown("built", || {
        let none: Option<&'static str> = None;
        let item =
            el("li").class("a b").attr("hidden", true).attr("disabled", false).attr("title", none).child(7_usize);
        many![el("ul").child(item), "<b>not markup</b>", View::Nothing, Some("last")]
    });
    assert_eq!(html(&root), r#"<ul><li class="a b" hidden="">7</li></ul>&lt;b&gt;not markup&lt;/b&gt;last"#);
}

#[wasm_bindgen_test]
async fn what_is_drawn_again_keeps_its_elements() {
    let count = RwSignal::new(2_usize);
    let root = shown("again", move || {
        live(move || (0..count.get()).map(|n| el("p").attr("title", n + count.get()).child(n)).collect::<View>())
    });
    let before = first(&root, "p");
    assert_eq!(html(&root), r#"<p title="2">0</p><p title="3">1</p>"#);
    count.set(3);
    tick().await;
    assert_eq!(html(&root), r#"<p title="3">0</p><p title="4">1</p><p title="5">2</p>"#);
    assert!(before.is_same_node(Some(&first(&root, "p"))), "the first paragraph is another element");
    count.set(1);
    tick().await;
    assert_eq!(html(&root), r#"<p title="1">0</p>"#);
    assert!(before.is_same_node(Some(&first(&root, "p"))));
}

#[wasm_bindgen_test]
async fn every_place_can_become_anything_else() {
    let step = RwSignal::new(0_usize);
    let root = shown("anything", move || {
        let place = move || match step.get() {
            0 => "text".into(),
            1 => el("b").child("element").into(),
            2 => View::Nothing,
            3 => many!["two", el("i").child("things")],
            4 => live(move || format!("live {}", step.get_untracked())),
            _ => many![View::Nothing, live(|| el("u")), "end"],
        };
        many!["[", live(move || many![place(), "|", place()]), "]"]
    });
    let expected = [
        "[text|text]",
        "[<b>element</b>|<b>element</b>]",
        "[|]",
        "[two<i>things</i>|two<i>things</i>]",
        "[live 4|live 4]",
        "[<u></u>end|<u></u>end]",
    ];
    // Every step from every other.
    for from in 0..expected.len() {
        for (to, expected_to) in expected.iter().enumerate() {
            for (now, expected_now) in [(from, expected.get(from).unwrap()), (to, expected_to)] {
                step.set(now);
                tick().await;
                assert_eq!(html(&root), *expected_now, "from {from} to {to}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn an_attribute_goes_with_the_drawing_that_had_it() {
    let on = RwSignal::new(true);
    let root = shown("attributes", move || {
        live(move || {
            let part = el("p").attr("title", if on.get() { "on" } else { "off" });
            if on.get() { part.attr("lang", "en").live("class", || "followed") } else { part.attr("role", "note") }
        })
    });
    assert_eq!(html(&root), r#"<p title="on" lang="en" class="followed"></p>"#);
    on.set(false);
    tick().await;
    assert_eq!(html(&root), r#"<p title="off" role="note"></p>"#);
    on.set(true);
    tick().await;
    let part = first(&root, "p");
    assert_eq!(part.get_attribute("class").as_deref(), Some("followed"));
    assert_eq!(part.get_attribute("role"), None);
}

#[wasm_bindgen_test]
async fn a_listener_is_that_of_the_last_drawing() {
    let last = Rc::new(Cell::new(0_usize));
    let step = RwSignal::new(1_usize);
    let told = last.clone();
    let root = shown("listener", move || {
        live(move || {
            let (told, now) = (told.clone(), step.get());
            el("button").on(ev::click, move |_| told.set(told.get() * 10 + now))
        })
    });
    let button = first(&root, "button").dyn_into::<HtmlElement>().unwrap();
    button.click();
    step.set(2);
    tick().await;
    button.click();
    assert_eq!(last.get(), 12, "each click is heard once, by the listener of that time");
}

#[wasm_bindgen_test]
async fn fields_follow_their_signal() {
    let (text, checked) = (RwSignal::new("one".to_owned()), RwSignal::new(true));
    let root = shown("fields", move || {
        let field = el("input").live_value(move || text.get());
        many![field, el("input").attr("type", "checkbox").live_checked(move || checked.get())]
    });
    let field = first(&root, "input").dyn_into::<HtmlInputElement>().unwrap();
    let checkbox = first(&root, "[type=checkbox]").dyn_into::<HtmlInputElement>().unwrap();
    assert_eq!((field.value().as_str(), checkbox.checked()), ("one", true));
    field.set_value("typed");
    text.set("two".to_owned());
    checked.set(false);
    tick().await;
    assert_eq!((field.value().as_str(), checkbox.checked()), ("two", false));
}

#[wasm_bindgen_test]
async fn a_condition_that_stays_the_same_draws_nothing() {
    let count = RwSignal::new(1_usize);
    let drawn = Rc::new(Cell::new(0_usize));
    let counter = drawn.clone();
    let root = shown("condition", move || {
        either(
            move || count.get() > 0,
            move || {
                counter.set(counter.get() + 1);
                el("p").child(live(move || count.get()))
            },
            || "none",
        )
    });
    count.set(2);
    tick().await;
    assert_eq!((html(&root).as_str(), drawn.get()), ("<p>2</p>", 1));
    count.set(0);
    tick().await;
    assert_eq!(html(&root), "none");
    count.set(5);
    tick().await;
    assert_eq!((html(&root).as_str(), drawn.get()), ("<p>5</p>", 2));
}

#[wasm_bindgen_test]
async fn an_element_stays_with_its_key() {
    let keys = RwSignal::new(vec![1, 2, 3, 4]);
    let root = shown("keys", move || {
        let row = |key: usize| el("button").key(key.to_string()).child(key);
        let rows = move || keys.get().into_iter().map(row).collect::<View>();
        live(move || many!["top", rows(), "end"])
    });
    let text = || root.text_content().unwrap();
    let third = first(&root, "button:nth-of-type(3)").dyn_into::<HtmlElement>().unwrap();
    third.focus().unwrap();
    // Scrolled on, scrolled back, others before it, others after it: the focus stays on what it was on.
    for now in [vec![3, 4, 5], vec![1, 2, 3], vec![0, 1, 9, 2, 3, 8], vec![1, 2, 8, 9, 3], vec![3, 9, 8, 2], vec![3]] {
        let expected = format!("top{}end", now.iter().map(ToString::to_string).collect::<String>());
        keys.set(now);
        tick().await;
        assert_eq!(text(), expected);
        assert!(document().active_element().unwrap().is_same_node(Some(&third)), "the focus went at {expected}");
    }
    for now in [vec![4, 3, 2], vec![2, 3, 4, 1], vec![], vec![7, 3]] {
        let expected = format!("top{}end", now.iter().map(ToString::to_string).collect::<String>());
        keys.set(now);
        tick().await;
        assert_eq!(text(), expected);
    }
}

#[wasm_bindgen_test]
async fn styles_and_followed_attributes_go_with_the_drawing_that_had_them() {
    let on = RwSignal::new(true);
    let root = shown("leftovers", move || {
        live(move || match on.get() {
            true => el("p").style("height", "9px".to_owned()).live("lang", || "en"),
            false => el("p").attr("lang", false),
        })
    });
    let has = |name: &str| first(&root, "p").get_attribute(name);
    assert_eq!((has("style").as_deref(), has("lang").as_deref()), (Some("height: 9px;"), Some("en")));
    on.set(false);
    tick().await;
    assert_eq!((has("style"), has("lang")), (None, None));
    on.set(true);
    tick().await;
    assert_eq!((has("style").as_deref(), has("lang").as_deref()), (Some("height: 9px;"), Some("en")));
}

#[wasm_bindgen_test]
async fn a_change_is_seen_past_a_memo_that_stays_the_same() {
    let names = RwSignal::new(vec!["a", "b"]);
    let found = Memo::new(move || names.with(Clone::clone));
    let count = Memo::new(move || found.with(Vec::len));
    let root = shown("past", move || {
        live(move || (0..count.get()).map(|at| el("i").child(found.with(|found| found[at]))).collect::<View>())
    });
    assert_eq!(html(&root), "<i>a</i><i>b</i>");
    names.set(vec!["b", "a"]);
    tick().await;
    assert_eq!(html(&root), "<i>b</i><i>a</i>");
}

#[wasm_bindgen_test]
async fn a_row_whose_key_is_gone_becomes_another_unless_it_has_the_focus() {
    let keys = RwSignal::new(vec![1, 2, 3]);
    let root = shown("recycled", move || {
        let row = |key: usize| el("tr").key(key.to_string()).child(el("td").child(el("button").child(key)));
        el("table").child(el("tbody").child(live(move || keys.get().into_iter().map(row).collect::<View>()))).into()
    });
    let (one, two) = (first(&root, "tr:nth-of-type(1)"), first(&root, "tr:nth-of-type(2)"));
    first(&two, "button").dyn_into::<HtmlElement>().unwrap().focus().unwrap();
    keys.set(vec![3, 4, 5]);
    tick().await;
    assert_eq!(root.text_content().unwrap(), "345");
    assert!(one.is_same_node(Some(&first(&root, "tr:nth-of-type(2)"))), "the first row has not become the fourth");
    assert!(!two.is_connected(), "what had the focus is another row now");
}
