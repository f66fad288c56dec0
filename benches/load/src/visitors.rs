//! Those who are logged in before load is put on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{self, HeaderMap},
    redirect::Policy,
};

use crate::sites::{Site, Who};

/// As many as have their turn one after the other.
const MANY: usize = 100;
/// As a browser sends it.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The cookies of everybody who is logged in, and the file that holds them line by line.
#[derive(Debug, Default)]
pub(crate) struct Visitors {
    pub(crate) cookies: Vec<String>,
    pub(crate) file: PathBuf,
    /// How long the page is that greets them: bytes.
    pub(crate) page: usize,
}

pub(crate) fn client() -> Result<Client, String> {
    let client = Client::builder().redirect(Policy::none()).build();
    client.map_err(|error| error.to_string())
}

/// Logs them in, and sees that they are greeted.
pub(crate) async fn log_in(site: &Site, folder: &Path) -> Result<Visitors, String> {
    let client = client()?;
    let mut cookies = Vec::new();
    for _ in 0..MANY {
        cookies.push(match site.who {
            // Nobody asks for it there; but it comes along all the same.
            Who::NoSessions | Who::Axum => "sessionid=abcdefghijklmnopqrstuvwxyz012345".to_owned(),
            _ => cookie_of_login(&client, site).await?,
        });
    }
    let file = folder.join(site.name()).with_extension("cookies");
    fs::write(&file, cookies.join("\n")).map_err(|error| error.to_string())?;
    let page = check_greeting(&client, site, &cookies).await?;
    Ok(Visitors {
        cookies,
        file,
        page,
    })
}

/// Sees that they are still greeted.
pub(crate) async fn check(site: &Site) -> Result<(), String> {
    let cookies = &site.visitors.cookies;
    check_greeting(&client()?, site, cookies).await.map(drop)
}

pub(crate) async fn cookie_of_login(client: &Client, site: &Site) -> Result<String, String> {
    let request = client
        .post(format!("{}/login_handle/", site.url()))
        .header(header::CONTENT_TYPE, FORM)
        .body("uname=ming");
    let answer = answered(site, request).await?;
    let cookies = answer.headers.get_all(header::SET_COOKIE);
    let cookie = cookies
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .find(|cookie| cookie.starts_with("sessionid="));
    let cookie = cookie.map(str::to_owned);
    cookie.ok_or_else(|| format!("{}: a login sets no cookie", site.name()))
}

async fn check_greeting(client: &Client, site: &Site, cookies: &[String]) -> Result<usize, String> {
    let mut page = 0;
    for cookie in cookies {
        let greeting = greeting(client, site, cookie).await?;
        let greeting =
            greeting.ok_or_else(|| format!("{}: nobody is greeted by name", site.name()))?;
        page = greeting.len();
    }
    Ok(page)
}

/// The page, if it greets who has this cookie.
pub(crate) async fn greeting(
    client: &Client,
    site: &Site,
    cookie: &str,
) -> Result<Option<String>, String> {
    let request = client
        .get(format!("{}{}", site.url(), site.who.greeting()))
        .header(header::COOKIE, cookie);
    let answer = answered(site, request).await?;
    match answer.status {
        StatusCode::OK => Ok(Some(answer.body).filter(|page| page.contains(site.who.greeted()))),
        _ => Err(format!("{}: no page, but {answer:?}", site.name())),
    }
}

/// All of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: String,
}

/// Waits for the end, as wrk does: Express sends the beginning before the session is saved.
pub(crate) async fn answered(site: &Site, request: RequestBuilder) -> Result<Answer, String> {
    let unanswered = |error: reqwest::Error| format!("{}: {error}", site.name());
    let answer = request.send().await.map_err(unanswered)?;
    Ok(Answer {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: answer.text().await.map_err(unanswered)?,
    })
}
