//! The real binary, as an operator runs it.

use std::process::{Command, Output};

use huihua::{
    Clock, Settings, Store,
    engine::Row,
    key::SessionKey,
    signing::{SERVER_SIDE_SALT, Signer},
};
use serde_json::Value;
use servers::folder_with_site;
use tempfile::TempDir;
use time::Duration;

use crate::running::{settings_in, sql_in};

type Pairs = Vec<(String, String)>;

/// The binary with one set of settings.
pub(crate) struct Huihua {
    pub(crate) folder: TempDir,
    pub(crate) settings: Pairs,
}

impl Huihua {
    pub(crate) fn with(more: &[(&str, String)]) -> Self {
        let folder = folder_with_site();
        let more = more.iter().map(|(name, text)| ((*name).to_owned(), text.clone()));
        let settings = settings_in(&folder).into_iter().chain(more).collect();
        Self { folder, settings }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huihua"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.settings.iter().cloned());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// All that it prints, when it is done.
    pub(crate) fn prints(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.prints(arguments)).unwrap()
    }

    /// The one sentence with which it fails.
    pub(crate) fn refuses(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
        errors
    }

    pub(crate) fn library(&self) -> Settings {
        let settings = &self.settings;
        Settings::read(|name| {
            let found = settings.iter().rev().find(|(known, _)| known == name);
            found.map(|(_, text)| text.clone())
        })
        .unwrap()
    }

    /// Sessions as the site would make them: their keys.
    pub(crate) async fn with_sessions(&self, names: &[&str], lasts: Duration) -> Vec<SessionKey> {
        let data = names.iter().map(|name| format!(r#"{{"uname":"{name}"}}"#));
        self.with_data(data, lasts).await
    }

    pub(crate) async fn sql(&self, statement: &str) {
        sql_in(&self.folder, statement).await;
    }

    /// Sessions that hold such JSON.
    pub(crate) async fn with_data(
        &self,
        data: impl IntoIterator<Item = String>,
        lasts: Duration,
    ) -> Vec<SessionKey> {
        let settings = self.library();
        let store = Store::open(&settings).await.unwrap();
        let signer = Signer::new(&settings.secret_keys().unwrap(), SERVER_SIDE_SALT);
        let now = Clock::system().now();
        let mut keys = Vec::new();
        for json in data {
            let key = SessionKey::generate();
            let row = Row::new(signer.sign(&json, now - Duration::MINUTE), now + lasts);
            let engine = store.engine().unwrap();
            assert!(engine.create(&key.stored(true), &row).await.unwrap());
            keys.push(key);
        }
        keys
    }
}
