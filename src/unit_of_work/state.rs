//! State of a session: its data, its policy, and when it began.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    data::{BEGAN_KEY, Changes, Data, EXPIRY_KEY, MOVED_KEY, changes_between},
    expiry::ExpiryPolicy,
};

/// A payload whose signature is good, decoded.
#[derive(Debug, Clone)]
pub(super) struct Decoded {
    pub(super) state: Arc<SessionState>,
    pub(super) signed_at: OffsetDateTime,
    /// True if it is to be signed anew when it is written or touched.
    pub(super) by_fallback: bool,
}

/// A session's data, and what they say of its end.
#[derive(Debug, Clone, Default)]
pub(super) struct SessionState {
    /// Expiry and beginning stand here too, hidden from handlers, as they came: what isn't
    /// understood here goes back as it was.
    pub(super) data: Data,
    pub(super) policy: ExpiryPolicy,
    /// Its beginning, if it says so. A login begins it anew.
    pub(super) began: Option<OffsetDateTime>,
}

impl SessionState {
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let mut data = Data::parse(json)?;
        if data.value(MOVED_KEY).is_some() {
            if data.len() == 1 {
                return None;
            }
            // Django took what was left for a session, and went on with it.
            data.remove(MOVED_KEY);
        }
        let policy = ExpiryPolicy::from_value(data.value(EXPIRY_KEY));
        let began = data.began();
        data.hide(EXPIRY_KEY);
        data.hide(BEGAN_KEY);
        Some(Self { data, policy, began })
    }

    pub(super) fn begin(&mut self, now: OffsetDateTime) {
        self.began = Some(now);
        self.data.set_hidden(BEGAN_KEY, &now.unix_timestamp().into());
    }

    /// The changes that turn `from`, by default this state, into `to`. Expiry and our own keys aren't for
    /// handlers to change as values: `set_expiry` is.
    pub(super) fn changes(
        &self,
        from: Option<&HashMap<String, Value>>,
        to: &HashMap<String, Value>,
    ) -> Changes {
        let mut changes = changes_between(from.unwrap_or(self.data.values()), to);
        changes.remove(EXPIRY_KEY);
        changes.remove(BEGAN_KEY);
        changes.remove(MOVED_KEY);
        changes
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.data.bytes()
    }

    /// An empty state with the same policy.
    pub(super) fn emptied(&self) -> Self {
        let mut data = Data::default();
        data.copy_hidden(EXPIRY_KEY, &self.data);
        Self { data, policy: self.policy, began: None }
    }

    pub(super) fn forget_beginning(&mut self) {
        if self.began.take().is_some() {
            self.data.remove(BEGAN_KEY);
        }
    }

    pub(super) fn changed(mut self, changes: &Changes, policy: Option<ExpiryPolicy>) -> Self {
        self.data.apply(changes);
        if let Some(policy) = policy {
            self.policy = policy;
            match policy.to_value() {
                Some(value) => self.data.set_hidden(EXPIRY_KEY, &value),
                None => self.data.remove(EXPIRY_KEY),
            }
        }
        self
    }
}
