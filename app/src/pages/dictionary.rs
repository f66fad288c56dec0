//! The session's keys and values, and a form for each operation on them.

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_i18n::td_string;
use serde_json::Value;

use super::{ErrorMessage, Field};
use crate::{
    cached_view::CachedView,
    current_user::is_protected,
    form::{self, FieldError, FormState, HomeForm, RejectedForm},
    locale::Locale,
    preferences::{Preferences, locale},
    server_fns::{ClearEntries, DeleteEntry, FlushSession, SetEntry},
};

/// The session as the dictionary that it is: what is in it, and a form for each of the things that
/// the manual does with it, beside the lines that do the same in Rust and in Django.
#[component]
pub(super) fn Dictionary(
    preferences: Preferences,
    items: BTreeMap<String, Value>,
    /// The form of this page that was sent last.
    form: Option<FormState>,
) -> impl IntoView {
    let Preferences { locale, .. } = preferences;
    let operations = match form {
        None => OPERATIONS.get(preferences).into_any(),
        Some(form) => {
            let answer = match form.form {
                HomeForm::Get => answer(locale, &items, &form.rejected),
                _ => None,
            };
            view! { <Operations form=Some(form) answer /> }.into_any()
        }
    };
    view! {
        <section class="card" id="dictionary" aria-labelledby="dictionary-title">
            <h2 id="dictionary-title">{td_string!(locale, site.dictionary.title)}</h2>
            <Items preferences items />
            {operations}
        </section>
    }
    .into_any()
}

/// The forms, while nobody has typed anything.
static OPERATIONS: CachedView =
    CachedView::new(|_, _| view! { <Operations form=None answer=None /> }.into_any());

/// A form for each operation. `answer`: the session's, if it was asked.
#[component]
fn Operations(form: Option<FormState>, answer: Option<AnyView>) -> impl IntoView {
    let locale = locale();
    let form = |which| {
        let form = form.clone().filter(|form| form.form == which);
        form.map(|form| form.rejected).unwrap_or_default()
    };
    let (set, get, delete) = (form(HomeForm::Set), form(HomeForm::Get), form(HomeForm::Delete));
    view! {
        <div class="operations">
            <Operation
                id="set"
                action=format!("{}#dictionary", SetEntry::PATH)
                title=td_string!(locale, site.dictionary.set)
                means=td_string!(locale, site.dictionary.set_means)
                error=set.errors.form()
                rust="session.insert(\"key\", value).await?"
                django="request.session[\"key\"] = value"
            >
                <Key id="set-key" form=set.clone() />
                <Field
                    id="set-value"
                    name="value"
                    label=td_string!(locale, site.dictionary.value)
                    value=set.value("value")
                    error=set.error("value")
                />
                <Kind chosen=set.value("kind") />
            </Operation>
            <Operation
                id="get"
                method="get"
                action="/#get-form"
                title=td_string!(locale, site.dictionary.get)
                means=td_string!(locale, site.dictionary.get_means)
                rust="session.get_or(\"key\", default).await?"
                django="request.session.get(\"key\", default)"
            >
                <Key id="get-key" form=get.clone() />
                <Field
                    id="get-default"
                    name="default"
                    label=td_string!(locale, site.dictionary.default_value)
                    value=get.value("default")
                />
                {answer}
            </Operation>
            <Operation
                id="delete"
                action=format!("{}#dictionary", DeleteEntry::PATH)
                title=td_string!(locale, site.dictionary.delete)
                means=td_string!(locale, site.dictionary.delete_means)
                error=delete.errors.form()
                rust="session.remove_value(\"key\").await?"
                django="del request.session[\"key\"]"
            >
                <Key id="delete-key" form=delete />
            </Operation>
            <Operation
                id="clear"
                action=ClearEntries::PATH
                title=td_string!(locale, site.dictionary.clear)
                means=td_string!(locale, site.dictionary.clear_means)
                rust="session.clear().await"
                django="request.session.clear()"
            />
            <Operation
                id="flush"
                action=FlushSession::PATH
                title=td_string!(locale, site.dictionary.flush)
                means=td_string!(locale, site.dictionary.flush_means)
                rust="session.flush().await?"
                django="request.session.flush()"
            />
        </div>
    }
    .into_any()
}

/// One operation on a session: what it means, its fields, and the line of Rust that
/// it runs beside the line of Django that it stands for.
#[component]
fn Operation(
    id: &'static str,
    #[prop(default = "post")] method: &'static str,
    #[prop(into)] action: String,
    title: &'static str,
    means: &'static str,
    #[prop(default = None)] error: Option<FieldError>,
    rust: &'static str,
    django: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let locale = locale();
    view! {
        <form id=format!("{id}-form") method=method action=action novalidate>
            <h3>{title}</h3>
            <p class="means">{means}</p>
            <ErrorMessage id=format!("{id}-error") error />
            {children.map(|children| children())}
            <button>{title}</button>
            <dl class="lines">
                <dt>{td_string!(locale, site.dictionary.rust)}</dt>
                <dd>
                    <code>{rust}</code>
                </dd>
                <dt>{td_string!(locale, site.dictionary.django)}</dt>
                <dd>
                    <code>{django}</code>
                </dd>
            </dl>
        </form>
    }
    .into_any()
}

/// Everything that is in the session.
#[component]
fn Items(preferences: Preferences, items: BTreeMap<String, Value>) -> impl IntoView {
    let rows = items.into_iter().map(|(key, value)| {
        let protected = is_protected(&key);
        view! { <Item locale=preferences.locale key value=value.to_string() protected /> }
    });
    view! {
        <table>
            {TABLE_HEAD.get(preferences)} <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

static TABLE_HEAD: CachedView = CachedView::new(|locale, _| {
    view! {
        <caption>{td_string!(locale, site.dictionary.caption)}</caption>
        <thead>
            <tr>
                <th scope="col">{td_string!(locale, site.dictionary.key)}</th>
                <th scope="col">{td_string!(locale, site.dictionary.value)}</th>
            </tr>
        </thead>
    }
    .into_any()
});

#[component]
fn Item(locale: Locale, key: String, value: String, protected: bool) -> impl IntoView {
    let protected =
        protected.then(|| view! { <small>{td_string!(locale, site.dictionary.protected)}</small> });
    view! {
        <tr>
            <th scope="row">
                <bdi>{key}</bdi>
                " "
                {protected}
            </th>
            <td>
                <code dir="auto">{value}</code>
            </td>
        </tr>
    }
}

/// The session's answer, if it was asked for a key.
fn answer(locale: Locale, items: &BTreeMap<String, Value>, get: &RejectedForm) -> Option<AnyView> {
    let key = form::key(get.input.get("key")).ok()?.to_owned();
    let colon = td_string!(locale, site.colon);
    let (said, value) = match items.get(&key) {
        Some(value) => (td_string!(locale, site.dictionary.got, key), value.to_string()),
        None => (
            td_string!(locale, site.dictionary.got_default, key),
            Value::from(get.input.get("default")).to_string(),
        ),
    };
    Some(
        view! {
            <p class="answer" id="answer" role="status">
                {said + colon}
                <code dir="auto">{value}</code>
            </p>
        }
        .into_any(),
    )
}

#[component]
fn Key(id: &'static str, form: RejectedForm) -> impl IntoView {
    let label = td_string!(locale(), site.dictionary.key);
    view! { <Field id name="key" label value=form.value("key") error=form.error("key") /> }
}

/// The choice between text and JSON for a value.
#[component]
fn Kind(chosen: String) -> impl IntoView {
    let locale = locale();
    let radio = |value: &'static str, label: &'static str, checked: bool| {
        view! {
            <label>
                <input type="radio" name="kind" value=value checked=checked />
                {label}
            </label>
        }
    };
    let is_json = chosen == "json";
    view! {
        <fieldset class="kind">
            <legend>{td_string!(locale, site.dictionary.kind)}</legend>
            {radio("text", td_string!(locale, site.dictionary.text), !is_json)}
            {radio("json", td_string!(locale, site.dictionary.json), is_json)}
        </fieldset>
    }
    .into_any()
}
