//! The dictionary of a session: its keys and values.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Error, Result, Session};

impl Session {
    /// The value of `key`; `None`: the session has no such key.
    ///
    /// # Errors
    /// When the value isn't a `T`, or the session can't be read: see [`Session::is_readable`].
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        Ok(self.inner.get(key).await?)
    }

    /// The value of `key`, as JSON; `None`: the session has no such key.
    ///
    /// # Errors
    /// When the session can't be read.
    pub async fn get_value(&self, key: &str) -> Result<Option<Value>> {
        Ok(self.inner.get_value(key).await?)
    }

    /// Sets the value of `key`.
    ///
    /// # Errors
    /// When the value isn't JSON, or the session can't be read.
    pub async fn insert(&self, key: &str, value: impl Serialize) -> Result<()> {
        Ok(self.inner.insert(key, value).await?)
    }

    /// Sets the value of `key`, as JSON, and answers the one before, if there was one.
    ///
    /// # Errors
    /// When the session can't be read.
    pub async fn insert_value(&self, key: &str, value: Value) -> Result<Option<Value>> {
        Ok(self.inner.insert_value(key, value).await?)
    }

    /// Takes `key` out, and answers its value. Django's `pop(key)`.
    ///
    /// # Errors
    /// When the value isn't a `T`, which takes it out all the same, or the session can't be read.
    pub async fn remove<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        Ok(self.inner.remove(key).await?)
    }

    /// Takes `key` out, and answers its value as JSON.
    ///
    /// # Errors
    /// When the session can't be read.
    pub async fn remove_value(&self, key: &str) -> Result<Option<Value>> {
        Ok(self.inner.remove_value(key).await?)
    }

    /// Every key and its value, in the order of the keys. Django's `items()`.
    ///
    /// # Errors
    /// When the session is too large to be kept, or can't be read: see [`Session::is_readable`].
    pub async fn items(&self) -> Result<BTreeMap<String, Value>> {
        self.stage().await?;
        Ok(self.unit.values(self.inner.id()).map_err(Error::store)?.into_iter().collect())
    }

    /// The keys, in order. Django's `keys()`.
    ///
    /// # Errors
    /// As [`Session::items`].
    pub async fn keys(&self) -> Result<Vec<String>> {
        Ok(self.items().await?.into_keys().collect())
    }

    /// True if the session has `key`, even if its value is null. Django's `key in session`.
    ///
    /// # Errors
    /// When the session can't be read: see [`Session::is_readable`].
    pub async fn contains_key(&self, key: &str) -> Result<bool> {
        Ok(self.get_value(key).await?.is_some())
    }

    /// The value of `key`, or `default`. Django's `get(key, default)`.
    ///
    /// # Errors
    /// When the value isn't a `T`, or the session can't be read.
    pub async fn get_or<T: DeserializeOwned>(&self, key: &str, default: T) -> Result<T> {
        Ok(self.get(key).await?.unwrap_or(default))
    }

    /// The value of `key`, which is `default` from now on if it had none. Django's
    /// `setdefault(key, default)`.
    ///
    /// # Errors
    /// When the value isn't a `T`, `default` isn't JSON, or the session can't be read.
    pub async fn set_default<T: DeserializeOwned + Serialize>(
        &self,
        key: &str,
        default: T,
    ) -> Result<T> {
        if let Some(value) = self.get(key).await? {
            return Ok(value);
        }
        self.insert(key, &default).await?;
        Ok(default)
    }

    /// Sets several keys at once. Django's `update(dict)`.
    ///
    /// # Errors
    /// When a value isn't JSON, or the session can't be read. The values before it are set.
    pub async fn update<K: AsRef<str>, V: Serialize>(
        &self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<()> {
        for (key, value) in pairs {
            self.insert(key.as_ref(), value).await?;
        }
        Ok(())
    }
}
