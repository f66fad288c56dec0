//! Forms as they are sent, and as they are shown again.

use std::collections::{BTreeMap, btree_map::Entry};

use axum::{
    extract::{FromRequest, RawForm, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode;
use serde::{Deserialize as _, de::value};

use super::{ExpiryInput, FieldError, FormErrors};

/// The fields of a form as they were typed, by name. Of repeated fields, the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormInput(BTreeMap<String, String>);

/// A form that was not accepted: shown again with what was typed.
#[derive(Debug, Clone, Default)]
pub struct RejectedForm {
    /// The fields as they were typed.
    pub input: FormInput,
    /// Its errors.
    pub errors: FormErrors,
}

/// A form of the first page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HomeForm {
    /// Chooses when the session ends.
    Expiry,
    /// Writes a key.
    Set,
    /// Reads one.
    Get,
    /// Removes one.
    Delete,
}

/// The form of the first page that was sent last.
#[derive(Debug, Clone)]
pub struct FormState {
    /// Which form.
    pub form: HomeForm,
    /// Its fields as they were typed, and its errors.
    pub rejected: RejectedForm,
}

impl FormInput {
    /// The fields of `application/x-www-form-urlencoded`, and the reason if they can only be shown again: a
    /// part that isn't UTF-8 is replaced, and of a repeated field the first counts.
    pub fn parse(form: &[u8]) -> (Self, Option<FieldError>) {
        let mut fields = BTreeMap::new();
        let not_utf8 = percent_decode(form).decode_utf8().is_err();
        let mut error = not_utf8.then_some(FieldError::NotUtf8);
        for (name, value) in form_urlencoded::parse(form) {
            match fields.entry(name.into_owned()) {
                Entry::Vacant(field) => drop(field.insert(value.into_owned())),
                Entry::Occupied(_) => error = error.or(Some(FieldError::NotOurForm)),
            }
        }
        (Self(fields), error)
    }

    /// A field; empty where there is none.
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map(String::as_str).unwrap_or_default()
    }

    /// `true`: the form has the field, be it empty.
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The choice of expiry among the fields.
    pub fn expiry(&self) -> ExpiryInput {
        let fields = self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let fields = value::MapDeserializer::<_, value::Error>::new(fields);
        ExpiryInput::deserialize(fields).unwrap_or_default()
    }
}

/// From the query of a GET, and from the body of a POST. What can only be shown again is a 400.
impl<S: Send + Sync> FromRequest<S> for FormInput {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let form = RawForm::from_request(request, state).await;
        let RawForm(form) = form.map_err(IntoResponse::into_response)?;
        match Self::parse(&form) {
            (input, None) => Ok(input),
            _ => Err(StatusCode::BAD_REQUEST.into_response()),
        }
    }
}

impl RejectedForm {
    /// The text that was typed into a field.
    pub fn value(&self, field: &str) -> String {
        self.input.get(field).to_owned()
    }

    /// The error of a field.
    pub fn error(&self, field: &str) -> Option<FieldError> {
        self.errors.get(field)
    }
}
