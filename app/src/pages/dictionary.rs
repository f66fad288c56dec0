use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_i18n::td_string;
use serde_json::Value;

use super::{Asked, Field, Problem};
use crate::{
    document::Site,
    form::{FieldError, Form, RejectedForm, is_protected},
    locale::{Locale, locale},
    mould::Mould,
    still::Still,
};

/// The session as the dictionary that it is: what is in it, and a form for each of the things that
/// the manual does with it, beside the lines that do the same in Rust and in Django.
#[component]
pub(super) fn Dictionary(items: BTreeMap<String, Value>, asked: Option<Asked>) -> impl IntoView {
    let locale = locale();
    let deeds = match asked {
        None => DEEDS
            .in_language(locale, || view! { <Deeds asked=None answer=None /> })
            .into_any(),
        Some(asked) => {
            let answer = match asked.form {
                Form::Get => answer(locale, &items, &asked.refused),
                _ => None,
            };
            view! { <Deeds asked=Some(asked) answer /> }.into_any()
        }
    };
    view! {
        <section class="card" id="dictionary" aria-labelledby="dictionary-title">
            <h2 id="dictionary-title">{td_string!(locale, site.dictionary.title)}</h2>
            <Items items />
            {deeds}
        </section>
    }
    .into_any()
}

/// The forms, while nobody has typed anything.
static DEEDS: Still = Still::new();

/// A form for each thing that can be done. `answer`: what the session said, if it was asked.
#[component]
fn Deeds(asked: Option<Asked>, answer: Option<AnyView>) -> impl IntoView {
    let locale = locale();
    let typed_into = |form| {
        let asked = asked.clone().filter(|asked| asked.form == form);
        asked.map(|asked| asked.refused).unwrap_or_default()
    };
    let (set, get, delete) = (
        typed_into(Form::Set),
        typed_into(Form::Get),
        typed_into(Form::Delete),
    );
    view! {
            <div class="deeds">
                <Deed
                    id="set"
                    action="/session/set/#dictionary"
                    title=td_string!(locale, site.dictionary.set)
                    means=td_string!(locale, site.dictionary.set_means)
                    wrong=set.problems.form
                    rust="session.insert(\"key\", value).await?"
                    django="request.session[\"key\"] = value"
                >
                    <Key id="set-key" typed=set.typed.key wrong=set.problems.key />
                    <Field
                        id="set-value"
                        name="value"
                        label=td_string!(locale, site.dictionary.value)
                        value=set.typed.value
                        wrong=set.problems.value
                    />
                    <Kind chosen=set.typed.kind />
                </Deed>
                <Deed
                    id="get"
                    method="get"
                    action="/#get-form"
                    title=td_string!(locale, site.dictionary.get)
                    means=td_string!(locale, site.dictionary.get_means)
                    rust="session.get_or(\"key\", default).await?"
                    django="request.session.get(\"key\", default)"
                >
                    <Key id="get-key" typed=get.typed.key wrong=get.problems.key />
                    <Field
                        id="get-default"
                        name="default"
                        label=td_string!(locale, site.dictionary.default_value)
                        value=get.typed.value
                    />
                    {answer}
                </Deed>
                <Deed
                    id="delete"
                    action="/session/delete/#dictionary"
                    title=td_string!(locale, site.dictionary.delete)
                    means=td_string!(locale, site.dictionary.delete_means)
                    wrong=delete.problems.form
                    rust="session.remove_value(\"key\").await?"
                    django="del request.session[\"key\"]"
                >
                    <Key id="delete-key" typed=delete.typed.key wrong=delete.problems.key />
                </Deed>
                <Deed
                    id="clear"
                    action="/session/clear/"
                    title=td_string!(locale, site.dictionary.clear)
                    means=td_string!(locale, site.dictionary.clear_means)
                    rust="session.clear().await"
                    django="request.session.clear()"
                >
                    ""
                </Deed>
                <Deed
                    id="flush"
                    action="/session/flush/"
                    title=td_string!(locale, site.dictionary.flush)
                    means=td_string!(locale, site.dictionary.flush_means)
                    rust="session.flush().await?"
                    django="request.session.flush()"
                >
                    ""
                </Deed>
            </div>
    }
    .into_any()
}

/// One thing that can be done with a session: what it means, its fields, and the line of Rust that
/// it runs beside the line of Django that it stands for.
#[component]
fn Deed(
    id: &'static str,
    #[prop(default = "post")] method: &'static str,
    action: &'static str,
    title: &'static str,
    means: &'static str,
    #[prop(default = None)] wrong: Option<FieldError>,
    rust: &'static str,
    django: &'static str,
    children: Children,
) -> impl IntoView {
    let locale = locale();
    view! {
        <form id=format!("{id}-form") method=method action=action novalidate>
            <h3>{title}</h3>
            <p class="means">{means}</p>
            <Problem id=format!("{id}-error") wrong />
            {children().into_any()}
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
fn Items(items: BTreeMap<String, Value>) -> impl IntoView {
    let locale = locale();
    let Site { moulds, .. } = expect_context();
    let rows = items.into_iter().map(|(key, value)| {
        let protected = is_protected(&key);
        moulds.item.pour(protected.into(), locale, |holes| {
            let (key, value) = (holes.text(key), holes.text(value.to_string()));
            move || view! { <Item key value protected /> }
        })
    });
    view! {
        <table>
            <caption>{td_string!(locale, site.dictionary.caption)}</caption>
            <thead>
                <tr>
                    <th scope="col">{td_string!(locale, site.dictionary.key)}</th>
                    <th scope="col">{td_string!(locale, site.dictionary.value)}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// Of a key that is the visitor's own, or protected.
pub(super) type ItemMould = Mould<2>;

#[component]
fn Item(key: String, value: String, protected: bool) -> impl IntoView {
    let locale = locale();
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

/// What the session answered, if it was asked.
fn answer(locale: Locale, items: &BTreeMap<String, Value>, get: &RejectedForm) -> Option<AnyView> {
    let key = get.typed.key().ok()?.to_owned();
    let colon = td_string!(locale, site.colon);
    let (said, value) = match items.get(&key) {
        Some(value) => (
            td_string!(locale, site.dictionary.got, key),
            value.to_string(),
        ),
        None => (
            td_string!(locale, site.dictionary.got_default, key),
            Value::from(get.typed.value.as_str()).to_string(),
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
fn Key(id: &'static str, typed: String, wrong: Option<FieldError>) -> impl IntoView {
    let label = td_string!(locale(), site.dictionary.key);
    view! { <Field id name="key" label value=typed wrong /> }.into_any()
}

/// Whether the value is text, or JSON.
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
