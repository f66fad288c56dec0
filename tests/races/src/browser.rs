use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect::Policy};

/// A browser with one jar; clones are tabs.
#[derive(Debug, Clone)]
pub struct Browser {
    url: String,
    client: Client,
    jar: Arc<Mutex<Option<String>>>,
}

/// A client that follows nothing, and waits for nobody for ever.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(20)).build()
}

impl Browser {
    pub(crate) fn new(url: &str, client: &Client) -> Self {
        Self { url: url.to_owned(), client: client.clone(), jar: Arc::default() }
    }

    /// What the page says, if it is one.
    pub(crate) async fn get(&self, path: &str) -> Result<String, String> {
        let (status, text) = self.tries(path).await?;
        if status.is_server_error() || status.is_client_error() {
            Err(format!("{path}: {status}"))
        } else {
            Ok(text)
        }
    }

    /// What is answered, whatever it is.
    pub(crate) async fn tries(&self, path: &str) -> Result<(StatusCode, String), String> {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    /// What a site answers that may say that the session is gone, as Django does with 400.
    pub(crate) async fn answered(&self, path: &str) -> Result<String, String> {
        match self.tries(path).await? {
            (status, _) if status.is_server_error() => Err(format!("{path}: {status}")),
            (_, text) => Ok(text),
        }
    }

    /// As the manual's form does.
    pub(crate) async fn log_in(&self, name: &str) -> Result<String, String> {
        let request = self
            .client
            .post(format!("{}/login_handle/", self.url))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("uname={name}"));
        match self.send(request).await? {
            (StatusCode::FOUND, text) => Ok(text),
            (status, _) => Err(format!("login: {status}")),
        }
    }

    pub(crate) async fn log_out(&self) -> Result<String, String> {
        self.get("/logout/").await
    }

    /// Whether the page says that it is another one for another cookie.
    pub(crate) async fn varies(&self, path: &str) -> Result<(), String> {
        let request = self.client.get(format!("{}{path}", self.url));
        let answer = self.answer(request).await?;
        let vary = answer.headers().get_all(header::VARY).iter();
        let mut named = vary.filter_map(|value| value.to_str().ok());
        if named.any(|names| names.to_ascii_lowercase().contains("cookie")) {
            Ok(())
        } else {
            Err(format!("{path} doesn't say Vary: Cookie"))
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<(StatusCode, String), String> {
        let answer = self.answer(request).await?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        Ok((status, text))
    }

    async fn answer(&self, mut request: RequestBuilder) -> Result<Response, String> {
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = request.send().await.map_err(|error| error.to_string())?;
        self.keep_cookies(&answer);
        Ok(answer)
    }

    fn keep_cookies(&self, answer: &Response) {
        let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
        for cookie in cookies.filter_map(|cookie| cookie.to_str().ok()) {
            let pair = cookie.split(';').next().unwrap_or_default().to_owned();
            let removed = cookie.contains("Max-Age=0") || pair.ends_with('=');
            *self.jar() = (!removed).then_some(pair);
        }
    }

    pub(crate) fn cookie(&self) -> Option<String> {
        self.jar().clone()
    }

    fn jar(&self) -> MutexGuard<'_, Option<String>> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody who copied the cookie as it is now.
    pub(crate) fn thief(&self) -> Self {
        Self { jar: Arc::new(Mutex::new(self.cookie())), ..self.clone() }
    }

    /// Whether the page says so.
    pub(crate) async fn sees(&self, path: &str, expected: &str) -> Result<(), String> {
        let text = self.get(path).await?;
        if text == expected {
            Ok(())
        } else {
            Err(format!("{path} says \"{text}\", not \"{expected}\""))
        }
    }

    pub(crate) async fn is(&self, name: &str) -> Result<(), String> {
        self.sees("/race/name", name).await
    }
}
