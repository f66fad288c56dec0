//! The settings of the process: those of the library, and where the site is and listens.

mod console_token;

use std::{
    collections::BTreeSet,
    env, fs,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use app::preferences::{LANGUAGE_COOKIE, THEME_COOKIE};
use huihua::{
    Settings,
    settings::{SETTINGS, Setting, SettingError, refuse_python_list},
};
use ipnet::IpNet;
use leptos::config::{Env, LeptosOptions};

pub use self::console_token::ConsoleToken;

const SITE_ADDR: &str = "127.0.0.1:3000";
const SITE_ROOT: &str = "target/site";
/// In the root of the site.
const HASHES: &str = "hash.txt";
const RELOAD_PORT: &str = "3001";
const LOGIN_RATE_LIMIT: &str = "10";

const SERVER_SETTINGS: &[Setting] = &[
    Setting {
        name: "LEPTOS_SITE_ADDR",
        default: SITE_ADDR,
        meaning: "address and port to listen on; port 0 takes a free one",
    },
    Setting { name: "LEPTOS_SITE_ROOT", default: SITE_ROOT, meaning: "folder of the built site" },
    Setting {
        name: "LEPTOS_ENV",
        default: "DEV",
        meaning: "PROD or production makes the cookie Secure; DEV or development doesn't",
    },
    Setting {
        name: "CONSOLE_TOKEN",
        default: "none",
        meaning: "what opens the operator's console at /console/, at least 16 characters; without \
                  it there is none",
    },
    Setting {
        name: "LOGIN_RATE_LIMIT",
        default: LOGIN_RATE_LIMIT,
        meaning: "how often a second somebody may try to log in, by address, after 50 at once; 0: \
                  as often as they like",
    },
    Setting {
        name: "METRICS_ADDR",
        default: "none",
        meaning: "address and port that answers GET /metrics, for Prometheus; keep it from the public",
    },
    Setting {
        name: "TRUSTED_PROXIES",
        default: "none",
        meaning: "addresses and networks, comma-separated, whose X-Forwarded-For is believed",
    },
    Setting {
        name: "LEPTOS_RELOAD_PORT",
        default: RELOAD_PORT,
        meaning: "port of cargo-leptos' live reload",
    },
];

/// All settings, the library's first.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().chain(SERVER_SETTINGS)
}

/// Checks that the settings in the environment are text.
///
/// # Errors
/// When one isn't UTF-8: the first of them.
pub fn check_environment() -> Result<(), SettingError> {
    let is_text = |name| env::var_os(name).is_none_or(|text| text.to_str().is_some());
    match all().find(|setting| !is_text(setting.name)) {
        Some(setting) => Err(SettingError::new(setting.name, "isn't UTF-8")),
        None => Ok(()),
    }
}

/// A warning about those of `names` that look like settings and aren't, such as misspelt ones; `None`
/// without any.
pub fn unknown(names: impl Iterator<Item = String>) -> Option<String> {
    let is_known = |name: &str| all().any(|setting| setting.name == name);
    // SESSION_MANAGER is X11's.
    let is_meant = |name: &str| {
        let capitals = name.to_ascii_uppercase();
        let is_near =
            |setting: &str| strsim::osa_distance(setting, &capitals) <= 2.max(setting.len() / 5);
        (name.starts_with("SESSION_") && name != "SESSION_MANAGER")
            || name.starts_with("SECRET_KEY")
            || all().any(|setting| is_near(setting.name))
    };
    let unknown = names.filter(|name| !is_known(name) && is_meant(name));
    let unknown = Vec::from_iter(BTreeSet::from_iter(unknown)).join(", ");
    (!unknown.is_empty()).then(|| format!("there is no setting {unknown}: it does nothing here"))
}

/// The settings of the process, read and checked.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The library's settings.
    pub sessions: Settings,
    /// The address to listen on.
    pub site_addr: SocketAddr,
    /// Folder of the built site.
    pub site_root: PathBuf,
    /// The secret that opens the operator's console; `None`: there is none.
    pub console_token: Option<ConsoleToken>,
    /// Logins a second from each address; 0: no limit.
    pub login_rate_limit: u32,
    /// The address of `/metrics`; `None`: there is none.
    pub metrics_addr: Option<SocketAddr>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    reload_port: u32,
}

impl ServerSettings {
    /// Reads the settings by `lookup`, from name to text.
    ///
    /// # Errors
    /// When a setting can't be used: the first, and what it may be.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let text = |name: &str, default: &str| {
            let set = lookup(name).filter(|text| !text.trim().is_empty());
            set.unwrap_or_else(|| default.to_owned())
        };
        let addr = text("LEPTOS_SITE_ADDR", SITE_ADDR);
        let port = text("LEPTOS_RELOAD_PORT", RELOAD_PORT);
        let limit = text("LOGIN_RATE_LIMIT", LOGIN_RATE_LIMIT);
        Ok(Self {
            sessions: Settings::read(&lookup)?,
            site_addr: address("LEPTOS_SITE_ADDR", &addr)?,
            site_root: text("LEPTOS_SITE_ROOT", SITE_ROOT).into(),
            console_token: match text("CONSOLE_TOKEN", "").as_str() {
                "" => None,
                token => Some(ConsoleToken::new(token)?),
            },
            login_rate_limit: limit.parse().map_err(|_| {
                let problem = format!("\"{limit}\" is no whole number, such as {LOGIN_RATE_LIMIT}");
                SettingError::new("LOGIN_RATE_LIMIT", problem)
            })?,
            metrics_addr: match text("METRICS_ADDR", "").as_str() {
                "" => None,
                addr => Some(address("METRICS_ADDR", addr)?),
            },
            trusted_proxies: networks(&text("TRUSTED_PROXIES", ""))?,
            reload_port: port.parse().map_err(|_| {
                let problem = format!("\"{port}\" is no port, such as {RELOAD_PORT}");
                SettingError::new("LEPTOS_RELOAD_PORT", problem)
            })?,
        })
    }

    /// Checks that logins can last on this site, whose pages are at `/` and which has other cookies.
    ///
    /// # Errors
    /// When a setting prevents it.
    pub fn check_site(&self) -> Result<(), SettingError> {
        let sessions = &self.sessions;
        if sessions.session_enabled && sessions.session_cookie_path != "/" {
            let problem = "has to be /, where the pages of this site are: with another one browsers \
                           keep the cookie from them, and nobody can log in";
            return Err(SettingError::new("SESSION_COOKIE_PATH", problem));
        }
        let name = sessions.cookie_name();
        if [LANGUAGE_COOKIE, THEME_COOKIE, "console", "__Secure-console"].contains(&name.as_str()) {
            let problem = format!("\"{name}\" is another cookie of this site");
            return Err(SettingError::new("SESSION_COOKIE_NAME", problem));
        }
        Ok(())
    }

    /// The options of Leptos.
    ///
    /// # Errors
    /// When the site isn't built: the first file that is missing.
    pub fn leptos_options(&self) -> Result<LeptosOptions, SettingError> {
        // Written by cargo-leptos when it gives the files names with hashes.
        let hashes = std::path::absolute(self.site_root.join(HASHES)).unwrap_or_default();
        let hash_of = fs::read_to_string(&hashes);
        let options = LeptosOptions::builder()
            .output_name("huihua")
            .site_root(self.site_root.display().to_string())
            .site_addr(self.site_addr)
            .reload_port(self.reload_port)
            .hash_files(hash_of.is_ok())
            .hash_file(hashes.display().to_string().into())
            .env(if self.sessions.production { Env::PROD } else { Env::DEV })
            .build();
        for kind in ["js", "wasm", "css"] {
            let mut lines = hash_of.iter().flat_map(|hashes| hashes.lines());
            let hash = lines.find_map(|line| line.split_once(':').filter(|(of, _)| *of == kind));
            let name = match hash {
                Some((_, hash)) => format!("huihua.{}.{kind}", hash.trim()),
                None => format!("huihua.{kind}"),
            };
            let file = self.site_root.join("pkg").join(name);
            if !file.is_file() {
                let problem = format!(
                    "the site is not built here, {} is missing: run \"cargo leptos build\", or \
                     name the folder where it is",
                    file.display()
                );
                return Err(SettingError::new("LEPTOS_SITE_ROOT", problem));
            }
        }
        Ok(options)
    }
}

fn address(name: &'static str, text: &str) -> Result<SocketAddr, SettingError> {
    text.trim().parse().map_err(|_| {
        let problem = format!("\"{text}\" is no address with a port, such as {SITE_ADDR}");
        SettingError::new(name, problem)
    })
}

/// An IPv4 network from its IPv4-mapped IPv6 form; clients' addresses are canonical too.
fn unmapped(network: IpNet) -> IpNet {
    let address = network.addr().to_canonical();
    match network.prefix_len().checked_sub(96) {
        Some(length) if address.is_ipv4() => IpNet::new(address, length).unwrap_or(network),
        _ => network,
    }
}

/// Parses addresses and networks. An address is a network of one.
fn networks(text: &str) -> Result<Vec<IpNet>, SettingError> {
    refuse_python_list("TRUSTED_PROXIES", text)?;
    let names = text.split(',').map(str::trim);
    let networks = names.filter(|name| !name.is_empty()).map(|name| {
        let network = name.parse::<IpNet>().ok();
        let address = || name.parse::<IpAddr>().ok().map(IpNet::from);
        network.or_else(address).map(unmapped).ok_or_else(|| {
            let problem = "is neither an address nor a network, such as 10.0.0.0/8";
            SettingError::new("TRUSTED_PROXIES", format!("\"{name}\" {problem}"))
        })
    });
    networks.collect()
}
