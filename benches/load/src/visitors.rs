//! Those who are logged in before load is put on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use reqwest::{Client, Response, StatusCode, header, redirect::Policy};

use crate::sites::{Site, Who};

/// As many as have their turn one after the other.
const MANY: usize = 100;
/// As a browser sends it.
const FORM: &str = "application/x-www-form-urlencoded";

/// The cookies of everybody who is logged in, and the file that holds them line by line.
#[derive(Debug, Default)]
pub(crate) struct Visitors {
    pub(crate) cookies: Vec<String>,
    pub(crate) file: PathBuf,
}

fn client() -> Result<Client, String> {
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
    let visitors = Visitors { cookies, file };
    check_greeting(&client, site, &visitors.cookies).await?;
    Ok(visitors)
}

/// Sees that they are still greeted.
pub(crate) async fn check(site: &Site) -> Result<(), String> {
    check_greeting(&client()?, site, &site.visitors.cookies).await
}

async fn cookie_of_login(client: &Client, site: &Site) -> Result<String, String> {
    let request = client
        .post(format!("{}/login_handle/", site.url()))
        .header(header::CONTENT_TYPE, FORM)
        .body("uname=ming");
    let answer = answered(site, request).await?;
    let cookies = answer.headers().get_all(header::SET_COOKIE);
    let cookie = cookies
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .find(|cookie| cookie.starts_with("sessionid="));
    let cookie = cookie.map(str::to_owned);
    cookie.ok_or_else(|| format!("{}: a login sets no cookie", site.name()))
}

async fn check_greeting(client: &Client, site: &Site, cookies: &[String]) -> Result<(), String> {
    for cookie in cookies {
        let request = client
            .get(format!("{}{}", site.url(), site.who.greeting()))
            .header(header::COOKIE, cookie);
        let answer = answered(site, request).await?;
        let status = answer.status();
        let page = answer.text().await.map_err(|error| error.to_string())?;
        if status != StatusCode::OK || !page.contains(site.who.greeted()) {
            return Err(format!(
                "{}: no greeting, but {status}: {page}",
                site.name()
            ));
        }
    }
    Ok(())
}

async fn answered(site: &Site, request: reqwest::RequestBuilder) -> Result<Response, String> {
    let answer = request.send().await;
    answer.map_err(|error| format!("{}: {error}", site.name()))
}
