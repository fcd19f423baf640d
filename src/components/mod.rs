//! The pieces that pages are made of: one component a file, named for it.

pub mod apply_card;
pub mod assign_form;
pub mod button;
pub mod combobox;
pub mod copy;
pub mod dialog;
pub mod export;
pub mod icon;
pub mod idle;
pub mod import;
pub mod labels;
pub mod list;
pub mod matrix;
pub mod page_head;
pub mod problem;
pub mod remove_dialog;
pub mod review_card;
pub mod rights;
pub mod role_choice;
pub mod run;
pub mod scripts;
pub mod search_box;
pub mod selection;
pub mod shell;
pub mod table;
pub mod toast;
