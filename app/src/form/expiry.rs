//! The fields of a form that choose when a session ends.

use serde::{Deserialize, Serialize};

/// The choice of expiry, as it was typed: the fields of two forms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExpiryInput {
    /// `default`, `idle`, `days`, `close` or `never`; empty is the default.
    pub expiry: String,
    /// For `idle`.
    pub seconds: String,
    /// For `days`.
    pub days: String,
}

impl ExpiryInput {
    /// The choice that a preset stands for: `idle-600` is 600 seconds of inactivity, `days-7` are 7 days.
    pub fn preset(preset: &str) -> Self {
        let (expiry, number) = match preset.split_once('-') {
            Some((expiry @ ("idle" | "days"), number)) => (expiry, number),
            _ => (preset, ""),
        };
        let of = |kind| if expiry == kind { number } else { "" };
        Self { expiry: expiry.into(), seconds: of("idle").into(), days: of("days").into() }
    }
}
