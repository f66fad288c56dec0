//! One visitor's way through a site, before load is put on it: who does nothing is fast, but no
//! measure.

use reqwest::header;

use crate::{
    sites::{Site, Store},
    visitors::{FORM, answered, client, cookie_of_login, greeting},
    wrk::Deed,
};

/// Logs in, changes something, logs out, and sees what became of it each time.
pub(crate) async fn walk(site: &Site) -> Result<(), String> {
    if !site.who.does(Deed::Login) {
        return Ok(());
    }
    let client = client()?;
    let cookie = cookie_of_login(&client, site).await?;
    let is_greeted = async || {
        let page = greeting(&client, site, &cookie).await?;
        Ok::<_, String>(page.is_some())
    };
    expect(site, "a login", is_greeted().await?)?;

    let (path, form) = site.who.change();
    let change = client
        .post(format!("{}{path}", site.url()))
        .header(header::COOKIE, &cookie)
        .header(header::CONTENT_TYPE, FORM)
        .body(form.replace("{n}", "3"));
    let status = answered(site, change).await?.status;
    expect(site, "a change", status.is_redirection())?;
    expect(site, "a change", is_greeted().await?)?;

    let logout = client
        .get(format!("{}/logout/", site.url()))
        .header(header::COOKIE, &cookie);
    let status = answered(site, logout).await?.status;
    expect(site, "a logout", status.is_redirection())?;
    // What is in a cookie alone can't be taken back.
    let gone = site.store == Store::Cookies || !is_greeted().await?;
    expect(site, "a logout", gone)
}

fn expect(site: &Site, deed: &str, done: bool) -> Result<(), String> {
    match done {
        true => Ok(()),
        false => Err(format!(
            "{}: {deed} doesn't do what it should: it can't be measured",
            site.name()
        )),
    }
}
