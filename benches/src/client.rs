//! A browser, as far as benchmarks need one.

use std::time::Duration;

use anyhow::{Context, Result};
use ureq::{Agent, RequestBuilder, http::Response};

/// Asks one site, over one connection as long as it is used by one thread.
pub(crate) struct Client {
    agent: Agent,
    url: String,
}

/// All of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The session's cookie, `sessionid=…`, if it was set.
    pub(crate) cookie: Option<String>,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_age(Duration::from_secs(600))
            .max_redirects(0);
        Self { agent: config.build().into(), url: url.to_owned() }
    }

    pub(crate) fn get(&self, path: &str, cookie: &str) -> Result<Answer> {
        let request = self.agent.get(format!("{}{path}", self.url));
        self.answer(with_cookie(request, cookie).call())
    }

    pub(crate) fn post(&self, path: &str, cookie: &str, form: &str) -> Result<Answer> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request.content_type("application/x-www-form-urlencoded");
        self.answer(with_cookie(request, cookie).send(form))
    }

    /// Answers the cookie of a new session of `uname`.
    pub(crate) fn log_in(&self, uname: &str) -> Result<String> {
        let answer = self.post("/login_handle/", "", &format!("uname={uname}"))?;
        let missing = || format!("{}: a login sets no cookie", self.url);
        answer.cookie.with_context(missing)
    }

    /// Waits for the end: Express sends the beginning before the session is saved.
    fn answer(&self, answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<Answer> {
        let mut answer = answer.with_context(|| self.url.clone())?;
        let cookies = answer.headers().get_all("set-cookie").iter();
        let mut pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookie = pairs.find(|pair| pair.starts_with("sessionid="));
        Ok(Answer {
            status: answer.status().as_u16(),
            cookie: cookie.map(str::to_owned),
            text: answer.body_mut().read_to_string()?,
        })
    }
}

fn with_cookie<B>(request: RequestBuilder<B>, cookie: &str) -> RequestBuilder<B> {
    match cookie {
        "" => request,
        cookie => request.header("cookie", cookie),
    }
}
